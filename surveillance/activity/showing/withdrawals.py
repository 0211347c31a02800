"""What became of what was shown: how much went, by whose doing and when, and whether it came back.

Where as much stands again within seconds, at about the same price, nothing was taken away: the
interest was moved; and where it is moved far from the market, it was taken away. Hence the lowest
level that lasted is what counts, and not single orders. What trades was not taken away, and stays
in the level: who moves an order and is met a moment later meant it.
"""

from surveillance.activity.showing.baits import REACH
from surveillance.activity.showing.standing import AFTER, BACK, STOOD


def _near(was: str) -> str:
    """Tell whether a change, or what was before it, is within reach of trade or market."""
    return (
        f"(coalesce(abs(x.{was}near_price / h.near_low - 1), 0) <= reach"
        f" or coalesce(x.{was}market_at >= h.traded_at"
        f" and abs(x.{was}near_price / x.{was}market - 1) <= reach, false))"
    )


def _close(was: str) -> str:
    """Tell whether it is near at any rate: whatever the market did, and whosever it is."""
    return f"coalesce(abs(x.{was}near_price / h.near_low - 1), 0) <= h.least_reach"


BANDS = f"""
create or replace temp table band as
with reach as (
    select id, sum(size) as shown, {REACH.format("max(off)")} as outer_reach,
        {REACH.format("max(off) filter (not is_outer)")} as inner_reach,
        coalesce(inner_reach, outer_reach) as least_reach
    from bait where is_bait group by id
), trade as (
    select id, other as book, us as traded_at, moment, low::double as near_low, r.* exclude (id)
    from held join reach r using (id)
)
select h.*, sum(x.size) filter ({_near("")}) as stood, sum(x.size) filter ({_close("")}) as close
from trade h join (select b.*, case when is_outer then outer_reach else inner_reach end as reach
    from bait b join reach using (id)) x using (id)
group by all
"""
"""How far from each trade what counts is, and how much of that stood just before.

A price is near within reach of the trade, or of the last one if the market has moved since."""

_CHANGED = f"""
    from (select *, unnest(range(moment // {BACK}, (traded_at + {AFTER + BACK}) // {BACK} + 1))
        as tick from band) h
        join told x on x.book = h.book and x.tick = h.tick and x.us > h.moment
            and x.us <= h.traded_at + {AFTER + BACK} and x.since >= h.traded_at - {STOOD}"""
"""What changed about each trade, joined by ten seconds."""

_KNOWN = f"coalesce(x.was_since >= h.traded_at - {STOOD}, false)"
_MET = "case when is_known and x.was_since = x.since then x.traded - x.was_traded else 0 end"

FALLEN = f"""
create or replace temp table band as
with move as (
    select h.id, x.tick, {_KNOWN} as is_known, {_MET} as met,
        case when {_close("")} then x.size else 0 end
            - case when is_known and {_close("was_")} then x.was_size else 0 end as net
    {_CHANGED}
), moved as (
    select id, tick, sum(net + met) as net from move group by id, tick
    union all select id, null, coalesce(close, 0) from band
), level as (
    select id, sum(net) over (partition by id order by tick nulls first) as level from moved
)
select * from band where id in (
    select id from level join band using (id) where level <= 0.5 * shown)
"""
"""Trades about which half of what was shown was gone at the end of some ten seconds.

Only what stands at half or less for that long has gone, and the level here is never above the real
one, so none is lost; machines that quote all the time are spared.
"""

AROUND = f"""
create or replace temp table around as
select h.id, h.traded_at, x.nr, x.number, x.us, x.size, x.traded, x.is_replaced, x.is_pull,
    b.id is not null as is_bait,
    case when b.is_outer is false then inner_reach else outer_reach end as reach,
    {_near("")} as is_near, {_KNOWN} as is_known,
    case when is_known and {_near("was_")} then x.was_size else 0 end as was, {_MET} as met
    {_CHANGED}
    left join (select id, number, is_outer from bait where is_bait) b
        on b.id = h.id and b.number = x.number
"""

_PULL = f"""
select n.id, sum(taken) as taken, make_timestamp(min(n.us)) as first_pull,
    make_timestamp(max(n.us)) as last_pull,
    sum(taken::double * greatest(0, n.us - n.traded_at) order by n.us, c.seq, c.order_key)
        as weighed,
    min(abs(n.us - n.traded_at)) as gap
from (select *, case when is_replaced and not is_near then was
        else greatest(0, was - size) end as taken from around where is_bait and is_pull) n
    join change c using (nr)
where n.taken > 0 and n.us <= n.traded_at + {AFTER}
group by n.id
"""

_LEVEL = """
select id, traded_at, mark, sum(move) over (partition by id order by mark) as level
from (
    select id, traded_at, us as mark, case when is_near then size else 0 end - was + met as move
    from around
    union all select id, traded_at, moment, coalesce(stood, 0) from band
)
"""

OUTCOMES = f"""
create or replace temp table outcome as
with shown as (
    select b.id, c.* from bait b semi join band using (id) join change c using (nr) where b.is_bait
), pull as ({_PULL}), level as ({_LEVEL}), lasting as (
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
        select id, number, max(traded) as traded from (
            select id, number, traded from shown
            union all select id, number, traded from around where is_bait) group by all)
    group by id
), summed as (
    select id, list(distinct order_key) as bait_keys, list(distinct place) as places,
        count(distinct price) as levels, count(*) as orders, make_timestamp(min(since)) as shown_at,
        sum(size) as shown, max(price) as top, min(price) as bottom
    from shown group by id
), main as (
    select id, instrument as shown_in, sum(shown) as shown_there
    from shown join place using (place) group by id, instrument
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
