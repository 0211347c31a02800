"""The life of each order: one row from its entry to its end, made of its messages.

Only orders entered within the view have a row, so that a row never depends on where the view
begins. An order still open at the end of the view has no ``ended_at``; a rule that asks for an end
at or before its own ``at`` therefore sees the same however runs are cut.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import numpy as np

from surveillance.activity.catalogue import MONEY, PRICE, QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.usual_sizes import stretches
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "order_life",
    "One row an order: entry, size, fills and end",
    ("order_id",),
    "ts",
    (
        Column("ts", TIME, "When it entered", required=True),
        Column("seq", WHOLE, "Sequence number of its entry", required=True),
        Column("order_id", TEXT, "Order identification", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("trader_id", TEXT, "Who entered it"),
        Column("owner_id", TEXT, "Owner behind the trader"),
        Column("parent_id", TEXT, "Parent order"),
        Column("side", TEXT, "Side", required=True, allowed=("buy", "sell")),
        Column("type", TEXT, "Order type"),
        Column("price", PRICE, "Price at entry"),
        Column("quantity", QUANTITY, "Contracts at entry"),
        Column("displayed", QUANTITY, "Contracts shown at entry; all of them unless said"),
        Column("notional", MONEY, "Value at entry"),
        Column("filled", QUANTITY, "Contracts filled", required=True),
        Column("first_fill_at", TIME, "When it first traded"),
        Column("last_fill_at", TIME, "When it last traded"),
        Column("ended_at", TIME, "When it left the book, if it has"),
        Column("end_reason", TEXT, "cancel, expire, reject or fill"),
        Column("reason", TEXT, "Why it was taken away, as the venue says"),
        Column("replaces", WHOLE, "How often it was replaced", required=True),
        Column("level", WHOLE, "Price levels from the best at entry"),
        Column("depth", QUANTITY, "Visible depth of its side at entry"),
        Column(
            "usual",
            "DOUBLE",
            "Average quantity of others' orders in the 60 minutes before",
        ),
        Column(
            "opposed",
            QUANTITY,
            "What its owner entered on the other side in its minute and the one before",
        ),
    ),
    fact=True,
)
READS = ("orders", "instruments", "owners", "usual_sizes", "shown_sides")
NARROWED = ("instrument", "trader_id", "parent_id", "side", "type", "price", "quantity")
ONLY_FOR = {"usual_sizes": ("usual",), "shown_sides": ("opposed",)}
REACH = timedelta(minutes=1)
"""Its minute may have begun before it did."""

_NAMES = 32_000_000
"""How many names are sorted at a time, at eight bytes each."""
_SKEW = HOUR
"""How much earlier than its entry a venue may say that an order traded or ended."""

_REMOVED = "event in ('cancel', 'expire', 'reject')"

_TIDY = f"""
select n.ts, n.seq, n.order_id, n.instrument, n.trader_id, n.parent_id, n.side, n.type, n.price,
    n.quantity, coalesce(n.displayed, n.quantity) as displayed, n.level, n.depth,
    coalesce(f.filled, 0) as filled, f.first_fill_at, f.last_fill_at, f.complete,
    r.ts as removed_at, r.event as removal, r.reason, coalesce(f.replaces, 0) as replaces
from entering n
    left join (
        select order_id, ts, event, reason from ({{later}}) where {_REMOVED}
    ) r on r.order_id = n.order_id
    left join (
        select order_id, sum(quantity) filter (event = 'fill') as filled,
            min(ts) filter (event = 'fill') as first_fill_at,
            max(ts) filter (event = 'fill') as last_fill_at,
            bool_or(event = 'fill' and remaining = 0) as complete,
            count(*) filter (event = 'replace') as replaces
        from ({{later}}) where event in ('fill', 'replace')
            and order_id in (select order_id from entering) group by order_id
    ) f on f.order_id = n.order_id
"""

_UNTIDY = f"""
select order_id, max(ts) filter (event = 'new') as ts, max(seq) filter (event = 'new') as seq,
    max(instrument) filter (event = 'new') as instrument,
    max(trader_id) filter (event = 'new') as trader_id,
    max(parent_id) filter (event = 'new') as parent_id,
    max(side) filter (event = 'new') as side, max(type) filter (event = 'new') as type,
    max(price) filter (event = 'new') as price,
    max(quantity) filter (event = 'new') as quantity,
    max(coalesce(displayed, quantity)) filter (event = 'new') as displayed,
    max(level) filter (event = 'new') as level, max(depth) filter (event = 'new') as depth,
    coalesce(sum(quantity) filter (event = 'fill'), 0) as filled,
    min(ts) filter (event = 'fill') as first_fill_at,
    max(ts) filter (event = 'fill') as last_fill_at,
    bool_or(event = 'fill' and remaining = 0) as complete,
    max(ts) filter ({_REMOVED}) as removed_at, max(event) filter ({_REMOVED}) as removal,
    max(reason) filter ({_REMOVED}) as reason,
    count(*) filter (event = 'replace') as replaces
