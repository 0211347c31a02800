"""Trades between two known owners, with how close in time and size their orders were entered."""

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
    "crosses",
    "One row a side of a trade between two known owners, blocks and liquidations left out",
    ("trade_key", "side"),
    "ts",
    (
        Column("ts", TIME, "When it traded", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("trade_id", TEXT, "Trade identification", required=True),
        Column("trade_key", KEY, "The trade", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Owner on this side", required=True),
        Column("counterparty_owner_id", TEXT, "Owner on the other side", required=True),
        Column("side", TEXT, "Side taken", required=True),
        Column("quantity", QUANTITY, "Contracts", required=True),
        Column("order_id", TEXT, "Order of this side"),
        Column("entry_gap", WHOLE, "Microseconds between the entries of both orders"),
        Column("size_gap", "DOUBLE", "Difference of both orders' quantities over the larger"),
        Column("part", "DOUBLE", "What traded, over the larger of both orders"),
    ),
    fact=True,
)
READS = ("trades", "fills", "order_life")
TAKES = {
    "fills": ("trade_id", "trade_key", "counterparty_owner_id", "side", "quantity", "order_id",
              "is_block", "is_liquidation"),
    "order_life": ("order_key", "ts", "quantity"),
}  # fmt: skip
REACH = timedelta(hours=1)
"""Of an order entered longer before it traded the entry is not compared."""

SQL = """
with entry as (
    select order_key, ts, quantity from order_life where order_key in (
        select buy_order_key from trades union all select sell_order_key from trades)
), pair as (
    select t.trade_key, abs(epoch_us(mine.ts) - epoch_us(theirs.ts)) as entry_gap,
        abs(mine.quantity - theirs.quantity) / greatest(mine.quantity, theirs.quantity) as size_gap,
        t.quantity / greatest(mine.quantity, theirs.quantity) as part
    from trades t
        left join entry mine on mine.order_key = t.buy_order_key
            and mine.ts >= t.ts - interval 1 hour
        left join entry theirs on theirs.order_key = t.sell_order_key
            and theirs.ts >= t.ts - interval 1 hour
    where t.buyer_id is not null and t.seller_id is not null
)
select f.ts, f.seq, f.trade_id, f.trade_key, f.instrument, f.owner_id, f.counterparty_owner_id,
    f.side, f.quantity, f.order_id, p.entry_gap, p.size_gap, p.part
from fills f join pair p using (trade_key)
where not f.is_block and not f.is_liquidation
"""
