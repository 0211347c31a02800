"""Hands that by their own taking moved a price within minutes: where rules of price begin to look.

A hand is an owner, or owners tied to one. Over five minutes a hand's part of a move is its part of
all pushes that way (``pushes``), times what the middle really moved, and no more than its own
pushes: in a book that springs back after each trade the pushes alone add up to far more, and news
moves a price beyond them. A drive begins in the minute in which that part passes a fifth of a per
cent, unless another one of the same hand, that way, did so in the ten minutes before.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, PRICE, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "drives",
    "One row an owner that took part in a move of its hand's making, by where it began",
    ("instrument", "owner_id", "side", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute in which the move was large enough", required=True),
        Column("began_at", TIME, "Start of its first push of those five minutes", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("underlying", TEXT, "Underlying asset, if known"),
        Column("hand", TEXT, "Owner, or group of owners by its core, that took", required=True),
        Column("owner_id", TEXT, "Who took", required=True),
        Column("side", TEXT, "Which way", required=True, allowed=("buy", "sell")),
        Column("moved", WHOLE, "Its largest part of five minutes' move, billionths", required=True),
        Column("share", "DOUBLE", "Its part of what was taken that way in those minutes"),
        Column("took", MONEY, "Value it took that way in the first of them", required=True),
        Column("start_mid", PRICE, "Middle before those minutes", required=True),
        Column(
            "rested", "DOUBLE", "Share of what it traded in six hours before that met it resting"
        ),
        Column(
            "quoted",
            "DOUBLE",
            "Share of its minutes with orders in six hours before, a dozen at least, that showed"
            " both sides",
        ),
    ),
    fact=True,
)
READS = ("pushes", "prevailing", "instruments", "fills", "groups", "shown_sides")
TAKES = {
    "fills": ("is_taker", "notional"),
    "groups": ("group_id",),
    "pushes": ("bought", "sold", "moved"),
    "shown_sides": ("bid", "offered"),
}
REACH = timedelta(hours=7)
AHEAD = timedelta(minutes=10)
"""How far it went in the nine minutes that followed, and the price a minute later."""
VERSION = 2

SMALLEST = 2_000_000
"""Billionths: a fifth of a per cent."""
_LARGEST = 9 * 10**15
"""Where news moves a price so far that a whole number would overflow."""
FEW = 12
"""Who showed both sides in fewer minutes than that hardly quotes."""

_WAY = """
select instrument, hand, minute, {sign} as sign, sum(greatest({sign} * moved, 0)) as moved,
    sum({took}) as took, min(ts) filter ({sign} * moved > 0) as began_at,
    list(distinct owner_id) filter ({sign} * moved > 0) as owners
from push group by all
"""

PUSHING = f"""member as (
    select owner_id, min(group_id) as hand from groups group by all
), push as (
    select p.*, coalesce(m.hand, p.owner_id) as hand, epoch_us(p.ts) // {MINUTE} as minute
    from pushes p left join member m using (owner_id)
)"""
"""Who pushed, by hand and minute."""

SQL = f"""
with {PUSHING}, way as (
    {_WAY.format(sign=1, took="bought")} union all {_WAY.format(sign=-1, took="sold")}
), mine as (
    select instrument, hand, sign, minute, sum(moved) over w as moved, sum(took) over w as took,
        min(began_at) over w as began_at, flatten(list(owners) over w) as owners
    from way window w as (partition by instrument, hand, sign order by minute
        range between 4 preceding and current row)
), whole as (
    select instrument, sign, minute, sum(moved) over w as moved, sum(took) over w as took
    from (select instrument, sign, minute, sum(moved) as moved, sum(took) as took
        from way group by all)
    window w as (partition by instrument, sign order by minute
        range between 4 preceding and current row)
), part as (
    select m.*, a.took as all_took, b.mid as start_mid,
        least(m.moved, round({BILLION} * m.sign * (e.mid::double / b.mid::double - 1)
            * (m.moved::double / a.moved::double))) as own
    from mine m join whole a using (instrument, sign, minute)
        asof join prevailing b on b.instrument = m.instrument and b.first <= m.minute * 60 - 240
        asof join prevailing e on e.instrument = m.instrument and e.first <= m.minute * 60 + 60
    where m.moved > 0 and b.mid > 0 and m.minute * 60 - 240 < b.stop and m.minute * 60 + 60 < e.stop
), large as (
    select *, lag(minute) over w as earlier, max(own) over (w range between current row
        and 9 following) as most
    from part where own >= {SMALLEST}
    window w as (partition by instrument, hand, sign order by minute)
), terms as (
    select instrument, underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), moment as (
    select distinct hand, minute, minute // 60 as hour from large
), habit as (
    select m.hand, m.minute, sum(f.notional) filter (not f.is_taker)::double
        / nullif(sum(f.notional)::double, 0) as rested
    from (select *, unnest(range(hour - 6, hour + 1)) as near from moment) m join (
        select coalesce(m.hand, f.owner_id) as hand, f.ts, f.is_taker, f.notional,
            epoch_us(f.ts) // {HOUR} as hour
        from fills f left join member m using (owner_id)
        where coalesce(m.hand, f.owner_id) in (select hand from moment)
    ) f on f.hand = m.hand and f.hour = m.near
    where epoch_us(f.ts) >= (m.minute - 360) * {MINUTE} and epoch_us(f.ts) < m.minute * {MINUTE}
    group by all
), quoting as (
    select m.hand, m.instrument, m.minute, count(*) filter (s.bid > 0 and s.offered > 0)
        / greatest({FEW}, count(*)) as quoted
    from (select hand, instrument, minute, unnest(range(minute // 60 - 6, minute // 60 + 1))
        as near from large) m join (
        select coalesce(m.hand, s.owner_id) as hand, s.instrument, sum(s.bid) as bid,
            sum(s.offered) as offered, epoch_us(s.ts) // {MINUTE} as minute,
            epoch_us(s.ts) // {HOUR} as hour
        from shown_sides s left join member m using (owner_id)
        where coalesce(m.hand, s.owner_id) in (select hand from moment) group by all
    ) s on s.hand = m.hand and s.instrument = m.instrument and s.hour = m.near
    where s.minute >= m.minute - 360 and s.minute < m.minute - 4
    group by all
)
select make_timestamp(l.minute * {MINUTE}) as ts, l.began_at, l.instrument, t.underlying, l.hand,
    unnest(list_sort(list_distinct(l.owners))) as owner_id,
    case when l.sign > 0 then 'buy' else 'sell' end as side,
    cast(least(l.most, {_LARGEST}) as bigint) as moved,
    l.took::double / nullif(l.all_took::double, 0) as share,
    cast(l.took as decimal(18, 6)) as took, l.start_mid, h.rested, q.quoted
from large l left join terms t using (instrument) left join habit h using (hand, minute)
    left join quoting q using (hand, instrument, minute)
where coalesce(l.minute - l.earlier > 10, true)
"""
