"""What a contract of an instrument is, and in which currency it is worth something.

The terms of an instrument hold until others take effect; the first hold before, too, for a venue
describes what it trades when it is asked. Where it is not said how a future or a perpetual settles
and both ways are usual (it is quoted in USD itself), its contracts have no value that is known: 3
contracts of an inverse perpetual are 3 dollars, and of a linear one 180,000. An instrument that
nobody describes is taken to be linear, and quoted as its symbol says; see ``valuation``.
"""

from collections.abc import Iterator

import duckdb

from surveillance.activity.catalogue import QUANTITY, TEXT, TIME, Column, Table
from surveillance.activity.valuation import PEGGED, canonical, product, quote_in

TABLE = Table(
    "contracts",
    "One row an instrument and time since when it has had the same terms",
    ("instrument", "since"),
    "",
    (
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("since", TIME, "From when on they hold", required=True),
        Column("until", TIME, "When others took effect", required=True),
        Column("form", TEXT, "linear or inverse; empty where it is not known"),
        Column("contract", QUANTITY, "Size of a contract", required=True),
        Column("currency", TEXT, "In what it is worth something", required=True),
        Column("underlying", TEXT, "Underlying asset"),
        Column("quote", TEXT, "Currency of the price", required=True),
        Column("kind", TEXT, "Product type"),
    ),
    fact=True,
)
READS = ("instruments",)

_DOLLARS = ", ".join(f"'{name}'" for name in PEGGED)

_SQL = f"""
with told as (
    select *, {canonical(f"coalesce(quote, {quote_in('instrument')})")} as told_in,
        {canonical("value_currency")} as counted_in, {canonical("underlying")} as asset,
        {canonical("settlement_currency")} as settled_in,
        row_number() over (partition by instrument order by ts) as place,
        lead(ts) over (partition by instrument order by ts) as next,
        {product("coalesce(contract_value, 1)", "abs(coalesce(multiplier, 1))", 18)} as contract
    from instruments
), priced as (
    select *, coalesce(told_in, 'USD') as priced_in from told
), formed as (
    select *, case
        when settlement is not null then settlement
        when multiplier < 0 then 'inverse'
        when kind = 'option' or kind = 'spot' then 'linear'
        when counted_in = asset then 'linear'
        when counted_in = priced_in then 'inverse'
        when settled_in = priced_in then 'linear'
        when settled_in = asset then 'inverse'
        when settled_in is not null then 'quanto'
        when kind is null or kind = 'other' or told_in is null or told_in in ({_DOLLARS})
            then 'linear'
    end as how
    from priced
)
select instrument, case when place = 1 then timestamp '0001-01-01' else ts end as since,
    coalesce(next, timestamp '9999-12-31') as until,
    case how when 'quanto' then 'linear' else how end as form,
    coalesce(contract, 1) as contract,
    case how when 'quanto' then coalesce(counted_in, settled_in, priced_in)
        when 'inverse' then coalesce(counted_in, priced_in) else priced_in end as currency,
    asset as underlying, priced_in as quote, kind
from formed
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the one query, if anybody describes an instrument."""
    if connection.execute("select 1 from instruments limit 1").fetchall():
        yield _SQL
