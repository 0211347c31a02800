"""What accounts held at the end of a day, and what that would do if prices or volatility moved.

A day's last report of each position counts. What an option moves with is known where its mark is
(``option_values``); what a future, a perpetual or a coin moves with needs only its size. Dollars
are exact, so that their sums do not hang on the order of rows.
"""

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, VALUE, Column, Table
from surveillance.activity.valuation import PEGGED
from surveillance.times import DAY

TABLE = Table(
    "exposures",
    "One row an account, instrument and day at whose end it was held",
    ("trader_id", "instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the day; known at its end", required=True),
        Column("trader_id", TEXT, "Who holds it", required=True),
        Column("owner_id", TEXT, "Owner behind the account", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("underlying", TEXT, "Underlying asset"),
        Column("kind", TEXT, "Product type"),
        Column("option_kind", TEXT, "Right of an option", allowed=("call", "put")),
        Column("strike", "DOUBLE", "Strike of an option"),
        Column("expires_at", TIME, "When it expires"),
        Column("units", QUANTITY, "Size in units of the underlying; below 0 is short"),
        Column("price", "DOUBLE", "Price of the underlying that day, as last marked"),
        Column("notional", VALUE, "Size at that price, USD, without a sign"),
        Column(
            "delta", VALUE, "Size of the coin that it moves like, USD; below 0 it gains from a fall"
        ),
        Column("gamma", VALUE, "Change of delta when the price moves 1 %, USD; options only"),
        Column("vega", VALUE, "Gain for a point of volatility, USD; options only"),
        Column("theta", VALUE, "Gain when a day passes, USD; options only"),
        Column("margin", VALUE, "Margin held, USD"),
        Column("to_liquidation", "DOUBLE", "Way of the price to liquidation, as a share of it"),
    ),
    fact=True,
)
READS = ("positions", "owners", "contracts", "instruments", "marks", "option_values")

_DOLLARS = ", ".join(f"'{name}'" for name in ("USD", *PEGGED))


def _dollars(expression: str) -> str:
    known = f"case when in_dollars then {expression} end"
    return f"try_cast(round({known}, 6) as {VALUE})"


SQL = f"""
with held as (
    select p.trader_id, coalesce(o.owner_id, p.trader_id) as owner_id, p.instrument, p.ts,
        p.quantity, p.entry_price, p.margin, p.liquidation_price, epoch_us(p.ts) // {DAY} as day
    from positions p left join owners o using (trader_id)
    qualify row_number() over (partition by p.trader_id, p.instrument, epoch_us(p.ts) // {DAY}
        order by p.ts desc) = 1
), marked as (
    select instrument, epoch_us(ts) // {DAY} as day,
        cast(arg_max(value, ts) filter (kind = 'mark') as double) as price
    from marks where kind = 'mark' group by all
), coin as (
    select c.underlying, m.day, arg_min(m.price, (
        case c.kind when 'perpetual' then 0 when 'spot' then 1 else 2 end, m.instrument)) as price
    from marked m join (select distinct instrument, underlying, kind from contracts) c
        using (instrument)
    where c.kind in ('perpetual', 'spot', 'future') and m.price is not null group by all
), terms as (
    select instrument, option_kind, strike, expires_at from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), sized as (
    select h.*, c.underlying, c.kind, t.option_kind, t.strike, t.expires_at,
        c.quote in ({_DOLLARS}) or c.quote = c.underlying and c.kind = 'option' as in_dollars,
        coalesce(v.forward, case when c.kind <> 'option' then
            coalesce(m.price, k.price, cast(h.entry_price as double)) end) as price,
        v.delta as per_unit, v.gamma as g, v.vega as v, v.theta as th,
        cast(h.quantity as double) * cast(c.contract as double) as contracts, c.form
    from held h
        join contracts c on c.instrument = h.instrument and h.ts >= c.since and h.ts < c.until
        left join terms t on t.instrument = h.instrument
        left join marked m on m.instrument = h.instrument and m.day = h.day
        left join coin k on k.underlying = c.underlying and k.day = h.day
        left join option_values v on v.instrument = h.instrument
            and v.ts = make_timestamp(h.day * {DAY})
    where h.quantity <> 0
), united as (
    select *, case when kind = 'option' then contracts when form = 'inverse'
        then contracts / nullif(price, 0) when form = 'linear' then contracts end as size
    from sized
)
select make_timestamp(day * {DAY}) as ts, trader_id, owner_id, instrument, underlying, kind,
    option_kind, cast(strike as double) as strike, expires_at,
    try_cast(round(size, 8) as {QUANTITY}) as units, price,
    {_dollars("abs(size) * price")} as notional,
    {_dollars("size * price * case when kind = 'option' then per_unit else 1 end")} as delta,
    {_dollars("size * price * g")} as gamma, {_dollars("size * v")} as vega,
    {_dollars("size * th")} as theta, try_cast(margin as {VALUE}) as margin,
    case when liquidation_price > 0 and kind <> 'option'
        then abs(price - cast(liquidation_price as double)) / nullif(price, 0) end as to_liquidation
from united
"""
