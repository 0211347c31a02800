"""What became of what was shown: how much went, by whose doing and when, and whether it came back.

Where as much stands again within seconds, at about the same price, nothing was taken away: the
interest was moved; and where it is moved far from the market, it was taken away. Hence the lowest
level that lasted is what counts, and not single orders. What trades was not taken away, and stays
in the level: who moves an order and is met a moment later meant it.
"""

from surveillance.activity.showing.standing import AFTER, BACK, BEFORE, BUCKET, MARGIN, STOOD

SPREAD = f"""
create or replace temp table spread as
with scope as (select distinct pot, unnest([bucket, bucket + 1]) as bucket from held),
market as (
    select instrument, ts, arg_max(price, seq) as price from fills
    where not is_block and ts >= make_timestamp({{start}}) and ts < make_timestamp({{until}})
    group by all
), priced as (
    select c.* exclude (instrument), m.ts as market_at, m.price as market
    from (select c.*, p.instrument from change c join place p using (place)
        semi join held h on h.pot = c.pot) c
        asof left join market m on m.instrument = c.instrument and m.ts <= c.ts
), told as (
    select *, lag(size) over o as was_size, lag(traded) over o as was_traded,
        price::double as near_price, market::double as near_market,
        lag(price::double) over o as was_near_price, lag(since) over o as was_since,
        lag(until) over o as was_until, lag(market_at) over o as was_market_at,
        lag(market::double) over o as was_near_market
    from priced window o as (partition by order_key order by ts, seq)
), near as (
    select *, unnest(range(epoch_us(ts) // {BUCKET}, 1 + (least(epoch_us(until),
        epoch_us(since) + {STOOD}) + {AFTER + BEFORE}) // {BUCKET})) as bucket
    from told
)
select * from near semi join scope using (pot, bucket)
"""
"""Changes in each stretch of time in which they still matter, so that they are joined by it.

With each stands what its order showed before, and at what the market traded.
"""

_REACH = "2 * {} + 0.001"
"""How far from a trade what was shown about it may be moved, by how far off it stood."""

BAITS = f"""
create or replace temp table bait as
with standing as (
    select h.id, h.ts as traded_at, h.low, x.order_key, x.place, x.price, x.size, x.shown, x.since,
        abs(x.price / h.low - 1)::double as off, {MARGIN} * greatest(h.opposed, h.size) as enough,
        x.until > h.ts + to_microseconds({AFTER}) as is_left
    from held h join spread x on x.pot = h.pot and x.bucket = h.bucket and x.side <> h.side
    where x.ts <= h.moment and x.until > h.moment and x.size > 0
        and x.since >= h.ts - to_microseconds({STOOD})
), gap as (
    select *, coalesce(sum(size) over o - size >= enough
        and off > {_REACH.format("lag(off) over o")}, false) as is_gap
    from standing
    window o as (partition by id order by off, order_key
        rows between unbounded preceding and current row)
), parted as (
    select * exclude (enough, is_gap), bool_or(is_gap) over (partition by id order by off, order_key
        rows between unbounded preceding and current row) as is_outer
    from gap
)
select * exclude (is_left) from parted where not (is_outer and is_left)
"""
"""What is left much further off than what is enough already shows nothing: it was moved there."""

FALLEN = f"""
create or replace temp table held as
with band as (
    select id, sum(size) as shown, coalesce(max(off) filter (not is_outer), max(off)) as off
    from bait group by id
), look as materialized (
    select h.id, h.pot, h.side, h.ts, h.low::double as low, b.shown,
        {_REACH.format("b.off")} as reach,
        unnest(range((epoch_us(h.moment) + {BACK - 1}) // {BACK},
            (epoch_us(h.ts) + {AFTER + BACK}) // {BACK} + 1)) as tick
    from held h join band b using (id)
), standing as materialized (
    select c.pot, c.side, c.price::double as price, c.size, c.since, unnest(range(
        (epoch_us(c.ts) + {BACK - 1}) // {BACK}, (least(epoch_us(c.until),
            epoch_us(c.since) + {STOOD + AFTER + 2 * BACK}) + {BACK - 1}) // {BACK})) as tick
    from change c semi join held h on h.pot = c.pot where c.size > 0
), fallen as (
    select l.id from look l left join standing s
        on s.pot = l.pot and s.tick = l.tick and s.side <> l.side
    group by l.id, l.tick, l.shown
    having coalesce(sum(s.size) filter (s.since >= l.ts - to_microseconds({STOOD})
        and coalesce(abs(s.price / l.low - 1), 0) <= l.reach), 0) <= 0.5 * l.shown
)
select * from held where id in (select id from fallen)
"""
"""Trades about which half of what was shown was gone at one of several moments.

They are ten seconds apart, and only what stands at half or less for that long has gone, so none is
lost; machines that quote all the time are spared. Both sides are materialized, because DuckDB 2.0
ends at a join that is built from other joins (its issue 24807).
"""


