"""The life of each order: one row from its entry to its end, made of its messages.

Only orders entered within the view have a row, so that a row never depends on where the view
begins. An order still open at the end of the view has no ``ended_at``; a rule that asks for an end
at or before its own ``at`` therefore sees the same however runs are cut.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import numpy as np

from surveillance.activity.catalogue import (
    KEY,
    MONEY,
    PRICE,
    QUANTITY,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)
from surveillance.activity.facts.usual_sizes import stretches
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "order_life",
    "One row an order: entry, size, fills and end",
    ("order_key", "ts"),
    "ts",
    (
        Column("ts", TIME, "When it entered", required=True),
        Column("seq", WHOLE, "Sequence number of its entry", required=True),
        Column("order_id", TEXT, "Order identification", required=True),
        Column("order_key", KEY, "The order", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("trader_id", TEXT, "Who entered it"),
        Column("owner_id", TEXT, "Owner behind the trader"),
        Column("parent_id", TEXT, "Parent order"),
        Column("side", TEXT, "Side", required=True, allowed=("buy", "sell")),
        Column("type", TEXT, "Order type"),
        Column("price", PRICE, "Price at entry"),
        Column("quantity", QUANTITY, "Contracts at entry"),
        Column("displayed", QUANTITY, "Contracts shown at entry; all of them unless said"),
        Column("notional", MONEY, "Worth at entry, USD, if it is known"),
        Column("filled", QUANTITY, "Contracts filled", required=True),
        Column("first_fill_at", TIME, "When it first traded"),
        Column("last_fill_at", TIME, "When it last traded"),
        Column("ended_at", TIME, "When it left the book, if it has"),
        Column(
            "end_reason",
            TEXT,
            "fill, expire or reject; cancel where its trader took it away; else who did",
        ),
        Column("reason", TEXT, "Why it was taken away, as the venue says"),
        Column("replaces", WHOLE, "How often it was replaced", required=True),
        Column("level", WHOLE, "Price levels from the best at entry"),
        Column("depth", QUANTITY, "Visible depth of its side at entry"),
        Column(
            "usual",
            QUANTITY,
            "Average quantity of others' orders in the 60 minutes before",
        ),
    ),
    fact=True,
)
READS = ("orders", "owners", "usual_sizes", "valued_orders")
NARROWED = ("instrument", "trader_id", "parent_id", "side", "type", "price", "quantity")
ONLY_FOR = {
    "usual_sizes": ("usual",),
    "valued_orders": ("notional",),
}
REACH = timedelta(minutes=1)
"""Its minute may have begun before it did."""

_NAMES = 32_000_000
"""How many names are sorted at a time, at eight bytes each."""
_SKEW = HOUR
"""How much earlier than its entry a venue may say that an order traded or ended."""

_REMOVED = "event in ('cancel', 'expire', 'reject') and not coalesce(remaining > 0, false)"
"""An order of which something remains after a cancel is still there."""

_TIDY = f"""
select n.ts, n.seq, n.order_id, n.order_key, n.instrument, n.trader_id, n.parent_id, n.side,
    n.type, n.price, n.quantity, coalesce(n.displayed, n.quantity) as displayed, n.level, n.depth,
    coalesce(f.filled, 0) as filled, f.first_fill_at, f.last_fill_at, f.complete,
    r.ts as removed_at, r.event as removal, r.reason, r.ended_by,
    coalesce(f.replaces, 0) as replaces
from entering n
    left join (
        select order_key, ts, event, reason, ended_by from ({{later}}) where {_REMOVED}
    ) r on r.order_key = n.order_key
    left join (
        select order_key, sum(quantity) filter (event = 'fill') as filled,
            min(ts) filter (event = 'fill') as first_fill_at,
            max(ts) filter (event = 'fill') as last_fill_at,
            bool_or(event = 'fill' and remaining = 0) as complete,
            count(*) filter (event = 'replace') as replaces
        from ({{later}}) where event in ('fill', 'replace')
            and order_key in (select order_key from entering) group by order_key
    ) f on f.order_key = n.order_key
