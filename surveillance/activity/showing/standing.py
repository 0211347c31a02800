"""Trades of a hand that showed much more on the other side as they came about.

First a bound over stretches of two minutes, which spares most trades; then what really stood, as
one running sum over all that entered and left. ``STOOD`` is how long what is shown may have stood
unchanged: older size is rarely about the trade, and no row may depend on where a view begins.
"""

from surveillance.activity.showing.places import book, in_terms, size
from surveillance.times import MINUTE, SECOND

STOOD = 15 * MINUTE
BEFORE = 5 * SECOND
"""How long before the trade some of it may have been taken away."""
AFTER = 90 * SECOND
"""How long after the trade the rest is."""
BACK = 10 * SECOND
"""What is back within it was never away."""
BUCKET = 2 * MINUTE
MARGIN = 1.5
"""How many times as much is shown as traded, at least: well below the line of any rule."""

TRADED = f"""
create or replace temp table traded as
select row_number() over (order by ts, seq, place, side) as id, *,
    epoch_us(ts) // {BUCKET} as bucket, (epoch_us(ts) - {BEFORE}) // {BUCKET} as early,
    (epoch_us(ts) + {AFTER + BACK}) // {BUCKET} as late
from (
    select p.place, p.pot, r.side, {book("p", "r")} as book, r.order_key,
        min(r.ts) as ts, min(r.seq) as seq,
        min(r.price) as low, max(r.price) as high, bool_or(coalesce(r.is_taker, false)) as is_taker,
        sum({size("r.quantity", "r.price")}) as size, sum(r.quantity) as quantity,
        list(r.trade_id) as trade_ids,
        epoch_us(r.ts) // {SECOND} as second
    from {in_terms("fills r")} join place p
        on p.trader_id = r.trader_id and p.instrument = r.instrument
    where not r.is_block and not r.is_liquidation and r.ts >= make_timestamp({{start}})
        and r.ts < make_timestamp({{end}})
    group by all
)
"""

CANDIDATES = f"""
create or replace temp table candidate as
with display as (
    select r.pot, r.side, epoch_us(r.ts) // {BUCKET} as bucket,
        sum({size("least(r.quantity, coalesce(r.displayed, r.quantity))", "r.price")})
            filter (r.event in ('new', 'replace')) as size,
        count(*) filter (r.event in ('cancel', 'replace', 'expire')) as removals
    from {in_terms("(select m.*, p.instrument from message m join place p using (place)) r")}
    group by all
), bound as (
    select t.id from (select *, unnest(range(bucket - {STOOD // BUCKET} - 1, late + 1)) as near
        from traded) t
        join display d on d.pot = t.pot and d.side <> t.side and d.bucket = t.near
    group by t.id, t.size, t.bucket, t.early
    having sum(d.size) filter (d.bucket <= t.bucket) >= {MARGIN} * t.size
        and coalesce(sum(d.removals) filter (d.bucket >= t.early), 0) > 0
)
select * from traded where id in (select id from bound)
"""

SCOPE = f"""
create or replace temp table scope as
select distinct pot, unnest(range(bucket - {STOOD // BUCKET} - 1, late + 1)) as bucket
from candidate
"""

OTHER = "xor(book, 1)"
_MOMENTS = (BEFORE, 2 * SECOND, SECOND, SECOND // 2, 1, 0)


def _looks(book: str, moments: tuple[int, ...], own: bool) -> str:
    return " union all ".join(
        f"select {book}, epoch_us(ts) - {moment}, 0, id, {moment}, {own} from candidate"
        for moment in moments
    )


HELD = f"""
create or replace temp table held as
with state as (
    select book, us, size, least(until, since + {STOOD}) as stop from change where size > 0
), step as (
    select book, us as mark, size, null as id, null as earlier, null as is_own from state
    where stop > us
    union all select book, stop, -size, null, null, null from state where stop > us
    union all {_looks(OTHER, _MOMENTS, False)}
    union all {_looks("book", _MOMENTS[-2:], True)}
    union all {_looks("book", (SECOND,), True)} where is_taker
), level as (
    select id, earlier, is_own, sum(size) over (order by book, mark) as level
    from step
), peak as (
    select id, max(level) filter (not is_own) as shown, max(level) filter (is_own) as own,
        arg_min(earlier, (-level, earlier)) filter (not is_own) as earlier
    from level where id is not null group by id
)
select c.*, {OTHER} as other, epoch_us(c.ts) as us, epoch_us(c.ts) - p.earlier as moment, p.shown,
    greatest(p.own, case when c.is_taker or p.own = 0 then c.size else 0 end) as opposed
from peak p join candidate c using (id) where p.shown >= {MARGIN} * greatest(p.own, c.size)
"""
"""Levels are looked at just before and at the trade, and a little earlier on the other side; on its
own where the trade takes, for a maker who takes all its quotes away first has shown both.

All that a book held has left again at its end, so one sum runs through all of them: partitions cost
twice as much, because few hands make most of the orders."""
