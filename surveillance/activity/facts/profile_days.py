"""What came in within thirty days beside what the owner declared, and how new the owner is.

An owner who declared neither income nor volume cannot be held against either, and is not judged.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "profile_days",
    "One row an owner and day on which money came in",
    ("owner_id", "day"),
    "ts",
    (
        Column("ts", TIME, "First transfer of the day", required=True),
        Column("settled_at", TIME, "When the two days after are known", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("owner_id", TEXT, "The owner", required=True),
        Column("month", MONEY, "What came in within thirty days, USD", required=True),
        Column(
            "gone", MONEY, "What left from the day before until two days after, USD", required=True
        ),
        Column("income", MONEY, "Declared income a year, USD"),
        Column("volume", MONEY, "Declared volume a month, USD"),
        Column("age", "DOUBLE", "Days since the first of its accounts was opened, if known"),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("transfer_ids", "VARCHAR[]", "What came in that day", required=True),
    ),
    fact=True,
)
READS = ("accounts", "declarations", "owners", "party_days")
REACH = timedelta(days=31)
VERSION = 2
SETTLES = (DAY, 0)

_NEW = 30
"""Days for which an owner is new: who is not, and declared nothing, cannot be unlike it."""

SQL = f"""
with opened as (
    select coalesce(o.owner_id, a.trader_id) as owner_id, min(a.opened_at) as at
    from known_accounts a left join owners o using (trader_id) group by all
), judged as (
    select owner_id from declarations where income is not null or volume is not null
    union
    select owner_id from party_days p join opened o using (owner_id)
    where p.ts - o.at <= interval {_NEW} day
), daily as (
    select owner_id, day, min(ts) filter (way = 'in') as ts,
        coalesce(sum(usd) filter (way = 'in'), 0) as received,
        coalesce(sum(usd) filter (way = 'out'), 0) as sent,
        flatten(list(transfer_ids order by ts, party) filter (way = 'in')) as transfer_ids
    from party_days where owner_id in (from judged) group by all
), wide as (
    select *, sum(received) over (partition by owner_id order by day
            range between 29 preceding and current row) as month,
        sum(sent) over (partition by owner_id order by day
            range between 1 preceding and 2 following) as gone
    from daily
)
select w.ts, make_timestamp((w.day + 3) * 86400000000) as settled_at, w.day, w.owner_id,
    try_cast(w.month as {MONEY}) as month, try_cast(w.gone as {MONEY}) as gone, d.income, d.volume,
    date_diff('second', o.at, w.ts) / 86400.0 as age,
    coalesce(d.is_dealer, false) as is_dealer, w.transfer_ids
from wide w left join opened o using (owner_id)
    asof left join declarations d on d.owner_id = w.owner_id and d.ts <= w.ts
where w.received > 0 and (d.income is not null or d.volume is not null
    or w.ts - o.at <= interval {_NEW} day)
"""
