"""What owners moved to and from countries that FATF named at that time, in thirty days.

Lists as published, by the day from which a country is on one until it leaves: see ``policies``.
"""

from datetime import timedelta

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "risky_countries",
    "One row an owner, day and list, with what it moved there in thirty days",
    ("owner_id", "day", "list"),
    "ts",
    (
        Column("ts", TIME, "First transfer of the day", required=True),
        Column("settled_at", TIME, "When the day was over", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("owner_id", TEXT, "The owner", required=True),
        Column("list", TEXT, "Which list", required=True, allowed=("call_for_action", "monitored")),
        Column("countries", TEXT, "Which countries that day, in order", required=True),
        Column("usd", MONEY, "What it moved there that day, USD", required=True),
        Column("month", MONEY, "The same within thirty days, USD", required=True),
        Column("home", MONEY, "Of it, to or from where it lives or is from, USD", required=True),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the day", required=True),
    ),
    fact=True,
)
READS = ("declarations", "policies", "transfers", "valued_transfers")
REACH = timedelta(days=31)
VERSION = 2
SETTLES = (DAY, 0)

SQL = f"""
with listed as (
    select t.owner_id, l.list, t.ts, t.transfer_id, upper(t.country) as country, t.usd,
        epoch_us(t.ts) // 86400000000 as day
    from transfers t join (select kind as list, jurisdiction as country, since, until from policies
            where kind in ('call_for_action', 'monitored')) l
        on l.country = upper(t.country) and l.since <= t.ts
            and (l.until is null or t.ts < l.until)
    where t.usd is not null and t.kind is distinct from 'sweep'
), placed as (
    select l.*, case when l.country = upper(d.residence) then l.usd else 0 end as home
    from listed l asof left join declarations d on d.owner_id = l.owner_id and d.ts <= l.ts
), daily as (
    select owner_id, list, day, min(ts) as ts, sum(usd) as usd, sum(home) as home,
        array_to_string(list_sort(list(distinct country)), ', ') as countries,
        list(transfer_id order by ts, transfer_id) as transfer_ids
    from placed group by all
)
select ts, make_timestamp((day + 1) * 86400000000) as settled_at, day, owner_id, list, countries,
    try_cast(usd as {MONEY}) as usd, try_cast(sum(usd) over m as {MONEY}) as month,
    try_cast(sum(home) over m as {MONEY}) as home, transfer_ids
from daily window m as (partition by owner_id, list order by day
    range between 29 preceding and current row)
"""
