"""Money of one account that goes to many recipients within days, and where it had come from.

For each day on which an owner paid: who was paid in the three days up to it, and what came in from
a week before. Whom the owner paid in the five weeks before is no new recipient, which is how wages
are told from scattering. Owners of fewer than four recipients are left out for cost.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.gatherings import DECLARED, FEWEST, days_met, spells
from surveillance.times import DAY

TABLE = Table(
    "scatterings",
    "One row an owner and day on which the fourth or a later recipient of three days was paid",
    ("owner_id", "day"),
    "ts",
    (
        Column("ts", TIME, "When the first was paid", required=True),
        Column("settled_at", TIME, "When the day was over", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("owner_id", TEXT, "Owner who paid", required=True),
        Column("recipients", WHOLE, "Unrelated recipients of three days", required=True),
        Column(
            "unknown", WHOLE, "Of them, whom the owner had not paid in five weeks", required=True
        ),
        Column(
            "usual", "DOUBLE", "Recipients in three days, of the five weeks before", required=True
        ),
        Column("sent", MONEY, "What they got, USD", required=True),
        Column("to_unknown", MONEY, "What new ones got, USD", required=True),
        Column("received", MONEY, "What came in from a week before on, USD", required=True),
        Column("payers", WHOLE, "Who paid that", required=True),
        Column("month", MONEY, "What left within thirty days, USD", required=True),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("is_business", FLAG, "A legal person, verified", required=True),
        Column("volume", MONEY, "Volume a month that it declared, USD"),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the scattering", required=True),
    ),
    fact=True,
)
READS = ("declarations", "party_days", "usual_transfers")
REACH = timedelta(days=38)
VERSION = 2
SETTLES = (DAY, 0)

_OLD = "(c.day >= p.began + 3 or coalesce(c.day <= p.ended + 37, false))"
"""Whether the owner paid them in the five weeks before the three days; see ``spells``."""
_BESIDE = """left join usual_transfers u using (day)
        asof left join declarations d on d.owner_id = p.owner_id and d.ts <= p.since"""
_NAMED = """
select t.*, list_sort(transfer_ids) as transfer_ids from told t join ids using (owner_id, day)"""
"""Transfers come last: to sort and join anything beside lists of them costs most."""

SQL = f"""
with moved as materialized ({days_met("way = 'out'")}
), paid as (
    select * from moved where party <> ''
), few as materialized (
    select owner_id, day, count(*) as recipients
    from (select owner_id, unnest(range(day, least(day + 3, next))) as day from paid)
    group by all having count(*) >= {FEWEST}
), daily as materialized (
    select owner_id, day, min(ts) filter (way = 'out' and party <> '') as first,
        sum(usd) filter (way = 'out') as sent, sum(usd) filter (way = 'in') as received,
        coalesce(flatten(list(transfer_ids) filter (way = 'in')), []) as came,
        coalesce(flatten(list(transfer_ids) filter (way = 'out')), []) as went
    from party_days where owner_id in (select owner_id from few) group by all
), wide as (
    select owner_id, day, first is not null as is_paid,
        min(first) over (partition by owner_id order by day
            range between 2 preceding and current row) as since,
        sum(received) over (partition by owner_id order by day
            range between 7 preceding and current row) as received,
        sum(sent) over (partition by owner_id order by day
            range between 29 preceding and current row) as month
    from daily
), place as materialized (
    select w.* exclude (is_paid), recipients
    from wide w join few using (owner_id, day) where is_paid
), change as (
    select owner_id, day + 3 as day, 1 as more from paid
    union all select owner_id, least(day + 38, coalesce(next + 3, day + 38)), -1 from paid
), past as (
    select owner_id, day, sum(sum(more)) over (partition by owner_id order by day) as recipients
    from change where owner_id in (select owner_id from few) group by owner_id, day
), payer as (
    select owner_id, day, count(*) as payers
    from (select owner_id, unnest(range(day, least(day + 8, next))) as day
        from ({days_met("way = 'in' and owner_id in (select owner_id from place)")}))
        semi join place using (owner_id, day)
    group by all
), near as materialized (
    select *, {spells(35)} from moved where owner_id in (select owner_id from place)
), went as (
    select c.owner_id, c.day, sum(usd) as sent, sum(usd) filter (not {_OLD}) as to_unknown,
        count(*) filter (party <> '' and coalesce(p.before < c.day - 2, true) and not {_OLD})
            as unknown
    from place c join near p on p.owner_id = c.owner_id and p.day between c.day - 2 and c.day
    group by all
), ids as (
    select c.owner_id, c.day, flatten(list(case when d.day >= c.day - 2 then came || went
            else came end)) as transfer_ids
    from place c join daily d on d.owner_id = c.owner_id and d.day between c.day - 7 and c.day
    group by all
), told as (
    select p.since as ts, make_timestamp((p.day + 1) * 86400000000) as settled_at,
        p.owner_id, p.day, p.recipients, unknown, coalesce(o.recipients, 0) * 3 / 35.0 as usual,
        try_cast(sent as {MONEY}) as sent,
        try_cast(coalesce(to_unknown, 0) as {MONEY}) as to_unknown,
        try_cast(coalesce(received, 0) as {MONEY}) as received, coalesce(payers, 0) as payers,
        try_cast(month as {MONEY}) as month, {DECLARED}
    from place p join went using (owner_id, day) left join payer using (owner_id, day)
        asof left join past o on o.owner_id = p.owner_id and o.day <= p.day
        {_BESIDE}
)
{_NAMED}"""
