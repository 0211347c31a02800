"""Who handed a position to whom: at once, or through somebody who held it for seconds.

A market maker or a broker who buys from A and sells as much to B within seconds, at nearly the same
price, stood in the middle: A handed to B, and the two trades are one handover, in which the middle
has no part. In a longer chain nobody stands in the middle, because everybody passes on at once.
"""

from datetime import timedelta

from surveillance.activity.catalogue import (
    KEY,
    QUANTITY,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)

TABLE = Table(
    "handovers",
    "One row a quantity that went from one owner to another, at once or through a third",
    ("trade_key",),
    "ts",
    (
        Column("ts", TIME, "When it arrived", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("trade_key", KEY, "The trade by which it arrived", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("seller_id", TEXT, "Owner who sold", required=True),
        Column("buyer_id", TEXT, "Owner who bought in the end", required=True),
        Column("via", TEXT, "Owner who stood in the middle, if one did"),
        Column("quantity", QUANTITY, "Contracts", required=True),
        Column("sell_key", KEY, "The seller's order, or the trade", required=True),
        Column("buy_key", KEY, "The buyer's order, or the trade", required=True),
        Column("trade_ids", "VARCHAR[]", "The trade, or both", required=True),
    ),
    fact=True,
)
READS = ("fills",)
REACH = timedelta(seconds=20)

MOMENT = 10_000_000
"""Microseconds within which the middle passes on; a row is settled as long after its ``ts``."""
LIKE = 50
"""One over the difference of quantities that are alike."""
NEAR = 200
"""One over the difference of prices that are near."""

SQL = f"""
with sale as (
    select f.ts, f.seq, f.trade_id, f.trade_key, f.instrument, f.counterparty_owner_id as seller_id,
        f.owner_id as buyer_id, f.price, f.quantity, epoch_us(f.ts) as us,
        coalesce(s.order_key, f.trade_key) as sell_key,
        coalesce(f.order_key, f.trade_key) as buy_key
    from fills f join fills s on s.trade_key = f.trade_key and s.side = 'sell'
    where f.side = 'buy' and f.counterparty_owner_id <> f.owner_id
        and not f.is_block and not f.is_liquidation
), near as (
    select *, unnest([us // {MOMENT} - 1, us // {MOMENT}, us // {MOMENT} + 1]) as moment from sale
), link as (
    select x.trade_key as gave, y.trade_key as took from sale x
        join near y on y.instrument = x.instrument and y.seller_id = x.buyer_id
            and y.moment = x.us // {MOMENT}
    where y.buyer_id <> x.seller_id and abs(y.us - x.us) <= {MOMENT}
        and abs(y.quantity - x.quantity) * {LIKE} <= x.quantity
        and abs(y.price - x.price) * {NEAR} <= abs(x.price)
    qualify row_number() over (partition by x.trade_key
            order by abs(y.us - x.us), y.us, y.seq, y.trade_id) = 1
        and row_number() over (partition by y.trade_key
            order by abs(y.us - x.us), x.us, x.seq, x.trade_id) = 1
), pass as (
    select * from link where gave not in (select took from link)
        and took not in (select gave from link)
)
select ts, seq, trade_key, instrument, seller_id, buyer_id, cast(null as varchar) as via, quantity,
    sell_key, buy_key, [trade_id] as trade_ids
from sale where trade_key not in (select gave from pass union all select took from pass)
union all
select greatest(x.ts, y.ts), case when (y.ts, y.seq) > (x.ts, x.seq) then y.seq else x.seq end,
    y.trade_key, x.instrument, x.seller_id, y.buyer_id, x.buyer_id,
    least(x.quantity, y.quantity), x.sell_key, y.buy_key, list_sort([x.trade_id, y.trade_id])
from pass p join sale x on x.trade_key = p.gave join sale y on y.trade_key = p.took
"""
