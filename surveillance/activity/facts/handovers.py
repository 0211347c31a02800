"""Which hand gave a position to which: at once, or through somebody who held it for seconds.

A hand is an owner, or all owners of a group; what it trades with itself is no handover, be it at
once or through a third: see ``detours``.

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
    "One row a quantity that went from one hand to another, at once or through a third",
    ("trade_key",),
    "ts",
    (
        Column("ts", TIME, "When it arrived", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("trade_key", KEY, "The trade by which it arrived", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("seller_id", TEXT, "Hand that sold", required=True),
        Column("buyer_id", TEXT, "Hand that bought in the end", required=True),
        Column("seller_owner_id", TEXT, "Owner of it who sold", required=True),
        Column("buyer_owner_id", TEXT, "Owner of it who bought", required=True),
        Column("via", TEXT, "Hand that stood in the middle, if one did"),
        Column("quantity", QUANTITY, "Contracts", required=True),
        Column("sell_key", KEY, "The seller's order, or the trade", required=True),
        Column("buy_key", KEY, "The buyer's order, or the trade", required=True),
        Column("trade_ids", "VARCHAR[]", "The trade, or both", required=True),
    ),
    fact=True,
)
READS = ("detours", "fills", "groups")
TAKES = {
    "detours": ("trade_key",),
    "fills": ("trade_id", "order_key", "counterparty_id", "counterparty_owner_id", "side", "price",
              "quantity", "is_block", "is_liquidation"),
    "groups": ("group_id", "owners"),
}  # fmt: skip
VERSION = 2
REACH = timedelta(seconds=20)

MOMENT = 10_000_000
"""Microseconds within which the middle passes on; a row is settled as long after its ``ts``."""
LIKE = 50
"""One over the difference of quantities that are alike."""
NEAR = 200
"""One over the difference of prices that are near."""

SQL = f"""
with linked as (
    select trader_id, group_id from groups where owners > 1
), sold as (
    select trade_key, order_key from fills where side = 'sell'
), trade as (
    select f.ts, f.seq, f.trade_id, f.trade_key, f.instrument, f.price, f.quantity,
        epoch_us(f.ts) as us, f.counterparty_owner_id as seller_owner_id,
        f.owner_id as buyer_owner_id, coalesce(t.group_id, f.counterparty_owner_id) as seller_id,
        coalesce(m.group_id, f.owner_id) as buyer_id, f.order_key
    from fills f left join linked m on m.trader_id = f.trader_id
        left join linked t on t.trader_id = f.counterparty_id
    where f.side = 'buy' and f.counterparty_owner_id is not null
        and not f.is_block and not f.is_liquidation
), sale as (
    select t.* exclude (order_key), coalesce(s.order_key, trade_key) as sell_key,
        coalesce(t.order_key, trade_key) as buy_key
    from trade t join sold s using (trade_key) anti join detours using (trade_key)
    where seller_id <> buyer_id
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
select ts, seq, trade_key, instrument, seller_id, buyer_id, seller_owner_id, buyer_owner_id,
    cast(null as varchar) as via, quantity, sell_key, buy_key, [trade_id] as trade_ids
from sale where trade_key not in (select gave from pass union all select took from pass)
union all
select greatest(x.ts, y.ts), case when (y.ts, y.seq) > (x.ts, x.seq) then y.seq else x.seq end,
    y.trade_key, x.instrument, x.seller_id, y.buyer_id, x.seller_owner_id, y.buyer_owner_id,
    x.buyer_id, least(x.quantity, y.quantity), x.sell_key, y.buy_key,
    list_sort([x.trade_id, y.trade_id])
from pass p join sale x on x.trade_key = p.gave join sale y on y.trade_key = p.took
"""
