"""What became of what was shown: how much went, by whose doing and when, and whether it came back.

Where as much stands again within seconds, at about the same price, nothing was taken away: the
interest was moved. Hence the lowest level that lasted is what counts, and not single orders.
"""

from surveillance.activity.showing.standing import AFTER, BACK, BEFORE, BUCKET, STOOD

SPREAD = f"""
create or replace temp table spread as
with scope as (select distinct pot, unnest([bucket, bucket + 1]) as bucket from held),
near as (
    select c.*, unnest(range(epoch_us(c.ts) // {BUCKET}, 1 + (least(epoch_us(c.until),
        epoch_us(c.since) + {STOOD}) + {AFTER + BEFORE}) // {BUCKET})) as bucket
    from change c semi join held h on h.pot = c.pot
)
select * from near semi join scope using (pot, bucket)
"""
"""Changes in each stretch of time in which they still matter, so that they are joined by it."""

BAITS = f"""
create or replace temp table bait as
select h.id, h.ts as traded_at, h.low, x.order_key, x.place, x.price, x.size, x.shown, x.since
from held h join spread x on x.pot = h.pot and x.bucket = h.bucket and x.side <> h.side
where x.ts <= h.moment and x.until > h.moment and x.size > 0
    and x.since >= h.ts - to_microseconds({STOOD})
"""

AROUND = f"""
create or replace temp table around as
with band as (
    select id, 2 * max(abs(price / low - 1)::double) + 0.001 as reach from bait group by id
)
select h.id, h.ts as traded_at, h.moment, x.order_key, x.ts, x.seq, x.until, x.size, x.traded,
    x.event, x.by_trader, coalesce(abs(x.price / h.low - 1)::double <= b.reach, true) as is_near,
    lag(x.size) over (partition by h.id, x.order_key order by x.ts, x.seq) as was
from held h join band b using (id) join spread x on x.pot = h.pot and x.side <> h.side
    and x.bucket = h.bucket + case when epoch_us(x.ts) // {BUCKET} > h.bucket then 1 else 0 end
where x.ts <= h.ts + to_microseconds({AFTER + BACK}) and x.until > h.moment
    and x.since >= h.ts - to_microseconds({STOOD})
"""
"""A price is near where it is no more than twice as far from the trade as what was shown."""

_PULL = f"""
select n.id, sum(taken) as taken, min(n.ts) as first_pull, max(n.ts) as last_pull,
    sum(taken::double * greatest(0, epoch_us(n.ts) - epoch_us(n.traded_at))
        order by n.ts, n.seq, n.order_key) as weighed,
    min(abs(epoch_us(n.ts) - epoch_us(n.traded_at))) as gap
from (select *, case when event = 'replace' and not is_near then was
        else greatest(0, was - size) end as taken from around) n
    semi join bait b on b.id = n.id and b.order_key = n.order_key
where n.by_trader and n.event in ('cancel', 'replace', 'expire') and n.taken > 0
    and n.ts > n.moment and n.ts <= n.traded_at + to_microseconds({AFTER})
group by n.id
"""

_LEVEL = """
select id, traded_at, mark,
    sum(sum(size)) over (partition by id order by mark) as level
from (
    select id, epoch_us(traded_at) as traded_at, greatest(epoch_us(ts), epoch_us(moment)) as mark,
        size from around where is_near and size > 0
    union all select id, epoch_us(traded_at), epoch_us(until), -size from around
    where is_near and size > 0
) group by id, traded_at, mark
"""

OUTCOMES = f"""
create or replace temp table outcome as
with pull as ({_PULL}), level as ({_LEVEL}), lasting as (
    select *, max(level) over (partition by id order by mark
        range between current row and {BACK} following) as lasting
    from level where mark <= traded_at + {AFTER + BACK}
), lowest as (
    select id, min(lasting) as low, arg_min(mark, (lasting, mark)) as low_at
    from lasting where mark <= traded_at + {AFTER} group by id
), back as (
    select l.id, max(l.level) as level from level l join lowest using (id)
    where l.mark > low_at + {BACK} and l.mark <= l.traded_at + {AFTER} group by l.id
), met as (
    select id, sum(traded) as traded from (
        select a.id, a.order_key, max(a.traded) as traded from around a semi join bait b
            on b.id = a.id and b.order_key = a.order_key group by all) group by id
), summed as (
    select id, list(distinct order_key) as bait_keys, list(distinct place) as places,
        count(distinct price) as levels, count(*) as orders, min(since) as shown_at,
        max(price) as top, min(price) as bottom
    from bait group by id
), main as (
    select id, instrument as shown_in, sum(shown) as shown_there
    from bait join place using (place) group by id, instrument
    qualify row_number() over (partition by id order by sum(size) desc, instrument) = 1
)
select h.*, s.* exclude (id), v.* exclude (id), p.* exclude (id), least(1, greatest(0,
        (h.shown - l.low - m.traded)::double / h.shown::double)) as withdrawn,
    m.traded::double / h.shown::double as of_it_traded,
    coalesce(k.level, 0)::double / h.shown::double as returned
from held h join summed s using (id) join main v using (id) join pull p using (id)
    join lowest l using (id) join met m using (id) left join back k using (id)
where l.low <= 0.5 * h.shown
"""
