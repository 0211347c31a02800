"""Reference times: when a settlement, fixing or funding takes its price, and of which instruments.

An event that names an asset and no instrument takes the price of everything traded on that asset,
options apart, which follow it.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, Column, Table

TABLE = Table(
    "closes",
    "One row an instrument and time at which a reference price is taken of it",
    ("instrument", "ts"),
    "ts",
    (
        Column("ts", TIME, "When the price is taken, or its averaging ends", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("underlying", TEXT, "Its underlying asset; its own name where none is known"),
        Column("kinds", TEXT, "Kinds of event, joined by a space", required=True),
    ),
    fact=True,
)
READS = ("events", "instruments")
REACH = timedelta(0)

SQL = """
with terms as (
    select instrument, kind, coalesce(underlying, instrument) as underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), reference as (
    select ts, kind, instrument, asset from events where kind in ('settlement', 'fixing', 'funding')
), named as (
    select ts, kind, instrument from reference where instrument is not null
    union all
    select r.ts, r.kind, coalesce(t.instrument, r.asset) from reference r
        left join terms t on t.underlying = r.asset
    where r.instrument is null and r.asset is not null and t.kind is distinct from 'option'
)
select n.ts, n.instrument, coalesce(t.underlying, n.instrument) as underlying,
    string_agg(distinct n.kind, ' ' order by n.kind) as kinds
from named n left join terms t using (instrument) group by all
"""
