"""What owners did while an announcement was known to few: a position taken, orders withdrawn.

A position is counted from when the owner last stood flat or lowest while it was secret: what was
held by those who knew nothing yet says nothing, nor does what they turned over before. Value that
gains by the announcement is good. A week back is looked at, and six hours forward, in which who
dealt for the gain has taken it. Who gained by several announcements of that week was not lucky.
"""

from datetime import timedelta

from surveillance.activity.catalogue import (
    BILLION,
    FLAG,
    MONEY,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)
from surveillance.times import DAY, HOUR, SECOND

TABLE = Table(
    "early_dealings",
    "One row an announcement and owner who dealt or withdrew orders before it",
    ("event_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "When it became public", required=True),
        Column("settled_at", TIME, "Six hours later, when it is all known", required=True),
        Column("event_id", TEXT, "Event identification", required=True),
        Column("event_kind", TEXT, "What it was", required=True),
        Column("asset", TEXT, "Asset concerned, if one"),
        Column("is_listing", FLAG, "A listing or a delisting", required=True),
        Column("known_at", TIME, "From when on it was known to some", required=True),
        Column("move", "DOUBLE", "Largest change of a price by it, either way", required=True),
        Column("owner_id", TEXT, "Who dealt before it", required=True),
        Column("is_insider", FLAG, "Staff or house, whose work such events are", required=True),
        Column("started_at", TIME, "When the position began, or the first order was withdrawn"),
        Column("good", MONEY, "Value taken that gains by it", required=True),
        Column("bad", MONEY, "Value taken meanwhile that loses by it", required=True),
        Column("earlier", MONEY, "Value traded in the week before while nobody knew",
               required=True),
        Column("unusual", "DOUBLE", "Good an hour over earlier an hour, if there was any"),
        Column("unwound", MONEY, "Net value given back in the six hours after", required=True),
        Column("gain", "DOUBLE", "What its move was worth to the position", required=True),
        Column("times", WHOLE, "Announcements of the week by which it gained as by this one",
               required=True),
        Column("pushed", "DOUBLE", "Largest move its way in those hours by its own trades, a part",
               required=True),
        Column("trade_ids", "VARCHAR[]", "Trades of the position, in and out", required=True),
        Column("order_ids", "VARCHAR[]", "Orders of those trades", required=True),
        Column("pulled", MONEY, "Value withdrawn on the side that would have lost", required=True),
        Column("pulled_other", MONEY, "Value withdrawn on the other side", required=True),
        Column("pulled_ids", "VARCHAR[]", "Orders withdrawn on the side that would have lost",
               required=True),
    ),
    fact=True,
)  # fmt: skip
READS = ("announcements", "fills", "drives", "early_withdrawals", "staff", "accounts", "owners")
ONLY_FOR = {"drives": ("pushed",), "early_withdrawals": ("pulled", "pulled_other", "pulled_ids")}
TAKES = {
    "early_withdrawals": ("first_at", "pulled", "pulled_other", "pulled_ids"),
    "fills": ("order_id", "side", "notional"),
    "drives": ("side", "moved"),
}
VERSION = 2
REACH = timedelta(days=7)
FOLLOWS = (
    "events where kind in ('listing', 'delisting', 'margin_change', 'hack', 'maintenance', 'news')",
    6 * HOUR + SECOND,
)

GAIN, ONE_WAY, LEFT = 2000, 0.8, 0.5
"""USD, net over gross, and part given back, from which on who dealt before has gained by it."""
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
    select a.event_id, v.owner_id, max(v.moved) / {BILLION} as pushed
    from announcements a join drives v on v.instrument = a.instrument
        and v.ts >= a.ts and v.ts < a.ts + interval 6 hour and (v.side = 'buy') = (a.move > 0)
    group by all
), success as (
    select event_id, owner_id, count(*) as times from position
    where gain >= {GAIN} and good - bad >= {ONE_WAY} * (good + bad)
        and unwound >= {LEFT} * (good - bad)
    group by all having bool_or(dealt_id = event_id)
), informed as (
    select coalesce(o.owner_id, s.trader_id) as owner_id,
        s.access is null or contains(s.access, 'listings') as of_listings
    from staff s left join owners o using (trader_id)
    union all select o.owner_id, s.trader_id is null
    from accounts a join owners o using (trader_id)
        left join (select distinct trader_id from staff where access is not null) s
        on s.trader_id = a.trader_id
    where a.kind in ('staff', 'house')
), insider as (
    select owner_id, bool_or(of_listings) as of_listings from informed group by all
), event as (
    select ts, event_id, event_kind, asset, is_listing, min(known_at) as known_at,
        max(abs(move)) as move
    from announcements group by all
)
select e.*, e.ts + interval 6 hour + interval 1 second as settled_at, owner_id,
    i.owner_id is not null and (i.of_listings or not e.is_listing) as is_insider,
    least(p.started_at, w.first_at) as started_at, coalesce(p.good, 0) as good,
    coalesce(p.bad, 0) as bad, coalesce(p.earlier, 0) as earlier,
    p.good::double / nullif(p.earlier, 0)::double * ({7 * DAY} / epoch_us(e.ts - e.known_at) - 1)
        as unusual,
    coalesce(p.unwound, 0) as unwound, coalesce(p.gain, 0) as gain, coalesce(s.times, 0) as times,
    coalesce(v.pushed, 0) as pushed, coalesce(p.trade_ids, []) as trade_ids,
    coalesce(w.pulled, 0) as pulled, coalesce(w.pulled_other, 0) as pulled_other,
    coalesce(p.order_ids, []) as order_ids, coalesce(w.pulled_ids, []) as pulled_ids
from (select * exclude (dealt_id) from position where dealt_id = event_id) p
    full outer join early_withdrawals w using (event_id, owner_id)
    left join driven v using (event_id, owner_id) left join success s using (event_id, owner_id)
    left join insider i using (owner_id) join event e using (event_id)
"""
