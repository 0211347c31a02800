"""Trades seen from each side: one row for every trader who took part in one."""

from datetime import timedelta

from surveillance.activity.catalogue import (
    FLAG,
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

TABLE = Table(
    "fills",
    "One row a side of a trade whose trader is known",
    ("trade_key", "side"),
    "ts",
    (
        Column("ts", TIME, "When it traded", required=True),
        Column("seq", WHOLE, "Breaks ties of ts", required=True),
        Column("trade_id", TEXT, "Trade identification", required=True),
        Column("trade_key", KEY, "The trade", required=True),
        Column("order_id", TEXT, "Order of this side"),
        Column("order_key", KEY, "The order"),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("trader_id", TEXT, "Trader on this side", required=True),
        Column("owner_id", TEXT, "Owner behind the trader", required=True),
        Column("counterparty_id", TEXT, "Trader on the other side, if known"),
        Column("counterparty_owner_id", TEXT, "Owner on the other side, if known"),
        Column("side", TEXT, "Side taken", required=True, allowed=("buy", "sell")),
        Column("price", PRICE, "Price", required=True),
        Column("quantity", QUANTITY, "Contracts", required=True),
        Column("signed_quantity", QUANTITY, "Contracts; negative for a sale", required=True),
        Column("notional", MONEY, "Worth, USD, if it is known"),
        Column("signed_notional", MONEY, "The same; negative for a sale"),
        Column("is_taker", FLAG, "This side took liquidity"),
        Column("is_block", FLAG, "Agreed off the book"),
        Column(
            "is_liquidation", FLAG, "One side was being liquidated, or the venue made it otherwise"
        ),
    ),
    fact=True,
)
READS = ("trades", "owners", "valued_trades")
AHEAD = timedelta(0)
ONLY_FOR = {"valued_trades": ("notional", "signed_notional")}

_SIDE = """
select t.ts, t.seq, t.trade_id, t.trade_key, t.{order}_id as order_id,
    t.{order}_key as order_key, t.instrument, t.{me} as trader_id,
    coalesce(mine.owner_id, t.{me}) as owner_id, t.{other} as counterparty_id,
    coalesce(theirs.owner_id, t.{other}) as counterparty_owner_id, '{side}' as side,
    t.price, t.quantity, {sign} t.quantity as signed_quantity, v.usd as notional,
    {sign} v.usd as signed_notional, t.taker_side = '{side}' as is_taker,
    coalesce(t.is_block, false) as is_block,
    t.cause is not null or coalesce(t.is_liquidation, false) as is_liquidation
from trades t left join owners mine on mine.trader_id = t.{me}
    left join owners theirs on theirs.trader_id = t.{other}
    left join valued_trades v using (trade_key)
where t.{me} is not null
"""

SQL = " union all ".join(
    (
        _SIDE.format(order="buy_order", me="buyer_id", other="seller_id", side="buy", sign="+"),
        _SIDE.format(order="sell_order", me="seller_id", other="buyer_id", side="sell", sign="-"),
    )
)
