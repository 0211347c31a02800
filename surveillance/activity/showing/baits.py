"""What stood on the other side just before a trade: each order, and whether it was part of a show.

What is left much further off than what is enough already shows nothing: it was moved there. Rows
are narrow, and name their change by its number: there are many, and few are of an occasion.
"""

from surveillance.activity.showing.standing import AFTER, BACK, MARGIN, STOOD

TOLD = f"""
create or replace temp table told as
with market as (
    select instrument, ts, arg_max(price, seq) as price from fills
    where not is_block and ts >= make_timestamp({{start}}) and ts < make_timestamp({{until}})
    group by all
), priced as (
    select c.* exclude (instrument, ts), epoch_us(m.ts) as market_at, m.price::double as market
    from (select c.nr, c.number, c.book, c.ts, c.us, c.until, c.since, c.n, c.is_pull,
            c.is_replaced, c.price::double as near_price, c.size, c.traded, p.instrument
        from change c join place p using (place) semi join held h on h.other = c.book) c
        asof left join market m on m.instrument = c.instrument and m.ts <= c.ts
)
select x.* exclude (n), x.us // {BACK} as tick, w.size as was_size, w.traded as was_traded,
    w.near_price as was_near_price, w.since as was_since, w.market_at as was_market_at,
    w.market as was_market
from priced x left join priced w on w.number = x.number and w.n = x.n - 1
"""
"""Changes with what their order showed before, and with what the market traded at."""

REACH = "2 * {} + 0.001"
"""How far from a trade what was shown about it may be moved, by how far off it stood."""

BAITS = f"""
create or replace temp table bait as
with standing as (
    select nr, number, book, us, until, since, near_price, size, traded, market_at, market,
        unnest(range(us // {BACK}, (least(until, since + {STOOD}) + {BACK - 1}) // {BACK})) as tick
    from told where size > 0 and until > us
), beside as materialized (
    select h.id, x.* exclude (book, tick, us, until, since), abs(near_price / h.low::double - 1)
        as off, {MARGIN} * greatest(h.opposed, h.size) as enough,
        x.until > h.us + {AFTER} as is_left
    from held h join standing x on x.book = h.other and x.tick = h.moment // {BACK}
    where x.us <= h.moment and x.until > h.moment and x.since >= h.us - {STOOD}
), gap as (
    select id, off, sum(size) over o - size >= enough and off > {REACH.format("lag(off) over o")}
        as is_gap
    from beside window o as (partition by id order by off rows unbounded preceding)
), edge as (
    select id, min(off) as edge from gap where is_gap group by id
)
select b.* exclude (enough, is_left), coalesce(off >= edge, edge is not null) as is_outer,
    not (is_outer and is_left) as is_bait
from beside b left join edge e using (id)
"""
