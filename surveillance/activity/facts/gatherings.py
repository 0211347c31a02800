"""Money of many payers that comes together in one account, and what left it from then on.

For each day on which an owner was paid: who paid in the seven days up to it, and what the owner
paid out from the first of that on, told at the end of each of that day and three more on which
something left, or of the third. Payers who paid before are customers, so strangers are counted
beside all, and the usual week of the four before. Of who moved nothing in those weeks nobody
knows what is usual; beside it stands what the median of all others paid in that week gets.

Left out for cost is what lies far from any line that a rule draws: fewer than four payers, or half
more than is usual; more than half of them known; of what they paid less than half sent on, or more
than twice; or sent to more than half as many, if most of those are known, or most was sent before
the last payer's day by an account with other business.
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
VERSION = 5
SETTLES = (DAY, 0)

FEWEST = 4
DECLARED = """u.usd as venue_usual, coalesce(d.is_business, false) as is_business, d.volume,
        coalesce(d.is_dealer, false) as is_dealer"""
"""What the venue and the owner's declaration say beside it."""
_MORE = 1.5
_OURS = "p.last_at >= c.since"
_FIRST = "coalesce(p.before_at < c.since, true)"
"""Whether it is the first of its party since then, so that each counts once."""
_OLD = "(c.day >= p.began + 7 or coalesce(c.day <= p.ended + 34, false))"
"""Whether owner and party met in the four weeks before the week; see ``spells``."""

_SO_FAR = ", ".join(
    f"sum({name}) over w as {name}"
    for name in ("sent", "sent_after", "recipients", "unknown", "to_unknown")
)


def days_met(rows: str) -> str:
    """Return a query of the days on which two met, each with that before it and that after."""
    return f"""
    select * exclude (transfer_ids), lag(day) over w as before, lead(day) over w as next,
        lag(last_at) over w as before_at
    from party_days where {rows} window w as (partition by owner_id, way, party order by day)"""


def spells(apart: int) -> str:
    """Return two columns of ``days_met``: since when the two met, and until when before.

    Days that are no more than ``apart`` from one to the next are a spell: ``began`` is its first,
    ``ended`` the last of the spell before. Whoever asks whether the two met in as many days that
    end before any day that is looked at needs no other row of theirs.
    """
    over = "over (partition by owner_id, way, party order by day)"
    return f"""max(day) filter (coalesce(day - before > {apart}, true)) {over} as began,
        max(before) filter (day - before > {apart}) {over} as ended"""


