"""Size shown on one side while a trade comes about on the other, and then taken away.

One row for each owner who took part in an occasion: some in one hand (an owner, or accounts tied
to one) traded on one side of a product while they showed more on the other, of it or of another
product of the same underlying, and took most of that away soon. What comes back at about the same
price within seconds was not taken away, so who re-quotes has no row. Whether an occasion is worth
anything is for rules to say; the bounds here only save work, and lie below any rule's line.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import (
    FLAG,
    QUANTITY,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)
from surveillance.activity.facts.usual_sizes import stretches
from surveillance.activity.showing.baits import BAITS, TOLD
from surveillance.activity.showing.changes import CHANGES, MESSAGES
from surveillance.activity.showing.places import HANDS, PLACES, TERMS
from surveillance.activity.showing.standing import (
    AFTER,
    BACK,
    BUCKET,
    CANDIDATES,
    HELD,
    SCOPE,
    STOOD,
    TRADED,
)
from surveillance.activity.showing.usual import LOOKBACK, USUAL
from surveillance.activity.showing.withdrawals import AROUND, BANDS, FALLEN, OUTCOMES
from surveillance.times import HOUR, MINUTE, SECOND

TABLE = Table(
    "baits",
    "One row an occasion and owner who took part in it",
    ("owner_id", "instrument", "ts", "seq"),
    "ts",
    (
        Column("ts", TIME, "When the first of what was meant traded", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("settled_at", TIME, "When all of it is known", required=True),
        Column("shown_at", TIME, "When the first of what was shown entered", required=True),
        Column("pulled_at", TIME, "When the last of it was taken away", required=True),
        Column("owner_id", TEXT, "Owner who traded, or showed, or both", required=True),
        Column("others", TEXT, "Other owners of the same hand who took part"),
        Column("instrument", TEXT, "Instrument in which it traded", required=True),
        Column("shown_in", TEXT, "Instrument in which most was shown", required=True),
        Column("side", TEXT, "Side that was shown", required=True, allowed=("buy", "sell")),
        Column("is_taker", FLAG, "What was meant took liquidity", required=True),
        Column("shown", QUANTITY, "Contracts shown at most, in those of instrument", required=True),
        Column("opposed", QUANTITY, "Contracts the same hand showed, or took, on the other side",
               required=True),
        Column("filled", QUANTITY, "Contracts that traded there", required=True),
        Column("withdrawn", "DOUBLE", "Part of shown that went and stayed away", required=True),
        Column("traded", "DOUBLE", "Part of shown that traded", required=True),
        Column("returned", "DOUBLE", "Part of shown that stood again later on", required=True),
        Column("delay", "DOUBLE", "Seconds from trade to withdrawal, on average", required=True),
        Column("gap", "DOUBLE", "Seconds between trade and withdrawal, least", required=True),
        Column("slip", "DOUBLE", "Part by which the trade was worse than the price shown"),
        Column("levels", WHOLE, "Prices at which it was shown", required=True),
        Column("orders", WHOLE, "Orders by which it was shown", required=True),
        Column("book_share", "DOUBLE", "Shown over the visible depth of its side, if known"),
        Column("usual_times", "DOUBLE", "Shown over the usual order of others, if known"),
        Column("is_news", FLAG, "Something became public while it was shown", required=True),
        Column("occasion", WHOLE, "How many clear ones there were in 12 hours, this included",
               required=True),
        Column("turn", WHOLE, "How many of them took liquidity at once, this included",
               required=True),
        Column("order_ids", "VARCHAR[]", "Orders shown and meant", required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of what was meant", required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("contracts", "events", "fills", "groups", "orders", "trades")
VERSION = 4
REACH = timedelta(hours=25)
NARROWED = ("settled_at",)

_NEWS = 5 * MINUTE
"""How long before the withdrawal something may have become public; some clocks are slow."""
_SLOW = 30 * SECOND
_NEAR = 2 * HOUR
"""In longer than that most hands have an occasion, and looking for them first spares nothing."""

_OCCASIONS = f"""
create or replace temp table occasion as
with entered as (
    select o.id, o.stretch, arg_max(least(n.quantity, coalesce(n.displayed, n.quantity)),
        (n.ts, n.seq)) as entered
    from outcomes o join orders n on n.order_key = o.order_key
    where n.event in ('new', 'replace') and n.ts <= o.ts
        and n.ts >= o.ts - to_microseconds({LOOKBACK})
    group by all
), known as (
    select o.*, p.group_id, p.family, p.instrument, p.owner_id, greatest(o.opposed,
        cast(e.entered::double * (o.size / o.quantity) as decimal(38, 18))) as against
    from outcomes o join place p using (place) left join entered e using (id, stretch)
    where o.is_taker or e.entered is not null
)
select row_number() over (order by min(ts), min(seq), group_id, side) as no, group_id, family,
    side, min(ts) as ts, min(seq) as seq, max(ts) as last_ts,
    sum(size) as filled, max(shown) as shown, max(against) as opposed,
    bool_and(is_taker) as is_taker, min(size / quantity) as unit, min(shown_at) as shown_at,
    min(first_pull) as first_pull, last_pull, min(gap) as gap, max(levels) as levels,
    max(orders) as orders, unnest(arg_max({{
        'instrument': instrument, 'shown_in': shown_in, 'shown_there': shown_there,
        'withdrawn': withdrawn, 'traded': of_it_traded, 'returned': returned,
        'delay': weighed / taken::double / {SECOND}, 'top': top, 'bottom': bottom, 'low': low,
        'high': high}}, (shown, -epoch_us(ts), -seq))),
    list_distinct(flatten(list(places || [place]))) as places,
    list_distinct(flatten(list(bait_keys))) as bait_keys,
    list_distinct(list(order_key)) as meant_keys,
    list_distinct(flatten(list(trade_ids))) as trade_ids
