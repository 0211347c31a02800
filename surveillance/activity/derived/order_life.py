"""The life of each order: one row from its entry to its end, made of its messages.

Only orders entered within the view have a row, so that a row never depends on where the view
begins. An order still open at the end of the view has no ``ended_at``; a rule that asks for an end
at or before its own ``at`` therefore sees the same however runs are cut.
"""

from datetime import timedelta

import duckdb
import numpy as np

from surveillance.activity.catalogue import MONEY, PRICE, QUANTITY, TEXT, TIME, WHOLE, Column, Table

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
    ),
    fact=True,
)
READS = ("orders", "instruments", "owners")
REACH = timedelta(minutes=61)

_AT_ONCE = 8_000_000
"""How many names are sorted at a time."""

_REMOVED = "event in ('cancel', 'expire', 'reject')"

_TIDY = f"""
select n.ts, n.seq, n.order_id, n.instrument, n.trader_id, n.parent_id, n.side, n.type, n.price,
    n.quantity, coalesce(n.displayed, n.quantity) as displayed, n.level, n.depth,
    coalesce(f.filled, 0) as filled, f.first_fill_at, f.last_fill_at, f.complete,
    r.ts as removed_at, r.event as removal, r.reason, coalesce(f.replaces, 0) as replaces
from (select * from orders where event = 'new') n
    left join (select * from orders where {_REMOVED}) r on r.order_id = n.order_id
    left join (
        select order_id, sum(quantity) filter (event = 'fill') as filled,
            min(ts) filter (event = 'fill') as first_fill_at,
            max(ts) filter (event = 'fill') as last_fill_at,
            bool_or(event = 'fill' and remaining = 0) as complete,
            count(*) filter (event = 'replace') as replaces
        from orders where event in ('fill', 'replace') group by order_id
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
from orders group by order_id having count(*) filter (event = 'new') > 0
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

_SQL = """
with lives as ({life}), entered as (
    select coalesce(o.owner_id, n.trader_id) as owner_id, n.instrument,
        epoch_us(n.ts) // 60000000 as minute, sum(n.quantity) as quantity,
        count(n.quantity) as orders
    from {entries} n left join owners o using (trader_id) group by all
), own as (
    select instrument, owner_id, minute, sum(quantity) over w as quantity,
        sum(orders) over w as orders
    from entered window w as (partition by instrument, owner_id order by minute
        range between 60 preceding and 1 preceding)
), market as (
    select instrument, minute, sum(quantity) over w as quantity, sum(orders) over w as orders
    from (select instrument, minute, sum(quantity) as quantity, sum(orders) as orders
        from entered group by all)
    window w as (partition by instrument order by minute range between 60 preceding and 1 preceding)
), terms as (
    select instrument, coalesce(multiplier, 1) as multiplier from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), life as (
    select l.*, coalesce(o.owner_id, l.trader_id) as owner_id,
        coalesce(t.multiplier, 1) as multiplier
    from lives l left join owners o using (trader_id) left join terms t using (instrument)
)
select l.* exclude (complete, removed_at, removal, multiplier),
    {notional} as notional,
    (m.quantity - coalesce(w.quantity, 0)) / nullif(m.orders - coalesce(w.orders, 0), 0) as usual,
    case when l.removed_at is not null then l.removed_at
        when l.complete or l.filled >= l.quantity then l.last_fill_at end as ended_at,
    case when l.removed_at is not null then l.removal
        when l.complete or l.filled >= l.quantity then 'fill' end as end_reason
from life l left join market m on m.instrument = l.instrument
        and m.minute = epoch_us(l.ts) // 60000000
    left join own w on w.instrument = l.instrument
        and w.owner_id = l.owner_id
        and w.minute = epoch_us(l.ts) // 60000000
"""


def sql(connection: duckdb.DuckDBPyConnection) -> str:
    """Write the query: by joins where each order enters once and ends once, else by grouping."""
    if any(_repeats(connection, kind) for kind in ("event = 'new'", _REMOVED)):
        return _SQL.format(life=_UNTIDY, entries="lives", notional=_NOTIONAL)
    entries = "(select * from orders where event = 'new')"
    return _SQL.format(life=_TIDY, entries=entries, notional=_NOTIONAL)


def _repeats(connection: duckdb.DuckDBPyConnection, kind: str) -> bool:
    """Return whether an order may have two messages of a kind; sorted hashes say it fastest."""
    count = connection.execute(f"select count(*) from orders where {kind}").fetchall()[0][0]
    parts = 1 + count // _AT_ONCE
    names = f"select hash(order_id) as name from orders where {kind} and hash(order_id) % {parts} ="
    for part in range(parts):
        found = connection.execute(f"{names} {part}").fetchnumpy()["name"]
        found = np.sort(np.asarray(found))
        if (found[1:] == found[:-1]).any():
            return True
    return False