def _near(was: str) -> str:
    """Tell whether a change, or what was before it, is within reach of trade or market."""
    return (
        f"(coalesce(abs(x.{was}near_price / h.near_low - 1), 0) <= reach"
        f" or coalesce(x.{was}market_at >= h.ts"
        f" and abs(x.{was}near_price / x.{was}near_market - 1) <= reach, false))"
    )


AROUND = f"""
create or replace temp table around as
with band as (
    select id, max(off) as off, max(off) filter (not is_outer) as inner_off from bait group by id
)
select h.id, h.ts as traded_at, h.moment, x.order_key, x.ts, x.seq, x.until, x.size, x.traded,
    x.event, x.by_trader, b.id is not null as is_bait,
    {_REACH.format("case when b.is_outer is false then n.inner_off else n.off end")} as reach,
    {_near("")} as is_near,
    coalesce(x.was_until > h.moment and x.was_since >= h.ts - to_microseconds({STOOD}), false)
        as is_known,
    case when is_known and {_near("was_")} then x.was_size else 0 end as was,
    case when is_known and x.was_since = x.since then x.traded - x.was_traded else 0 end as met
from (select *, low::double as near_low, unnest([false, true]) as is_next,
        case side when 'buy' then 'sell' else 'buy' end as other from held) h
    join band n using (id)
    join (select *, unnest(case when epoch_us(ts) // {BUCKET} = bucket then [false, true]
            else [false] end) as is_next from spread) x
        on x.pot = h.pot and x.side = h.other and x.is_next = h.is_next
        and x.bucket = h.bucket + case when h.is_next then 1 else 0 end
    left join bait b on b.id = h.id and b.order_key = x.order_key
where x.ts <= h.ts + to_microseconds({AFTER + BACK}) and x.until > h.moment
    and x.since >= h.ts - to_microseconds({STOOD})
    and (x.ts > h.moment or is_near and x.size > 0 or b.id is not null)
"""
"""Of what stood already only what was near, or is one of the baits, counts.

A price is near within reach of the trade, or of the last one if the market has moved since."""

_PULL = f"""
select n.id, sum(taken) as taken, min(n.ts) as first_pull, max(n.ts) as last_pull,
    sum(taken::double * greatest(0, epoch_us(n.ts) - epoch_us(n.traded_at))
        order by n.ts, n.seq, n.order_key) as weighed,
    min(abs(epoch_us(n.ts) - epoch_us(n.traded_at))) as gap
from (select *, case when event = 'replace' and not is_near then was
        else greatest(0, was - size) end as taken from around) n
where n.is_bait and n.by_trader and n.event in ('cancel', 'replace', 'expire') and n.taken > 0
    and n.ts > n.moment and n.ts <= n.traded_at + to_microseconds({AFTER})
group by n.id
"""

_LEVEL = f"""
select id, traded_at, mark,
    sum(sum(size)) over (partition by id order by mark) as level
from (
    select id, epoch_us(traded_at) as traded_at, greatest(epoch_us(ts), epoch_us(moment)) as mark,
        case when is_near then greatest(size, 0) else 0 end + met as size from around
    union all select id, epoch_us(traded_at), epoch_us(until), -size from around
    where is_near and size > 0 and until <= traded_at + to_microseconds({AFTER + BACK})
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
        select id, order_key, max(traded) as traded from around where is_bait group by all)
    group by id
), summed as (
    select id, list(distinct order_key) as bait_keys, list(distinct place) as places,
        count(distinct price) as levels, count(*) as orders, min(since) as shown_at,
        sum(size) as shown, max(price) as top, min(price) as bottom
    from bait group by id
), main as (
    select id, instrument as shown_in, sum(shown) as shown_there
    from bait join place using (place) group by id, instrument
    qualify row_number() over (partition by id order by sum(size) desc, instrument) = 1
)
select h.* exclude (shown), s.* exclude (id), v.* exclude (id), p.* exclude (id),
    least(1, greatest(0, (s.shown - l.low)::double / s.shown::double)) as withdrawn,
    m.traded::double / s.shown::double as of_it_traded,
    coalesce(k.level, 0)::double / s.shown::double as returned
from held h join summed s using (id) join main v using (id) join pull p using (id)
    join lowest l using (id) join met m using (id) left join back k using (id)
where l.low <= 0.5 * s.shown
"""
