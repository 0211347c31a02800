"""What each transfer is worth in dollars: as the venue says, or by a rate that was known then.

Rules see it as ``usd`` of ``transfers``. Without a rate a transfer has no worth, and no rule of
money judges it.
"""

from surveillance.activity.catalogue import MONEY, TEXT, TIME, Column, Table
from surveillance.activity.facts.rates import HOLDS, rated
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
READS = ("rates", "transfers")
REACH = HOLDS

_MOVED = (
    f"select ts, transfer_id, amount, {canonical('asset')} as currency from transfers "
    "where usd is null"
)

SQL = f"""
with moved as (
    {rated(_MOVED)}
), traded as (
    select m.* exclude (rate),
        case when m.currency = 'USD' then 1 else coalesce(p.usd, m.rate) end as rate
    from moved m left join (select currency, usd from rates where is_fixed) p using (currency)
), known as (
    select ts, transfer_id, try_cast({product("amount", "cast(rate as decimal(38, 18))")}
        as {MONEY}) as usd from traded where rate is not null
    union all
    select ts, transfer_id, try_cast(usd as {MONEY}) from transfers where usd is not null
)
select * from known where usd is not null
"""