SQL = f"""
with met as materialized ({days_met("way = 'in'")}
), week as materialized (
    select owner_id, day, count(*) as payers
    from (select owner_id, unnest(range(day, least(day + 7, next))) as day
        from met where party <> '')
    group by all
), venue as (
    select day, quantile_disc(payers, 0.5)::double as others
    from week where day in (select day from met where party <> '')
    group by all having count(*) > 1
), daily as (
    select owner_id, day, min(ts) filter (party <> '') as first,
        max(last_at) filter (party <> '') as last, sum(usd) as received
    from (select owner_id, day, ts, last_at, party, usd from met
        union all select owner_id, day, null, null, '', 0 from party_days where way = 'out')
    where owner_id in (select owner_id from week where payers >= {FEWEST})
    group by all
), wide as (
    select owner_id, day, first is not null as is_paid, min(first) over w as since,
        max(last) over w as last_at, sum(received) over (partition by owner_id order by day
            range between 29 preceding and current row) as month,
        count(*) over (partition by owner_id order by day
            range between 34 preceding and 7 preceding) > 0 as is_known
    from daily
    window w as (partition by owner_id order by day range between 6 preceding and current row)
), change as (
    select owner_id, day + 7 as day, 1 as more from met where party <> ''
    union all select owner_id, least(day + 35, coalesce(next + 7, day + 35)), -1
    from met where party <> ''
), past as (
    select owner_id, day, sum(sum(more)) over (partition by owner_id order by day) as payers
    from change where owner_id in (select owner_id from week where payers >= {FEWEST})
    group by owner_id, day
), place as (
    select w.* exclude (is_paid, is_known), k.payers, others,
        case when is_known then coalesce(o.payers, 0) / 4.0 end as usual
    from wide w join week k using (owner_id, day) left join venue using (day)
        asof left join past o on o.owner_id = w.owner_id and o.day <= w.day
    where is_paid and k.payers >= {FEWEST}
), odd as materialized (
    select * from place
    where coalesce(payers >= {_MORE} * greatest(coalesce(usual, others), 1), true)
), paid as materialized (
    select *, {spells(28)}
    from met where owner_id in (select owner_id from odd)
), came as materialized (
    select c.owner_id, c.day,
        count(*) filter (party <> '' and {_FIRST} and not {_OLD}) as strangers,
        count(*) filter (party <> '' and {_FIRST}) as named, sum(usd) filter ({_OURS}) as received
    from odd c join paid p on p.owner_id = c.owner_id and p.day between c.day - 6 and c.day
    group by all having strangers * 2 >= named
), left_ as materialized (
    select *, {spells(28)}
    from ({days_met("way = 'out' and owner_id in (select owner_id from came)")})
), daily_out as (
    select c.owner_id, c.day, greatest(p.day - c.day, 0) as late,
        bool_or(p.day >= c.day) as is_told, sum(usd) filter ({_OURS}) as sent,
        sum(usd) filter ({_OURS} and p.day >= c.day) as sent_after,
        count(*) filter ({_OURS} and {_FIRST}) as recipients,
        count(*) filter ({_OURS} and {_FIRST} and not {_OLD}) as unknown,
        sum(usd) filter ({_OURS} and not {_OLD}) as to_unknown
    from odd c semi join came using (owner_id, day)
        join left_ p on p.owner_id = c.owner_id and p.day between c.day - 6 and c.day + 3
    group by all
), went as (
    select owner_id, day, case when is_told then day + late else day + 3 end as until, is_told,
        count(*) over (partition by owner_id, day) as days,
        {_SO_FAR}
    from daily_out window w as (partition by owner_id, day order by late)
), told as materialized (
    select p.since as ts, p.last_at, p.others, t.until,
        make_timestamp((t.until + 1) * 86400000000) as settled_at, p.owner_id, p.day, payers,
        strangers, usual, try_cast(received as {MONEY}) as received,
        try_cast(coalesce(sent, 0) as {MONEY}) as sent,
        try_cast(coalesce(sent_after, 0) as {MONEY}) as sent_after, recipients, unknown,
        try_cast(coalesce(to_unknown, 0) as {MONEY}) as to_unknown,
        try_cast(month as {MONEY}) as month
    from odd p join came using (owner_id, day) join went t using (owner_id, day)
    where (is_told or days = 1) and sent between received / 2 and 2 * received
        and (recipients * 2 <= payers or (unknown * 2 >= recipients
            and (2 * sent_after >= sent or 2 * received >= month)))
), middle as (
    select owner_id, day, median(usd) as median from (
        select c.owner_id, c.day, party, sum(usd) as usd
        from odd c semi join told using (owner_id, day)
            join paid p on p.owner_id = c.owner_id and p.day between c.day - 6 and c.day
        where party <> '' group by all)
    group by all
), ids as (
    select t.owner_id, t.day, t.until, flatten(list(p.transfer_ids)) as ids
    from told t join party_days p on p.owner_id = t.owner_id and p.last_at >= t.ts
        and p.day between t.day - 6 and case when p.way = 'in' then t.day else t.until end
    group by all
)
select t.* exclude (until), m.median, {DECLARED}, list_sort(i.ids) as transfer_ids
from told t join middle m using (owner_id, day) left join usual_transfers u using (day)
    left join (select *, lead(ts) over (partition by owner_id order by ts) as until
        from declarations) d on d.owner_id = t.owner_id and d.ts <= t.ts
            and coalesce(t.ts < d.until, true)
    join ids i on i.owner_id = t.owner_id and i.day = t.day and i.until = t.until
"""
