"""What each transfer is worth in dollars: as the venue says, or by a rate that was known then.

Rules see it as ``usd`` of ``transfers``. Without a rate a transfer has no worth, and no rule of
money judges it.
"""

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts.rates import HOLDS
from surveillance.activity.valuation import canonical, product

TABLE = Table(
    "valued_transfers",
    "One row a transfer whose worth is known",
    ("transfer_id",),
    "ts",
    (
        Column("ts", TIME, "When it moved", required=True),
        Column("transfer_id", TEXT, "The transfer", required=True),
        Column("usd", MONEY, "Its worth, USD", required=True),
    ),
    fact=True,
)
READS = ("rates",)
REACH = HOLDS

_DAY = f"interval {HOLDS.days} day"

SQL = f"""
with moved as (
    select ts, transfer_id, amount, {canonical("asset")} as currency from transfers
    where usd is null
), marked as (
    select m.*, case when k.ts >= m.ts - {_DAY} then k.usd end as marked from moved m
        asof left join (select currency, ts, usd from rates where source = 'mark') k
        on k.currency = m.currency and m.ts >= k.ts
), traded as (
    select m.*, case when m.currency = 'USD' then 1 else coalesce(p.usd, m.marked,
        case when k.ts >= m.ts - {_DAY} then k.usd end) end as rate
    from marked m asof left join (select currency, ts, usd from rates where source = 'trade') k
            on k.currency = m.currency and m.ts >= k.ts
        left join (select currency, usd from rates where is_fixed) p on p.currency = m.currency
), known as (
    select ts, transfer_id, try_cast({product("amount", "cast(rate as decimal(38, 18))")}
        as {MONEY}) as usd from traded where rate is not null
    union all
    select ts, transfer_id, try_cast(usd as {MONEY}) from transfers where usd is not null
)
select * from known where usd is not null
"""
