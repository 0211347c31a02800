"""Money of many payers that comes together in one account, and what left it from then on.

For each day on which an owner was paid: who paid in the seven days up to it, and what the owner
paid out from the first of that on. That is told at the end of each of that day and three more on
which something left, so that who empties the account is seen that day; where nothing left, at the
end of the third. Payers who paid before are customers, so strangers are counted beside all, and the
owner's usual week of the four before. Of an owner who moved nothing in those weeks nobody knows
what is usual; beside it stands what others get, the median of all who were paid in the same week,
where there is anybody else. Owners of fewer than four payers are left out for cost; that is below
any line that a rule draws.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "gatherings",
    "One row an owner, day on which the fourth or a later payer of a week paid, and when it left",
    ("owner_id", "day", "settled_at"),
    "ts",
    (
        Column("ts", TIME, "When the first of the week paid", required=True),
        Column("last_at", TIME, "When the last of the day paid", required=True),
        Column("settled_at", TIME, "End of the day until which what left is told", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("owner_id", TEXT, "Owner who was paid", required=True),
        Column("payers", WHOLE, "Unrelated payers of the week", required=True),
        Column("strangers", WHOLE, "Of them, who had not paid in four weeks", required=True),
        Column("usual", "DOUBLE", "Payers a week in the four weeks before, if it was here then"),
        Column("others", "DOUBLE", "Payers of the median owner that week, if there are others"),
        Column("median", "DOUBLE", "Median of what a payer paid, USD", required=True),
        Column("received", MONEY, "What they paid, USD", required=True),
        Column("sent", MONEY, "What left from the first on, USD", required=True),
        Column("sent_after", MONEY, "Of it, from the day of the last payer on, USD", required=True),
        Column("recipients", WHOLE, "Whom it was sent to", required=True),
        Column(
            "unknown", WHOLE, "Of them, whom the owner had not paid in four weeks", required=True
        ),
        Column("to_unknown", MONEY, "What they got, USD", required=True),
        Column("month", MONEY, "What came in within thirty days, USD", required=True),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("is_business", FLAG, "A legal person, verified", required=True),
        Column("volume", MONEY, "Volume a month that it declared, USD"),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the gathering", required=True),
    ),
    fact=True,
)
READS = ("declarations", "party_days", "usual_transfers")
REACH = timedelta(days=36)
VERSION = 4
SETTLES = (DAY, 0)

FEWEST = 4
PARTY = """
party as (
    select owner_id, day, way, party, sum(usd) filter (is_now) as usd,
        sum(usd) filter (in_month) as month, coalesce(bool_or(is_old), false) as is_old,
        flatten(list(transfer_ids order by on_day) filter (is_now)) as transfer_ids
    from around group by all
)
"""
"""What each other party paid or got: in the time looked at, in the month, and ever before."""
DECLARED = f"""
try_cast(month as {MONEY}) as month, u.usd as venue_usual,
    coalesce(d.is_business, false) as is_business, d.volume,
    coalesce(d.is_dealer, false) as is_dealer
from tallied t join place p using (owner_id, day)
    left join usual_transfers u using (day)
    asof left join declarations d on d.owner_id = p.owner_id and d.ts <= p.since
"""
"""What the venue and the owner's declaration say beside it."""

_DAY, _UNTIL = "owner_id, day", "owner_id, day, until"
SQL = f"""
with paid as (
    select owner_id, day, party, ts, last_at from party_days where way = 'in' and party <> ''
), wide as (
    select owner_id from paid group by owner_id having count(distinct party) >= {FEWEST}
), week as (
    select c.day, p.owner_id, count(distinct p.party) as payers
    from (select distinct day from paid) c join paid p on p.day between c.day - 6 and c.day
    group by all
), venue as (
    select day, quantile_disc(payers, 0.5)::double as others from week
    group by all having count(*) > 1
), gathered as (
    select c.owner_id, c.day, min(p.ts) as since, max(p.last_at) as last_at
    from (select distinct owner_id, day from paid) c join wide using (owner_id)
        join paid p on p.owner_id = c.owner_id and p.day between c.day - 6 and c.day
    group by all having count(distinct p.party) >= {FEWEST}
), gone as (
    select distinct g.owner_id, g.day, o.day as until
    from gathered g join party_days o on o.owner_id = g.owner_id and o.way = 'out'
        and o.day between g.day and g.day + 3
), place as (
    select g.*, coalesce(o.until, g.day + 3) as until
    from gathered g left join gone o using (owner_id, day)
), around as (
    select c.owner_id, c.day, c.until, d.way, d.party,
        d.day >= c.day - 6 and d.last_at >= c.since
            and d.day <= case when d.way = 'out' then c.until else c.day end as is_now,
        d.way = 'in' and d.day between c.day - 29 and c.day as in_month,
        d.day < c.day - 6 as is_old,
        d.usd, d.day as on_day, d.transfer_ids
    from place c join party_days d
        on d.owner_id = c.owner_id and d.day between c.day - 34 and c.until
), after as (
    select {_UNTIL}, sum(usd) as sent_after from around
    where way = 'out' and is_now and on_day >= day group by all
), {PARTY.replace(_DAY, _UNTIL)}, tallied as (
    select {_UNTIL},
        count(usd) filter (way = 'in' and party <> '') as payers,
        count(usd) filter (way = 'in' and party <> '' and not is_old) as strangers,
        case when bool_or(is_old)
            then count(*) filter (way = 'in' and party <> '' and is_old) / 4.0 end as usual,
        median(usd) filter (way = 'in' and party <> '') as median,
        coalesce(sum(usd) filter (way = 'in'), 0) as received,
        coalesce(sum(usd) filter (way = 'out'), 0) as sent,
        count(usd) filter (way = 'out') as recipients,
        count(usd) filter (way = 'out' and not is_old) as unknown,
        coalesce(sum(usd) filter (way = 'out' and not is_old), 0) as to_unknown,
        coalesce(sum(month), 0) as month,
        list_sort(flatten(list(transfer_ids) filter (transfer_ids is not null))) as transfer_ids
    from party group by all
)
select p.since as ts, p.last_at, v.others, t.* exclude (until, received, sent, to_unknown, month),
    make_timestamp((p.until + 1) * 86400000000) as settled_at,
    try_cast(received as {MONEY}) as received, try_cast(sent as {MONEY}) as sent,
    try_cast(to_unknown as {MONEY}) as to_unknown,
    try_cast(coalesce(a.sent_after, 0) as {MONEY}) as sent_after,
    {DECLARED.replace(_DAY, _UNTIL)}
    left join venue v on v.day = p.day
    left join after a on a.owner_id = t.owner_id and a.day = t.day and a.until = t.until"""