from known group by group_id, family, side, last_pull
"""
"""What went in one wave is one occasion, however many trades it was about."""

_NAMES = """
create or replace temp table named as
with wanted as (
    select no, unnest(bait_keys || meant_keys) as order_key, bait_keys from occasion
)
select w.no, list(distinct o.order_id order by o.order_id) as order_ids,
    max(o.depth) filter (o.event = 'new' and list_contains(w.bait_keys, w.order_key)) as depth
from wanted w join orders o using (order_key) group by w.no
"""


def _contracts(size: str) -> str:
    return (
        f"case when unit = 1 then {size} else cast(round({size}::double / unit, 9) "
        "as decimal(38, 18)) end"
    )


_ROWS = f"""
with public as (
    select ts, instrument, asset from events
    where kind in ('listing', 'delisting', 'margin_change', 'hack', 'maintenance', 'news')
), took_part as (
    select o.no, list(distinct p.owner_id order by p.owner_id) as owners
    from (select no, unnest(places) as place from occasion) o join place p using (place)
    group by o.no
), owned as (
    select o.*, n.order_ids, n.depth, u.usual, unnest(t.owners) as owner_id, t.owners,
        exists (select 1 from public e where e.ts <= o.last_pull + to_microseconds({_SLOW})
            and e.ts >= o.shown_at
            and e.ts >= o.first_pull - to_microseconds({_NEWS})
            and coalesce(e.instrument = o.instrument, e.asset = o.family, true)) as is_news
    from occasion o join took_part t using (no) join named n using (no)
        left join usual u on u.group_id = o.group_id and u.instrument = o.shown_in
            and u.minute = epoch_us(o.ts) // {MINUTE}
), judged as (
    select *, withdrawn >= 0.7 and traded <= 0.1 as is_gone,
        is_gone and shown >= 4 * opposed and shown >= 1.6 * filled as is_clear,
        is_gone and is_taker and gap <= {SECOND} as is_turn
    from owned
), counted as (
    select *, count(*) filter (is_clear) over w as occasion,
        count(*) filter (is_turn) over w as turn
    from judged window w as (partition by owner_id, family order by epoch_us(ts)
        range between {LOOKBACK} preceding and current row)
)
select ts, seq, last_ts + to_microseconds({AFTER + BACK}) as settled_at, shown_at,
    last_pull as pulled_at, owner_id,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ', '), '') as others,
    instrument, shown_in, case side when 'buy' then 'sell' else 'buy' end as side, is_taker,
    {_contracts("shown")} as shown, {_contracts("opposed")} as opposed,
    {_contracts("filled")} as filled, withdrawn, traded, returned, delay, gap / {SECOND} as gap,
    case when side = 'buy' then low / bottom - 1 else 1 - high / top end as slip, levels, orders,
    shown_there::double / nullif(depth, 0)::double as book_share,
    shown_there::double / usual as usual_times, is_news, occasion, turn, order_ids,
    list_sort(trade_ids) as trade_ids
