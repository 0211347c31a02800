"""Who stood ready when a price ran: a position taken before a swing, left in it or pushed by it.

A position counts what a hand, an owner or owners tied to one, took the swing's way in the three
days before it began, less what it took the other way; what it took on the way pushed, and what it
gave back until an hour after the extreme left. Who leaves later, or never, is known by its haste
about the word that went round: what it took a minute from two minutes before it to four after,
over what it took a minute while it built. Positions of neither kind, and swings that were small or
kept most of their run, are left out: the bounds are below what came near for any rule.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, Column, Table
from surveillance.times import HOUR

TABLE = Table(
    "swing_positions",
    "One row a swing of a price and owner who held its way before it and left in it",
    ("instrument", "ts", "direction", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute of the extreme", required=True),
        Column("settled_at", TIME, "When all of it is past", required=True),
        Column("started_at", TIME, "When the owner first traded that way", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Who is of the hand that held the position", required=True),
        Column("others", TEXT, "Other owners of the hand who traded, joined by a space"),
        Column("direction", TEXT, "Which way the price ran", required=True, allowed=("up", "down")),
        Column("size", "DOUBLE", "How far it ran, as a part of where it began", required=True),
        Column("unusual", "DOUBLE", "Size over the median range of an hour in the day before"),
        Column("retraced", "DOUBLE", "Part of it given back within two hours", required=True),
        Column("built", MONEY, "Value taken its way before it began", required=True),
        Column("share", "DOUBLE", "Part of what all took its way in the hours of building"),
        Column("one_way", "DOUBLE", "Net over gross before it began", required=True),
        Column("push", "DOUBLE", "Part of what was taken on the way"),
        Column("left_part", "DOUBLE", "Part of the position left in it", required=True),
        Column("gain", "DOUBLE", "Worth more than when it began, of what was left", required=True),
        Column(
            "worth", "DOUBLE", "What the run made the position worth at its extreme", required=True
        ),
        Column("is_ahead", FLAG, "It took its way in the two minutes before the word"),
        Column("pace", "DOUBLE", "What it took a minute about the word, over that while building"),
        Column("told", FLAG, "Something was said in social media from a quarter before"),
        Column("is_news", FLAG, "An event in that time explains it"),
        Column("trade_ids", "VARCHAR[]", "Trades of position, push and leaving", required=True),
    ),
    fact=True,
)
READS = ("price_swings", "fills", "groups", "instruments", "events")
TAKES = {"groups": ("group_id",)}
REACH = timedelta(hours=74)
NARROWED = ("settled_at",)
LOOKS = {"price_swings": timedelta(minutes=121), "fills": timedelta(hours=80)}
VERSION = 2

_SMALLEST = 0.024
_COMES_BACK = 0.4
_LEFT = 0.5
_PACE = 8

SQL = f"""
with member as (
    select owner_id, min(group_id) as hand from groups group by all
), swing as (
    select *, case when direction = 'up' then 'buy' else 'sell' end as way,
        case when direction = 'up' then 1 else -1 end as sign
    from (select *, ts + interval 121 minute as settled_at from price_swings)
    where $settled and size >= {_SMALLEST} and retraced >= {_COMES_BACK}
), event as (
    select s.instrument, s.ts, s.direction, max(e.ts) filter (e.kind = 'social') as word,
        bool_or(e.kind <> 'social') as is_news
    from swing s left join (select distinct instrument, underlying from instruments) i
            on i.instrument = s.instrument
        join events e on e.ts >= s.began_at - interval 15 minute and e.ts <= s.ts
            and e.kind in ('social', 'news', 'listing', 'delisting', 'hack', 'margin_change')
            and (e.instrument = s.instrument or e.asset = i.underlying)
    group by all
), near as (
    select s.instrument, s.ts, s.direction, coalesce(m.hand, f.owner_id) as hand, f.owner_id,
        f.trade_id, f.ts as traded_at, f.quantity, f.notional, f.side = s.way as same,
        f.ts < s.began_at as before,
        f.side = s.way and f.ts >= s.began_at and f.ts < s.ts + interval 1 minute
            and coalesce(f.is_taker, true) as running,
        f.side = s.way and f.ts >= e.word - interval 2 minute
            and f.ts < e.word + interval 4 minute as at_word,
        f.side = s.way and f.ts >= e.word - interval 2 minute and f.ts < e.word as before_word
    from swing s join fills f on f.instrument = s.instrument
            and f.ts >= s.began_at - interval 72 hour and f.ts < s.ts + interval 1 hour
        left join member m using (owner_id)
        left join event e on e.instrument = s.instrument and e.ts = s.ts
            and e.direction = s.direction
    where not f.is_block
), market as (
    select instrument, ts, direction, sum(notional) as rush from near where running group by all
), trader as (
    select instrument, ts, direction, hand,
        min(traded_at) filter (before and same) as started_at,
        sum(quantity) filter (before and same) as built,
        sum(notional) filter (before and same) as built_notional,
        coalesce(sum(quantity) filter (before and not same), 0) as against,
        coalesce(sum(quantity) filter (not before and not same), 0) as left_quantity,
        coalesce(sum(notional) filter (not before and not same), 0) as left_notional,
        coalesce(sum(quantity) filter (running), 0) as pushed,
        coalesce(sum(notional) filter (running), 0) as pushed_notional,
        coalesce(sum(notional) filter (at_word), 0)::double as burst,
        coalesce(bool_or(before_word), false) as is_ahead
    from near group by all
), held as (
    select t.*, s.settled_at, s.size, s.unusual, s.retraced, s.start, e.word, e.is_news,
        (built - against)::double / (built + against)::double as one_way,
        least(1, left_quantity::double / (built - against + pushed)::double) as left_part,
        coalesce(s.sign * (left_notional::double / nullif(left_quantity, 0)::double - s.start)
            * least(left_quantity, built - against)::double, 0) as gain,
        s.start * s.size * (built - against)::double as worth,
        burst / 6 / (built_notional::double
            / greatest(60, date_diff('second', started_at, s.began_at) / 60)) as pace
    from trader t join swing s using (instrument, ts, direction)
        left join event e using (instrument, ts, direction)
    where t.built > t.against
), likely as (
    select * from held where left_part >= {_LEFT} and gain > 0 or is_ahead and pace >= {_PACE}
), theirs as (
    select n.* from near n semi join likely using (instrument, ts, direction, hand)
    where n.before and n.same or n.running or not n.before and not n.same
), named as (
    select instrument, ts, direction, hand, list_sort(list(distinct owner_id)) as owners,
        list(distinct trade_id order by trade_id) as trade_ids
    from theirs group by all
), building as (
    select distinct instrument, ts, direction, hand, epoch_us(traded_at) // {HOUR} as hour
    from theirs where before and same
), hourly as (
    select instrument, ts, direction, epoch_us(traded_at) // {HOUR} as hour,
        sum(notional) as notional
    from near where before and same group by all
), volume as (
    select b.instrument, b.ts, b.direction, b.hand, sum(h.notional) as notional
    from building b join hourly h using (instrument, ts, direction, hour) group by all
)
select l.ts, l.settled_at, l.started_at, l.instrument, l.owner_id, l.direction,
    nullif(array_to_string(list_filter(l.owners, lambda x: x <> l.owner_id), ' '), '') as others,
    l.size, l.unusual, l.retraced, l.built_notional as built,
    l.built_notional::double / v.notional::double as share, l.one_way,
    coalesce(l.pushed_notional::double / m.rush::double, 0) as push, l.left_part, l.gain, l.worth,
    l.word is not null as told, l.is_ahead, l.pace, coalesce(l.is_news, false) as is_news,
    l.trade_ids
from (select *, unnest(owners) as owner_id
        from likely join named using (instrument, ts, direction, hand)) l
    join volume v using (instrument, ts, direction, hand)
    left join market m using (instrument, ts, direction)
"""