"""

# An id that comes again is another order: each entry begins a life, and what is said of the id
# until the next entry is said of that life.
_UNTIDY = f"""
with told as (
    select *, greatest(1, count(*) filter (event = 'new') over (partition by order_key
        order by ts, seq, event <> 'new' rows unbounded preceding)) as life
    from orders where {{these}}
), lives as (
    select order_key,
        arg_min({{{{'ts': ts, 'seq': seq, 'order_id': order_id, 'instrument': instrument,
            'trader_id': trader_id, 'parent_id': parent_id, 'side': side, 'type': type,
            'price': price, 'quantity': quantity, 'displayed': coalesce(displayed, quantity),
            'level': level, 'depth': depth}}}}, (ts, seq)) filter (event = 'new') as entry,
        arg_min({{{{'removed_at': ts, 'removal': event, 'reason': reason,
            'ended_by': ended_by}}}}, (ts, seq)) filter ({_REMOVED}) as gone,
        coalesce(sum(quantity) filter (event = 'fill'), 0) as filled,
        min(ts) filter (event = 'fill') as first_fill_at,
        max(ts) filter (event = 'fill') as last_fill_at,
        bool_or(event = 'fill' and remaining = 0) as complete,
        count(*) filter (event = 'replace') as replaces
    from told group by order_key, life
)
select order_key, entry.*, gone.*, * exclude (order_key, entry, gone)
from lives where entry is not null
"""

_SQL = """
with lives as ({life}), life as (
    select l.*, coalesce(o.owner_id, l.trader_id) as owner_id
    from lives l left join owners o using (trader_id)
)
select l.* exclude (complete, removed_at, removal, ended_by), v.usd as notional, u.usual,
    case when l.removed_at is not null then l.removed_at
        when l.complete or l.filled >= l.quantity then l.last_fill_at end as ended_at,
    case when l.removed_at is not null then case when l.removal = 'cancel'
            and l.ended_by <> 'trader' then l.ended_by else l.removal end
        when l.complete or l.filled >= l.quantity then 'fill' end as end_reason
from life l left join valued_orders v on v.order_key = l.order_key and v.ts = l.ts
    left join (select * from usual_sizes where {near}) u
    on u.instrument = l.instrument and u.owner_id is not distinct from l.owner_id
    and u.ts = make_timestamp(epoch_us(l.ts) // {MINUTE} * {MINUTE})
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
        yield _SQL.format(MINUTE=MINUTE, life=_TIDY.format(later=later), near=near)
        _hand_on(connection, f"{since} and {until}")
        until = f"ts < make_timestamp({start})"
    connection.execute("drop table if exists entering")
    connection.execute("drop table handed_on")


_MESSAGES = "select order_key, ts, event, reason, ended_by, quantity, remaining from orders"
_HANDED_ON = "union all select * from handed_on"


def _hand_on(connection: duckdb.DuckDBPyConnection, stretch: str) -> None:
    """Keep the messages of a stretch, and those kept before, whose orders entered before it."""
    connection.execute(
        f"create temp table earlier as select m.* from ({_MESSAGES} where event <> 'new' "
        f"and {stretch} {_HANDED_ON}) m anti join (select order_key from orders "
        f"where event = 'new' and {stretch}) n using (order_key)"
    )
    connection.execute("drop table handed_on")
    connection.execute("alter table earlier rename to handed_on")


def lives(these: str) -> str:
    """Return a query for the lives of orders whose messages meet a condition, by grouping."""
    return _SQL.format(MINUTE=MINUTE, life=_UNTIDY.format(these=these), near="true")


def _repeats(connection: duckdb.DuckDBPyConnection, kind: str) -> bool:
    """Return whether an order may have two messages of a kind; sorted hashes say it fastest."""
    count = connection.execute(f"select count(*) from orders where {kind}").fetchall()[0][0]
    parts = 1 + count // _NAMES
    names = (
        f"select hash(order_key) as name from orders where {kind} and hash(order_key) % {parts} ="
    )
    for part in range(parts):
        hashes = connection.execute(f"{names} {part}").fetchnumpy()["name"]
        hashes = np.sort(np.asarray(hashes))
        if (hashes[1:] == hashes[:-1]).any():
            return True
    return False
