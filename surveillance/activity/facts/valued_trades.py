"""What each trade is worth, in its own currency and in dollars, by terms and rates known then.

Terms may land after the trades, so worth is no part of what is stored. Without terms, or without a
rate that is at most a day old, there is no value, and nothing is judged by it.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import KEY, MONEY, TEXT, TIME, VALUE, Column, Table
from surveillance.activity.facts.rates import HOLDS, rated
from surveillance.activity.valuation import canonical, product, quote_of, sized, worth


def columns(key: str) -> tuple[Column, ...]:
    """Return the columns of what rows of a key are worth."""
    return (
        Column("ts", TIME, "When it was", required=True),
        Column(key, KEY, "Which it is of", required=True),
        Column("value", VALUE, "Price x size, or size alone if inverse", required=True),
        Column("currency", TEXT, "Currency of the value", required=True),
        Column("usd", MONEY, "The same in USD, if there was a rate"),
    )


TABLE = Table(
    "valued_trades",
    "One row a trade whose value is known",
    ("trade_key",),
    "ts",
    columns("trade_key"),
    fact=True,
)
READS = ("trades", "contracts", "rates")
REACH = HOLDS
AHEAD = timedelta(0)


def _escaped(sql: str) -> str:
    return sql.replace("{", "{{").replace("}", "}}")


def valued(connection: duckdb.DuckDBPyConnection, rows: str, key: str) -> Iterator[str]:
    """Yield SQL for ``ts``, a key, ``value``, ``currency`` and ``usd`` of rows.

    ``rows`` is SQL with ``ts``, the key, ``instrument``, ``price`` and ``quantity``. Those in
    dollars come first; where there is no rate but pegs, which is usual, nothing else is asked.
    """
    worths = _WORTHS.format(rows=rows, key=key)
    moves = connection.execute("select 1 from rates where not is_fixed limit 1").fetchall()
    where = "where currency = 'USD' or peg is not null" if moves else ""
    yield f"with {worths} {_DOLLARS.format(key=key)} {where}"
    if moves:
        yield f"with {worths} {_OTHERS.format(key=key)}"


_ONE = "cast(1 as decimal(38, 18))"

_WORTHS = f"""
priced as (
    select r.ts, r.{{key}}, r.price, r.quantity, t.form, coalesce(t.contract, {_ONE}) as contract,
        coalesce(t.currency, {_escaped(canonical(quote_of("r.instrument")))}) as currency
    from ({{rows}}) r left join contracts t
        on t.instrument = r.instrument and r.ts >= t.since and r.ts < t.until
    where r.quantity is not null and (t.instrument is null or t.form is not null)
), sizes as (
    select ts, {{key}}, currency, case when form = 'inverse' then {_ONE} else price end as price,
        {sized("quantity", "contract")} as size
    from priced
), valued as (
    select ts, {{key}}, currency, {worth("price", "size")} as value from sizes
), dollars as (
    select v.*, p.usd as peg from valued v
        left join (select currency, usd from rates where is_fixed) p using (currency)
    where v.value is not null
)
"""

_DOLLARS = f"""
select ts, {{key}}, value, currency,
    case when currency = 'USD' or peg is not null then try_cast(value as {MONEY}) end as usd
from dollars
"""

_OTHERS = f"""
, traded as (
    {rated("select * from dollars where currency <> 'USD' and peg is null")}
)
select ts, {{key}}, value, currency,
    try_cast({product("try_cast(value as decimal(38, 18))", "rate")} as {MONEY}) as usd from traded
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield a query for trades in dollars, and one for others."""
    rows = "select ts, trade_key, instrument, price, quantity from trades"
    yield from valued(connection, rows, "trade_key")
