"""One party paying another several times within half a day, where hardly anybody here does so.

Whoever has a sum to pay pays it once; in many parts it passes below lines and limits, and looks
small. A payment of less than half or more than twice as much as the middle one of those hours is
another one, and no part. Beside the parts stands what the two are used to, and which share of all
others who paid in the four weeks before did so in three parts or more. Institutions hold for many,
and what they send is nobody's habit.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "part_payments",
    "One row an owner, way, other party and day: the payment with most in the 12 hours up to it",
    ("owner_id", "way", "party", "day"),
    "ts",
    (
        Column("ts", TIME, "The last of them", required=True),
        Column("since", TIME, "The first of them", required=True),
        Column("settled_at", TIME, "When the day was over", required=True),
        Column("day", WHOLE, "Days since 1970, UTC", required=True),
        Column("owner_id", TEXT, "Owner of an account here", required=True),
        Column("way", TEXT, "Paid out by the owner, or in", required=True, allowed=("in", "out")),
        Column("party", TEXT, "The other hand", required=True),
        Column("parts", WHOLE, "How many payments within 12 hours", required=True),
        Column("usd", MONEY, "Their sum, USD", required=True),
        Column("least", MONEY, "The smallest, USD", required=True),
        Column("most", MONEY, "The largest, USD", required=True),
        Column("usual", "DOUBLE", "Payments a day of the two in four weeks before, if there were"),
        Column("venue_share", "DOUBLE", "Share of all others with three or more a day, if known"),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("is_dealer", FLAG, "A market maker, house or omnibus account", required=True),
        Column("transfer_ids", "VARCHAR[]", "The payments", required=True),
    ),
    fact=True,
)
READS = ("declarations", "party_days", "payments", "usual_transfers")
REACH = timedelta(days=31)
SETTLES = (DAY, 0)
VERSION = 2

FEWEST = 3
_HALF_DAY = "interval '43199' second"
"""Who pays is looked at only where three are so near: medians over all of a venue cost most."""

SQL = f"""
with own as (
    select ts, transfer_id, payee_id as owner_id, 'in' as way, payer_hand as party, usd
    from payments where payee_is_client and payer_hand is not null and not is_institution
    union all
    select ts, transfer_id, payer_id, 'out', payee_hand, usd
    from payments where payer_is_client and payee_hand is not null and not is_institution
), often as (
    select owner_id, way, party from own group by all having count(*) >= {FEWEST}
), close as (
    select o.* from own o join often using (owner_id, way, party)
    window w as (partition by owner_id, way, party order by ts)
    qualify ts - lag(ts, 2) over w <= {_HALF_DAY} or lead(ts, 2) over w - ts <= {_HALF_DAY}
        or lead(ts) over w - lag(ts) over w <= {_HALF_DAY}
), near as (
    select *, count(*) over d as payments, min(ts) over d as since,
        quantile_disc(usd, 0.5) over d as middle,
        epoch_us(ts) // {DAY} as day
    from close
    window d as (partition by owner_id, way, party order by ts
        range between {_HALF_DAY} preceding and current row)
), best as (
    select * from near where payments >= {FEWEST}
    qualify row_number() over (partition by owner_id, way, party, day
        order by payments desc, ts, transfer_id) = 1
), whole as (
    select b.owner_id, b.way, b.party, b.day, count(*) as parts, sum(o.usd) as sum,
        min(o.usd) as least, max(o.usd) as most, min(o.ts) as since, max(o.ts) as ts,
        list(o.transfer_id order by o.ts, o.transfer_id) as transfer_ids
    from best b join own o on o.owner_id = b.owner_id and o.way = b.way and o.party = b.party
        and o.ts between b.since and b.ts and o.usd * 2 >= b.middle and o.usd <= b.middle * 2
    group by all having count(*) >= {FEWEST}
), past as (
    select b.owner_id, b.way, b.party, b.day, count(*) as cells,
        count(*) filter (d.moves >= {FEWEST}) as split,
        avg(d.moves) filter (d.last_at < b.since) as usual
    from best b join party_days d on d.owner_id = b.owner_id and d.way = b.way
        and d.party = b.party and d.day between b.day - 28 and b.day - 1
    group by all
), daily as (
    select day, way, count(*) as cells, count(*) filter (moves >= {FEWEST}) as split
    from party_days where party <> '' group by all
), venue as (
    select b.day, b.way, sum(d.cells) as cells, sum(d.split) as split
    from (select distinct day, way from best) b
        join daily d on d.way = b.way and d.day between b.day - 28 and b.day - 1
    group by all
)
select w.ts, w.since, make_timestamp((b.day + 1) * {DAY}) as settled_at, b.day, b.owner_id,
    b.way, b.party, w.parts, try_cast(w.sum as {MONEY}) as usd, w.least, w.most, p.usual,
    (v.split - coalesce(p.split, 0))::double / nullif(v.cells - coalesce(p.cells, 0), 0)
        as venue_share,
    u.usd as venue_usual, coalesce(e.is_dealer, false) as is_dealer, w.transfer_ids
from best b join whole w using (owner_id, way, party, day)
    left join past p using (owner_id, way, party, day)
    left join venue v using (day, way) left join usual_transfers u using (day)
    left join (
        select *, lead(ts) over (partition by owner_id order by ts) as later from declarations) e
        on e.owner_id = b.owner_id and e.ts <= b.ts and coalesce(b.ts < e.later, true)
"""
