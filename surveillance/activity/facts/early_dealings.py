"""What owners did while an announcement was known to few: a position taken, orders withdrawn.

A position is counted from when the owner last stood flat or lowest while it was secret: what was
held by those who knew nothing yet says nothing, nor does what they turned over before. Value that
gains by the announcement is good. A week back is looked at, and six hours forward, in which who
dealt for the gain has taken it. The same is told of each earlier announcement of that week, so
that rules can count how often an owner was lucky and yet read no more than one day's rows.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, FLAG, MONEY, TEXT, TIME, Column, Table

TABLE = Table(
    "early_dealings",
    "One row an announcement, owner who dealt before it, and it or one of the week before",
    ("event_id", "owner_id", "dealt_id"),
    "ts",
    (
        Column("ts", TIME, "When it became public", required=True),
        Column("event_id", TEXT, "Event identification", required=True),
        Column("event_kind", TEXT, "What it was", required=True),
        Column("asset", TEXT, "Asset concerned, if one"),
        Column("is_listing", FLAG, "A listing or a delisting", required=True),
        Column("known_at", TIME, "From when on it was known to some", required=True),
        Column("move", "DOUBLE", "Largest change of a price by it, either way", required=True),
        Column("owner_id", TEXT, "Who dealt before it", required=True),
        Column("dealt_id", TEXT, "Event of the week that all else is about", required=True),
        Column("started_at", TIME, "When the position began, or the first order was withdrawn"),
        Column("good", MONEY, "Value taken that gains by it"),
        Column("bad", MONEY, "Value taken meanwhile that loses by it"),
        Column("earlier", MONEY, "Value traded in the week before while nobody knew"),
        Column("unwound", MONEY, "Net value given back in the six hours after"),
        Column("gain", "DOUBLE", "What its move was worth to the position"),
        Column("pushed", "DOUBLE", "Largest move its way in those hours by its own trades, a part"),
        Column("trade_ids", "VARCHAR[]", "Trades of the position, in and out"),
        Column("order_ids", "VARCHAR[]", "Orders of those trades"),
        Column("pulled", MONEY, "Value withdrawn on the side that would have lost"),
        Column("pulled_other", MONEY, "Value withdrawn on the other side"),
        Column("pulled_ids", "VARCHAR[]", "Orders withdrawn on the side that would have lost"),
    ),
    fact=True,
)
READS = ("announcements", "fills", "drives", "order_life")
ONLY_FOR = {"drives": ("pushed",), "order_life": ("pulled", "pulled_other", "pulled_ids")}
TAKES = {
    "order_life": ("order_id", "ts", "side", "notional", "ended_at", "end_reason", "reason"),
    "fills": ("order_id", "side", "notional"),
    "drives": ("side", "moved"),
}
REACH = timedelta(days=7)

_SIGNED = "case when good then notional else -notional end"

SQL = f"""
with dealer as (
    select distinct a.event_id, f.owner_id
    from announcements a join fills f on f.instrument = a.instrument
        and f.ts >= a.known_at and f.ts < a.ts and (f.side = 'buy') = (a.move > 0)
), dealt as (
    select e.event_id, e.ts as public_at, d.event_id as dealt_id, d.instrument, d.ts, d.known_at,
        d.move
    from (select distinct event_id, ts, is_listing from announcements) e join announcements d
        on d.is_listing = e.is_listing and d.ts <= e.ts and d.ts >= e.ts - interval 7 day
), near as (
    select d.event_id, d.dealt_id, d.move, f.owner_id, f.trade_id, f.order_id, f.ts, f.seq,
        f.notional, (f.side = 'buy') = (d.move > 0) as good,
        f.ts >= d.known_at and f.ts < d.ts as inside, f.ts < d.known_at as before,
        f.ts >= d.ts as after
    from dealt d join fills f on f.instrument = d.instrument
        and f.ts >= greatest(d.ts, d.public_at) - interval 7 day and f.ts < d.ts + interval 6 hour
    where (d.event_id, f.owner_id) in (from dealer) and (d.dealt_id, f.owner_id) in (from dealer)
), path as (
    select *, greatest(0, sum({_SIGNED}) over (
        partition by event_id, dealt_id, owner_id order by ts, seq, trade_id, good)) as held
    from near where not after
), lowest as (
    select event_id, dealt_id, owner_id, least(min(held) filter (inside),
        greatest(0, coalesce(sum({_SIGNED}) filter (before), 0))) as held
    from path group by all
), turn as (
    select event_id, dealt_id, owner_id, max(p.ts) filter (p.held <= l.held) as turned_at
    from path p join lowest l using (event_id, dealt_id, owner_id) where p.inside group by all
), position as (
    select event_id, dealt_id, owner_id, min(ts) filter (taken) as started_at,
        sum(notional) filter (taken and good) as good,
        coalesce(sum(notional) filter (taken and not good), 0) as bad,
        coalesce(sum(notional) filter (before), 0) as earlier,
        coalesce(sum(-({_SIGNED})) filter (after), 0) as unwound,
        sum(cast(round({_SIGNED} * abs(move) * 100) as bigint)) filter (taken) / 100 as gain,
        list(distinct trade_id order by trade_id) filter (taken and good or after and not good)
            as trade_ids,
        list(distinct order_id order by order_id) filter (taken and good or after and not good)
            as order_ids
    from (
        select n.*, n.inside and n.ts > coalesce(t.turned_at, n.ts - interval 1 second) as taken
        from near n join turn t using (event_id, dealt_id, owner_id)
    ) group by all having sum(notional) filter (taken and good) > 0
), driven as (
    select d.event_id, d.dealt_id, v.owner_id, max(v.moved) / {BILLION} as pushed
    from dealt d join drives v on v.instrument = d.instrument
        and v.ts >= d.ts and v.ts < d.ts + interval 6 hour and (v.side = 'buy') = (d.move > 0)
    group by all
), withdrawn as (
    select a.event_id, a.event_id as dealt_id, l.owner_id, min(l.ended_at) as started_at,
        coalesce(sum(l.notional) filter ((l.side = 'sell') = (a.move > 0)), 0) as pulled,
        coalesce(sum(l.notional) filter ((l.side = 'sell') <> (a.move > 0)), 0) as pulled_other,
        list(distinct l.order_id order by l.order_id) filter ((l.side = 'sell') = (a.move > 0))
            as pulled_ids
    from announcements a join order_life l on l.instrument = a.instrument
        and l.ended_at >= a.known_at and l.ended_at < a.ts
    where l.end_reason = 'cancel' and l.reason is null and l.ts < a.known_at
        and l.ts >= a.ts - interval 7 day and l.ended_at >= l.ts + interval 10 minute
        and l.owner_id is not null
    group by all
), event as (
    select ts, event_id, event_kind, asset, is_listing, min(known_at) as known_at,
        max(abs(move)) as move
    from announcements group by all
)
select e.*, owner_id, dealt_id, least(p.started_at, w.started_at) as started_at,
    p.* exclude (event_id, dealt_id, owner_id, started_at), v.pushed,
    w.* exclude (event_id, dealt_id, owner_id, started_at)
from position p full outer join withdrawn w using (event_id, dealt_id, owner_id)
    left join driven v using (event_id, dealt_id, owner_id) join event e using (event_id)
"""
