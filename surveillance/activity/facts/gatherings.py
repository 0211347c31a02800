"""Money of many payers that comes together in one account, and what left it from then on.

For each day on which an owner was paid: who paid in the seven days up to it, and what the owner
paid out from the first of that on, told at the end of each of that day and three more on which
something left, or of the third. Payers who paid before are customers, so strangers are counted
beside all, and the usual week of the four before. Of who moved nothing in those weeks nobody
knows what is usual; beside it stands what the median of all others paid in that week gets. Owners
of fewer than four payers are left out for cost; that is below any line that a rule draws.
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
MOVED = """
moved as materialized (
    select * exclude (transfer_ids), lag(day) over w as before, lead(day) over w as next
    from party_days window w as (partition by owner_id, way, party order by day)
)"""
"""Days on which an owner and a party moved money, each with that before it and that after.

Whose last day before a span of days lies in the past is no stranger, and a party counts once on
each day for which no later one of it stands.
"""
DECLARED = """u.usd as venue_usual, coalesce(d.is_business, false) as is_business, d.volume,
        coalesce(d.is_dealer, false) as is_dealer"""
BESIDE = """left join usual_transfers u using (day)
        asof left join declarations d on d.owner_id = p.owner_id and d.ts <= p.since"""
"""What the venue and the owner's declaration say beside it."""
NAMED = """
select t.*, list_sort(transfer_ids) as transfer_ids from told t join ids using (owner_id, day)"""
"""Transfers come last: to sort and join anything beside lists of them costs most."""

SQL = f"""
with {MOVED}, paid as (
    select * from moved where way = 'in' and party <> ''
), week as materialized (
    select owner_id, day, count(*) as payers
    from (select owner_id, unnest(range(day, least(day + 7, next))) as day from paid)
    group by all
), venue as (
    select day, quantile_disc(payers, 0.5)::double as others
    from week where day in (select day from paid) group by all having count(*) > 1
), daily as (
    select owner_id, day, min(ts) filter (way = 'in' and party <> '') as first,
        max(last_at) filter (way = 'in' and party <> '') as last,
        sum(usd) filter (way = 'in') as received
    from moved where owner_id in (select owner_id from week where payers >= {FEWEST})
    group by all
), wide as (
    select owner_id, day, first is not null as is_paid, min(first) over w as since,
        max(last) over w as last_at, sum(received) over (partition by owner_id order by day
            range between 29 preceding and current row) as month,
        count(*) over (partition by owner_id order by day
            range between 34 preceding and 7 preceding) > 0 as is_known
    from daily
    window w as (partition by owner_id order by day range between 6 preceding and current row)
), place as materialized (
    select w.* exclude (is_paid), payers
    from wide w join week using (owner_id, day) where is_paid and payers >= {FEWEST}
), change as (
    select owner_id, day + 7 as day, 1 as more from paid
    union all select owner_id, least(day + 35, coalesce(next + 7, day + 35)), -1 from paid
), past as (
    select owner_id, day, sum(sum(more)) over (partition by owner_id order by day) as payers
    from change group by owner_id, day
), payer as (
    select c.owner_id, c.day, party, sum(usd) filter (p.last_at >= since) as usd,
        coalesce(bool_or(before between c.day - 34 and c.day - 7), false) as is_old
    from place c join moved p on p.owner_id = c.owner_id and p.way = 'in'
        and p.day between c.day - 6 and c.day
    group by all
), came as (
    select owner_id, day, count(usd) filter (party <> '' and not is_old) as strangers,
        median(usd) filter (party <> '') as median, sum(usd) as received
    from payer group by all
), gone as (
    select distinct owner_id, c.day, m.day as until
    from place c join moved m using (owner_id)
    where m.way = 'out' and m.day between c.day and c.day + 3
), told_at as materialized (
    select c.owner_id, c.day, since, coalesce(until, c.day + 3) as until
    from place c left join gone using (owner_id, day)
), recipient as (
    select c.owner_id, c.day, until, party, sum(usd) filter (p.last_at >= since) as usd,
        sum(usd) filter (p.last_at >= since and p.day >= c.day) as usd_after,
        coalesce(bool_or(before between c.day - 34 and c.day - 7), false) as is_old
    from told_at c join moved p on p.owner_id = c.owner_id and p.way = 'out'
        and p.day between c.day - 6 and until
    group by all
), went as (
    select owner_id, day, until, sum(usd) as sent, sum(usd_after) as sent_after,
        count(usd) as recipients, count(usd) filter (not is_old) as unknown,
        sum(usd) filter (not is_old) as to_unknown
    from recipient group by all
), ids as (
    select c.owner_id, c.day, make_timestamp((until + 1) * 86400000000) as settled_at,
        flatten(list(transfer_ids)) as transfer_ids
    from told_at c join party_days p on p.owner_id = c.owner_id
        and p.day between c.day - 6 and until and p.last_at >= since
    where way = 'out' or p.day <= c.day group by all
), tallied as (
    select c.owner_id, c.day, t.until, c.since, c.last_at, c.payers, strangers,
        case when is_known then coalesce(o.payers, 0) / 4.0 end as usual, median,
        received, sent, coalesce(recipients, 0) as recipients, coalesce(unknown, 0) as unknown,
        to_unknown, sent_after, month
    from place c join came using (owner_id, day) join told_at t using (owner_id, day)
        left join went using (owner_id, day, until)
        asof left join past o on o.owner_id = c.owner_id and o.day <= c.day
), told as (
    select p.since as ts, p.last_at, v.others,
        make_timestamp((p.until + 1) * 86400000000) as settled_at, p.owner_id, p.day, payers,
        strangers, usual, median, try_cast(received as {MONEY}) as received,
        try_cast(coalesce(sent, 0) as {MONEY}) as sent,
        try_cast(coalesce(sent_after, 0) as {MONEY}) as sent_after, recipients, unknown,
        try_cast(coalesce(to_unknown, 0) as {MONEY}) as to_unknown,
        try_cast(month as {MONEY}) as month, {DECLARED}
    from tallied p left join venue v using (day) {BESIDE}
)
{NAMED.replace("owner_id, day", "owner_id, day, settled_at")}"""