from counted
"""


def queries(connection: duckdb.DuckDBPyConnection, settled: str = "true") -> Iterator[str]:
    """Look for occasions in each stretch of time, and yield one query for all of them.

    Of hands that have none which is settled so, nothing else is looked for.
    """
    for sql in (HANDS, TERMS, PLACES):
        connection.execute(sql)
    if settled != "true":
        _look_near(connection, settled)
    looked = [_look(connection, *each) for each in enumerate(stretches(connection, "true"))]
    if found := [name for name in looked if name]:
        outcomes = " union all ".join(f"select * from {name}" for name in found)
        connection.execute(f"create or replace temp view outcomes as {outcomes}")
        for sql in (_OCCASIONS, USUAL, _NAMES):
            connection.execute(sql)
        yield _ROWS
        connection.execute("drop view outcomes")
    for name in (*found, *_MADE):
        connection.execute(f"drop table if exists {name}")


def _look_near(connection: duckdb.DuckDBPyConnection, settled: str) -> None:
    """Leave those places that are of a hand with an occasion that may be settled so."""
    traded = f"select ts, ts + to_microseconds({AFTER + BACK}) as settled_at from fills"
    [(first, last)] = connection.execute(
        f"select min(epoch_us(ts)) // {BUCKET}, max(epoch_us(ts)) // {BUCKET} "
        f"from ({traded}) where {settled}"
    ).fetchall()
    if last and (last - first) * BUCKET > _NEAR:
        return
    found = _look(connection, 0, (first * BUCKET, (last + 1) * BUCKET)) if last else None
    hands = f"select group_id from {found} join place using (place)" if found else "select null"
    connection.execute(
        f"create or replace temp table place as from place where group_id in ({hands})"
    )


def _look(
    connection: duckdb.DuckDBPyConnection, number: int, stretch: tuple[int, int]
) -> str | None:
    """Make the outcomes of one stretch of time, and return the name of their table, if any."""
    start, end = stretch
    spans = {
        "start": start,
        "end": end,
        "since": start - STOOD - BUCKET,
        "until": end + AFTER + BUCKET,
        "bucket": BUCKET,
    }
    for sql in _FIRST:
        connection.execute(sql.format(**spans))
    if not connection.execute("select 1 from candidate limit 1").fetchall():
        return None
    for sql in _STEPS:
        connection.execute(sql.format(**spans))
    connection.execute(
        f"create or replace temp table outcome_{number} as "
        f"select {number} as stretch, * from outcome"
    )
    return f"outcome_{number}"


_FIRST = (TRADED, MESSAGES, CANDIDATES)
_STEPS = (SCOPE, CHANGES, HELD, TOLD, BAITS, BANDS, FALLEN, AROUND, OUTCOMES)
_MADE = ("hand", "term", "place", "message", "traded", "candidate", "scope", "change", "held",
    "told", "bait", "band", "around", "outcome", "occasion", "usual", "named")  # fmt: skip
