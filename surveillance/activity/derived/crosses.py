"""Trades between two known owners, with how close in time and size their orders were entered."""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, QUANTITY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "crosses",
    "One row a side of a trade between two known owners, blocks and liquidations left out",
    ("trade_id", "side"),
    "ts",
    (
        Column("ts", TIME, "When it traded", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("trade_id", TEXT, "Trade identification", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Owner on this side", required=True),
        Column("counterparty_owner_id", TEXT, "Owner on the other side", required=True),
        Column("side", TEXT, "Side taken", required=True),
        Column("quantity", QUANTITY, "Contracts", required=True),
        Column("signed_notional", MONEY, "Notional value; negative for a sale"),
        Column("notional", MONEY, "Notional value"),
        Column("order_id", TEXT, "Order of this side"),
        Column("entry_gap", WHOLE, "Microseconds between the entries of both orders"),
        Column("size_gap", "DOUBLE", "Difference of both orders' quantities over the larger"),
    ),
    fact=True,
)
READS = ("fills", "order_life")
REACH = timedelta(hours=1)
"""Of an order entered longer before it traded the entry is not compared."""

SQL = """
select f.ts, f.seq, f.trade_id, f.instrument, f.owner_id, f.counterparty_owner_id, f.side,
    f.quantity, f.notional, f.signed_notional, f.order_id,
    abs(epoch_us(mine.ts) - epoch_us(theirs.ts)) as entry_gap,
    abs(mine.quantity - theirs.quantity) / greatest(mine.quantity, theirs.quantity) as size_gap
from fills f join fills g on g.trade_id = f.trade_id and g.side <> f.side
    left join order_life mine on mine.order_id = f.order_id
        and mine.ts >= f.ts - interval 1 hour
    left join order_life theirs on theirs.order_id = g.order_id
        and theirs.ts >= f.ts - interval 1 hour
where not f.is_block and not f.is_liquidation
"""
