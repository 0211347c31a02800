"""Orders of two owners, of one size and many times what others trade, that used each other up.

Whoever has a large order to fill meets many small ones. That one as large comes from a stranger at
the same time, and is filled by it, is no chance where hardly anybody trades such sizes. The sizes
of others are those of two days before and of the hour, so a market's first minutes have some too.
Blocks are left out.
"""

from datetime import timedelta

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "twin_orders",
    "One row a trade of such orders and owner",
    ("trade_id", "owner_id", "instrument"),
    "ts",
    (
        Column("ts", TIME, "When they traded", required=True),
        Column("settled_at", TIME, "An hour later, when its hour is known", required=True),
        Column("trade_id", TEXT, "The trade", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "One of both", required=True),
        Column("with_", TEXT, "The other", required=True),
        Column("quantity", QUANTITY, "Contracts", required=True),
        Column("entry_gap", WHOLE, "Microseconds between the entries of both orders"),
        Column("size_gap", "DOUBLE", "Difference of both quantities over the larger"),
        Column("part", "DOUBLE", "What traded, over the larger of both orders"),
        Column(
            "others", WHOLE, "Trades of others in the two days before and the hour", required=True
        ),
        Column("times_usual", "DOUBLE", "Its size over that of others' trades, a geometric mean"),
        Column(
            "alike",
            "DOUBLE",
            "Part of others' trades, by count, of a size within a tenth of this one",
        ),
        Column(
            "mutual",
            "DOUBLE",
            "This trade over all that the busier of both traded in that time",
            required=True,
        ),
        Column("trade_ids", "VARCHAR[]", "The trade", required=True),
        Column("order_ids", "VARCHAR[]", "Both orders", required=True),
    ),
    fact=True,
)
READS = ("crosses", "fills")
TAKES = {
    "crosses": ("trade_id", "counterparty_owner_id", "quantity", "order_id", "entry_gap",
                "size_gap", "part"),
    "fills": ("side", "counterparty_owner_id", "quantity"),
}  # fmt: skip
REACH = timedelta(days=2)
NARROWED = ("settled_at",)
LOOKS = {"crosses": timedelta(hours=1), "fills": timedelta(hours=49)}

_BACK = 47
"""Hours before its own on which a row looks back."""
_LATEST = 300_000_000
_UNLIKE = 0.2
_LEAST = 0.7
_LARGE = 4
"""Bounds for cost, well beyond what is taken for at once, alike, used up and large."""

SQL = f"""
with cross_ as (
    select *, epoch_us(ts) // {HOUR} as hour
    from (select *, ts + interval 1 hour as settled_at from crosses)
    where $settled and side = 'buy' and owner_id <> counterparty_owner_id
        and entry_gap <= {_LATEST} and size_gap <= {_UNLIKE} and part >= {_LEAST}
), trade as (
    select instrument, epoch_us(ts) // {HOUR} as hour, owner_id, counterparty_owner_id as with_,
        quantity, cast(round(ln(quantity) * 1000000) as bigint) as size
    from fills where side = 'buy' and counterparty_owner_id is not null
        and instrument in (select instrument from cross_)
), hourly as (
    select instrument, hour, sum(size) as size, count(*) as trades from trade group by all
), usual as (
    select instrument, hour, sum(size) over w / sum(trades) over w as size
    from hourly window w as (partition by instrument order by hour
        range between {_BACK} preceding and current row)
), twin as (
    select c.*, ln(c.quantity) * 1000000 as size from cross_ c join usual u using (instrument, hour)
    where ln(c.quantity / {_LARGE}) * 1000000 >= u.size
), compared as (
    select w.trade_key, count(*) filter (t.alien) as others,
        exp((any_value(w.size) - avg(t.size) filter (t.alien)) / 1000000) as times_usual,
        avg(case when abs(t.quantity - w.quantity) * 10 <= w.quantity then 1 else 0 end)
            filter (t.alien) as alike,
        sum(t.quantity) filter (w.owner_id in (t.owner_id, t.with_)) as bought,
        sum(t.quantity) filter (w.counterparty_owner_id in (t.owner_id, t.with_)) as sold
    from twin w join lateral (
        select t.*, w.owner_id not in (t.owner_id, t.with_)
            and w.counterparty_owner_id not in (t.owner_id, t.with_) as alien
        from trade t where t.instrument = w.instrument
            and t.hour between w.hour - {_BACK} and w.hour
    ) t on true
    group by w.trade_key
)
select w.ts, w.settled_at, w.trade_id, w.instrument,
    s.owner_id, s.counterparty_owner_id as with_, w.quantity, w.entry_gap, w.size_gap,
    w.part, c.others, c.times_usual, c.alike, w.quantity / greatest(c.bought, c.sold) as mutual,
    [w.trade_id] as trade_ids, list_sort([w.order_id, o.order_id]) as order_ids
from twin w join compared c using (trade_key) join crosses s using (trade_key)
    join crosses o on o.trade_key = w.trade_key and o.side = 'sell'
"""
