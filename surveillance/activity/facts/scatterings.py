"""Money of one account that goes to many recipients within days, and where it had come from.

For each day on which an owner paid: who was paid in the three days up to it, and what came in from
a week before. Whom the owner paid in the five weeks before is no new recipient, which is how wages
are told from scattering. Owners of fewer than four recipients are left out for cost.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.gatherings import DECLARED, FEWEST, PARTY
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

SQL = f"""
with paid as (
    select owner_id, day, party, ts from party_days where way = 'out' and party <> ''
), wide as (
    select owner_id from paid group by owner_id having count(distinct party) >= {FEWEST}
), place as (
    select c.owner_id, c.day, min(p.ts) as since
    from (select distinct owner_id, day from paid) c join wide using (owner_id)
        join paid p on p.owner_id = c.owner_id and p.day between c.day - 2 and c.day
    group by all having count(distinct p.party) >= {FEWEST}
), around as (
    select c.owner_id, c.day, d.way, d.party,
        d.day >= c.day - case when d.way = 'out' then 2 else 7 end as is_now,
        d.way = 'out' and d.day >= c.day - 29 as in_month,
        d.day < c.day - 2 as is_old, d.usd, d.day as on_day, d.transfer_ids
    from place c join party_days d
        on d.owner_id = c.owner_id and d.day between c.day - 37 and c.day
), {PARTY}, tallied as (
    select owner_id, day,
        count(usd) filter (way = 'out' and party <> '') as recipients,
        count(usd) filter (way = 'out' and party <> '' and not is_old) as unknown,
        count(*) filter (way = 'out' and party <> '' and is_old) * 3 / 35.0 as usual,
        coalesce(sum(usd) filter (way = 'out'), 0) as sent,
        coalesce(sum(usd) filter (way = 'out' and not is_old), 0) as to_unknown,
        coalesce(sum(usd) filter (way = 'in'), 0) as received,
        count(usd) filter (way = 'in') as payers,
        coalesce(sum(month), 0) as month,
        list_sort(flatten(list(transfer_ids) filter (transfer_ids is not null))) as transfer_ids
    from party group by all
)
select p.since as ts, make_timestamp((p.day + 1) * 86400000000) as settled_at,
    t.* exclude (sent, to_unknown, received, month), try_cast(sent as {MONEY}) as sent,
    try_cast(to_unknown as {MONEY}) as to_unknown, try_cast(received as {MONEY}) as received,
    {DECLARED}"""
