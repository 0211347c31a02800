"""What each trade is worth, in its own currency and in dollars, by terms and rates known then.

Terms may land after the trades, so worth is no part of what is stored. Without terms, or without a
rate that is at most a day old, there is no value, and nothing is judged by it.
"""

from surveillance.activity.catalogue import KEY, MONEY, TEXT, TIME, VALUE, Column, Table
from surveillance.activity.facts.rates import HOLDS
from surveillance.activity.valuation import canonical, product, quote_of, worth

TABLE = Table(
    "valued_trades",
    "One row a trade whose value is known",
    ("trade_key",),
    "ts",
    (
        Column("ts", TIME, "When it traded", required=True),
        Column("trade_key", KEY, "The trade", required=True),
        Column("value", VALUE, "Price x size, or size alone if inverse", required=True),
        Column("currency", TEXT, "Currency of the value", required=True),
        Column("usd", MONEY, "The same in USD, if there was a rate"),
    ),
    fact=True,
)
READS = ("trades", "contracts", "rates")
REACH = HOLDS


def valued(rows: str, key: str) -> str:
    """Return SQL for ``ts``, a key, ``value``, ``currency`` and ``usd`` of rows.

    ``rows`` is SQL with ``ts``, the key, ``instrument``, ``price`` and ``quantity``.
    """
    one = "cast(1 as decimal(38, 18))"
    return f"""
with priced as (
    select r.ts, r.{key}, r.price, r.quantity, t.form, coalesce(t.contract, {one}) as contract,
        coalesce(t.currency, {canonical(quote_of("r.instrument"))}) as currency
    from ({rows}) r left join contracts t
        on t.instrument = r.instrument and r.ts >= t.since and r.ts < t.until
    where r.quantity is not null and (t.instrument is null or t.form is not null)
), valued as (
    select ts, {key}, currency, case when form = 'inverse' then {worth(one, "quantity", "contract")}
        else {worth("price", "quantity", "contract")} end as value
    from priced
), dollars as (
    select v.*, p.usd as peg from valued v
        left join (select currency, usd from rates where is_fixed) p using (currency)
    where v.value is not null
), moving as (
    select * from dollars where currency <> 'USD' and peg is null
), marked as (
    select m.*, case when k.ts >= m.ts - {_DAY} then k.usd end as marked from moving m
        asof left join (select currency, ts, usd from rates where source = 'mark') k
        on k.currency = m.currency and m.ts >= k.ts
), traded as (
    select m.*, coalesce(m.marked, case when k.ts >= m.ts - {_DAY} then k.usd end) as rate
    from marked m asof left join (select currency, ts, usd from rates where source = 'trade') k
        on k.currency = m.currency and m.ts >= k.ts
)
select ts, {key}, value, currency, try_cast(value as {MONEY}) as usd from dollars
where currency = 'USD' or peg is not null
union all
select ts, {key}, value, currency,
    try_cast({product("cast(value as decimal(38, 18))", "rate")} as {MONEY}) as usd from traded
"""


_DAY = f"interval {HOLDS.days} day"

SQL = valued("select ts, trade_key, instrument, price, quantity from trades", "trade_key")
