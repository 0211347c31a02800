"""What a trade was worth to its buyer: its price against the middle before and five minutes after.

Only what both agree on counts, the smaller of the two: a price that news has just left behind, or
one that the trade itself moved, was fair by one of them. An option that hardly trades has a wide
middle, so a rule must not read a single trade's markout as a gift.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, PRICE, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import SECOND

TABLE = Table(
    "markouts",
    "One row a trade between two different owners whose fair price is known before and after",
    ("trade_id",),
    "ts",
    (
        Column("ts", TIME, "When it traded", required=True),
        Column("trade_id", TEXT, "Trade identification", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("buyer_owner_id", TEXT, "Owner who bought", required=True),
        Column("seller_owner_id", TEXT, "Owner who sold", required=True),
        Column("price", PRICE, "Price", required=True),
        Column("notional", MONEY, "Notional value", required=True),
        Column("before", PRICE, "Middle as the second of the trade began", required=True),
        Column("after", PRICE, "Middle five minutes later", required=True),
        Column("off", WHOLE, "Billionths by which the buyer paid too little", required=True),
        Column("gain", MONEY, "What the buyer gained by that; negative is a loss", required=True),
    ),
    fact=True,
)
READS = ("fills", "prevailing")
REACH = timedelta(0)
AHEAD = timedelta(minutes=5)
"""The middle five minutes after a trade."""

_LATER = 300
"""Seconds after which the price is looked at again."""

SQL = f"""
with fair as (
    select f.ts, f.trade_id, f.instrument, f.owner_id, f.counterparty_owner_id, f.price, f.notional,
        b.mid as before, a.mid as after,
        cast(round((b.mid::double / f.price::double - 1) * {BILLION}) as bigint) as early,
        cast(round((a.mid::double / f.price::double - 1) * {BILLION}) as bigint) as late
    from (select *, epoch_us(ts) // {SECOND} as second from fills) f
        asof join prevailing b on b.instrument = f.instrument and b.first <= f.second
        asof join prevailing a on a.instrument = f.instrument and a.first <= f.second + {_LATER}
    where f.second < b.stop and f.second + {_LATER} < a.stop
        and f.side = 'buy' and f.counterparty_owner_id <> f.owner_id and not f.is_liquidation
        and f.price > 0 and f.notional is not null
        and greatest(a.mid, b.mid)::double * f.quantity::double < 1e11
), agreed as (
    select *, case when early > 0 and late > 0 then least(early, late)
        when early < 0 and late < 0 then greatest(early, late) else 0 end as off
    from fair
)
select ts, trade_id, instrument, owner_id as buyer_owner_id,
    counterparty_owner_id as seller_owner_id, price, notional, before, after, off,
    cast(round(notional::double * off * 0.000000001, 6) as decimal(18, 6)) as gain
from agreed
"""