from orders where {{these}} group by order_id having count(*) filter (event = 'new') > 0
"""

# To rescale a wide decimal costs fifty times its product, so where whole numbers of 0.0001, 0.01
# and 0.0001 say all and cannot overflow, they are multiplied and rounded half up instead.
_NOTIONAL = """case
    when l.price between 0 and 1000000 and l.quantity <= 1000000
        and l.price = l.price::decimal(18, 4) and l.quantity = l.quantity::decimal(18, 2)
        and l.multiplier = l.multiplier::decimal(10, 4)
        and l.price::double * l.quantity::double * l.multiplier::double < 900000000
    then cast((((l.price::double * 10000)::bigint * (l.quantity::double * 100)::bigint
        * (l.multiplier::double * 10000)::bigint + 5000) // 10000)::decimal(18, 0) * 0.000001
        as decimal(18, 6))
    else try_cast((l.price * l.quantity::decimal(20, 8))::decimal(28, 6)
        * l.multiplier::decimal(10, 4) as decimal(18, 6)) end"""

_SQL = f"""
with lives as ({{life}}), terms as (
    select instrument, coalesce(multiplier, 1) as multiplier from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), life as (
    select l.*, coalesce(o.owner_id, l.trader_id) as owner_id,
        coalesce(t.multiplier, 1) as multiplier
    from lives l left join owners o using (trader_id) left join terms t using (instrument)
)
select l.* exclude (complete, removed_at, removal, multiplier), {_NOTIONAL} as notional, u.usual,
    case when l.side = 'buy' then s.offered else s.bid end as opposed,
    case when l.removed_at is not null then l.removed_at
        when l.complete or l.filled >= l.quantity then l.last_fill_at end as ended_at,
    case when l.removed_at is not null then l.removal
        when l.complete or l.filled >= l.quantity then 'fill' end as end_reason
from life l left join (select * from usual_sizes where {{near}}) u
    on u.instrument = l.instrument and u.owner_id is not distinct from l.owner_id
    and u.ts = make_timestamp(epoch_us(l.ts) // {MINUTE} * {MINUTE})
    left join (select * from shown_sides where {{near}}) s
    on s.instrument = l.instrument and s.owner_id is not distinct from l.owner_id
    and s.ts = make_timestamp(epoch_us(l.ts) // {MINUTE} * {MINUTE})
"""


def queries(connection: duckdb.DuckDBPyConnection, where: str = "true") -> Iterator[str]:
    """Yield a query for each stretch of time, by joins; or one by grouping, if joins would not do.

    Joins would not where an order seems to enter, or to end, more than once. Then, but only then,
    there are more orders than those that meet the condition at their entry. The latest stretch
    comes first, and what it holds of orders that entered earlier is handed on, so that messages
    are read once, however many stretches there are.
    """
    if any(_repeats(connection, kind) for kind in ("event = 'new'", _REMOVED)):
        yield lives("true")
        return
    entering = f"event = 'new' and ({where})"
    until = "true"
    connection.execute(f"create or replace temp table handed_on as {_MESSAGES} where false")
    for start, end in reversed(list(stretches(connection, entering))):
        since, before = (f"ts >= make_timestamp({start})", f"ts < make_timestamp({end})")
        connection.execute(
            "create or replace temp table entering as select * exclude (arrived_at) from orders "
            f"where {entering} and {since} and {before}"
        )
        later = f"{_MESSAGES} where ts >= make_timestamp({start - _SKEW}) and {until} {_HANDED_ON}"
        near = f"ts >= make_timestamp({start - MINUTE}) and {before}"
        yield _SQL.format(life=_TIDY.format(later=later), near=near)
        _hand_on(connection, f"{since} and {until}")
        until = f"ts < make_timestamp({start})"
    connection.execute("drop table if exists entering")
    connection.execute("drop table handed_on")


_MESSAGES = "select order_id, ts, event, reason, quantity, remaining from orders"
_HANDED_ON = "union all select * from handed_on"


def _hand_on(connection: duckdb.DuckDBPyConnection, stretch: str) -> None:
    """Keep the messages of a stretch, and those kept before, whose orders entered before it."""
    connection.execute(
        f"create temp table earlier as select m.* from ({_MESSAGES} where event <> 'new' "
        f"and {stretch} {_HANDED_ON}) m anti join (select order_id from orders "
        f"where event = 'new' and {stretch}) n using (order_id)"
    )
    connection.execute("drop table handed_on")
    connection.execute("alter table earlier rename to handed_on")


def lives(these: str) -> str:
    """Return a query for the lives of orders whose messages meet a condition, by grouping."""
    return _SQL.format(life=_UNTIDY.format(these=these), near="true")


def _repeats(connection: duckdb.DuckDBPyConnection, kind: str) -> bool:
    """Return whether an order may have two messages of a kind; sorted hashes say it fastest."""
    count = connection.execute(f"select count(*) from orders where {kind}").fetchall()[0][0]
    parts = 1 + count // _NAMES
    names = f"select hash(order_id) as name from orders where {kind} and hash(order_id) % {parts} ="
    for part in range(parts):
        hashes = connection.execute(f"{names} {part}").fetchnumpy()["name"]
        hashes = np.sort(np.asarray(hashes))
        if (hashes[1:] == hashes[:-1]).any():
            return True
    return False
