"""What a unit of a currency was worth in dollars: what the venue's own prices said of it.

Of currencies that something is valued in and that are no dollar. An index or a mark is believed
before trades, which one order can move. A rate holds for a day at most. A coin that promises a
dollar is worth one where the venue has no market that says otherwise.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import FLAG, PRICE, TEXT, TIME, Column, Table
from surveillance.activity.valuation import PEGGED, canonical, quote_of

TABLE = Table(
    "rates",
    "One row a currency and time at which a price of it was known",
    ("currency", "source", "ts"),
    "",
    (
        Column("ts", TIME, "When it was known", required=True),
        Column("currency", TEXT, "Currency or coin", required=True),
        Column("source", TEXT, "index or mark, trade, or peg", required=True),
        Column("usd", PRICE, "Worth of one unit, USD", required=True),
        Column("is_fixed", FLAG, "It is the only rate of its currency", required=True),
    ),
    fact=True,
)
READS = ("contracts", "marks", "trades", "transfers", "instruments")
PROMISED = True
"""Coins that are pegged are worth a dollar wherever nothing else is known."""
HOLDS = timedelta(days=1)
"""How long a rate holds."""

_DAY = f"interval {HOLDS.days} day"


def rated(rows: str) -> str:
    """Return SQL for rows of ``currency`` and ``ts`` with the ``rate`` that was known then.

    What a mark said within the day counts, or else what it traded at.
    """
    held = f"case when k.ts >= m.ts - {_DAY} then k.usd end"
    marks, trades = (
        f"(select currency, ts, usd from rates where source = '{source}') k "
        "on k.currency = m.currency and m.ts >= k.ts"
        for source in ("mark", "trade")
    )
    marked = f"select m.*, {held} as marked from ({rows}) m asof left join {marks}"
    return (
        f"select m.* exclude (marked), coalesce(m.marked, {held}) as rate "
        f"from ({marked}) m asof left join {trades}"
    )


_DOLLARS = ", ".join(f"'{name}'" for name in ("USD", *PEGGED))
_COINS = ", ".join(f"('{name}')" for name in PEGGED)

_NEEDED = f"""
select currency from contracts where currency <> 'USD'
union select {canonical("asset")} from transfers where usd is null
union select {canonical(quote_of("instrument"))} from (
    select distinct instrument from trades anti join instruments using (instrument))
"""
_SAID = f"""
select 1 from contracts where underlying in ({_DOLLARS}) union all
select 1 from ({_NEEDED}) where currency not in ({_DOLLARS}) limit 1
"""
_PEGS = f"""
select timestamp '0001-01-01' as ts, c.currency, 'peg' as source, 1 as usd, true as is_fixed
from (values {_COINS}) c(currency)
"""

_SQL = f"""
with needed as (
    {_NEEDED} union select * from (values {_COINS})
), market as (
    select t.instrument, t.underlying as currency from contracts t
    where t.underlying in (select currency from needed) and t.quote in ({_DOLLARS})
        and t.underlying <> t.quote and (t.quote = 'USD' or t.underlying not in ({_DOLLARS}))
        and coalesce(t.kind, 'other') <> 'option'
    union select instrument, regexp_replace(instrument, '[-_/]?(USDT|USDC|USD)$', '') from (
        select distinct instrument from trades anti join instruments using (instrument))
    where regexp_matches(instrument, '^[A-Z]{{2,}}[-_/]?(USDT|USDC|USD)$')
        and regexp_replace(instrument, '[-_/]?(USDT|USDC|USD)$', '') in (
            select currency from needed)
        and regexp_replace(instrument, '[-_/]?(USDT|USDC|USD)$', '') not in ({_DOLLARS})
), observed as (
    select m.ts, k.currency, 'mark' as source, min(m.value) as usd
    from marks m join market k using (instrument)
    where m.kind in ('index', 'mark') and m.value > 0 group by all
    union all
    select t.ts, k.currency, 'trade', max(t.price) from trades t join market k using (instrument)
    where t.price > 0 and t.cause is null and not coalesce(t.is_block, false) group by all
)
select ts, currency, source, usd, false as is_fixed from observed
union all
select * from ({_PEGS}) where currency not in (select currency from observed)
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the one query; where there is nothing but dollars it is a short one."""
    yield _SQL if connection.execute(_SAID).fetchall() else _PEGS
