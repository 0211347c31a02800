"""What each owner had declared, from when on: a business, its volume, an income, what it is for.

The states of all accounts of an owner together; what is not declared is empty.
"""

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, Column, Table

TABLE = Table(
    "declarations",
    "One row an owner and time at which something was declared",
    ("owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "From when on", required=True),
        Column("owner_id", TEXT, "The owner", required=True),
        Column("is_business", FLAG, "A legal person, verified", required=True),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("volume", MONEY, "Declared volume a month, USD"),
        Column("income", MONEY, "Declared income a year, USD"),
        Column("residence", TEXT, "Residence, ISO 3166 alpha-2"),
    ),
    fact=True,
)
READS = ("accounts", "kyc", "owners")

SQL = f"""
with state as (
    select k.ts, coalesce(o.owner_id, k.trader_id) as owner_id, k.entity,
        k.status, k.expected_volume, k.income, k.residence, null as kind
    from known_kyc k left join owners o using (trader_id)
    union all
    select a.ts, coalesce(o.owner_id, a.trader_id), null, null, null, null, a.country, a.kind
    from known_accounts a left join owners o using (trader_id)
), ordered as (
    select *, row_number() over (partition by owner_id
        order by ts, entity, kind, status, volume, income, residence) as place
    from (select * rename (expected_volume as volume) from state)
), upto as (
    select ts, owner_id, place, last_value(entity ignore nulls) over w as entity,
        last_value(status ignore nulls) over w as status,
        last_value(volume ignore nulls) over w as volume,
        last_value(income ignore nulls) over w as income,
        last_value(residence ignore nulls) over w as residence,
        last_value(kind ignore nulls) over w as kind
    from ordered
    window w as (partition by owner_id order by place rows unbounded preceding)
)
select ts, owner_id, coalesce(entity = 'legal' and status = 'verified', false) as is_business,
    coalesce(kind in ('market_maker', 'house', 'omnibus'), false) as is_dealer,
    try_cast(volume as {MONEY}) as volume, try_cast(income as {MONEY}) as income, residence
from upto qualify row_number() over (partition by owner_id, ts order by place desc) = 1
"""
