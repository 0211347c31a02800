"""Accounts that wake: they acted long ago, then not at all, and now money moves.

All that is known of an account counts, whatever the run's window, as its last login or transfer
may lie a year back; where the venue's rows do not reach so far, it may say when that was. Of the
week that begins then it is told, after each day on which money moved or a device was new to the
account, what had come in and left by then: who drains it is seen before the week is over.
"""

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, Column, Table

TABLE = Table(
    "awakenings",
    "One row an account that wakes after sixty days or more, and eventful day of its week",
    ("transfer_id", "settled_at"),
    "ts",
    (
        Column("ts", TIME, "When the first of it moved", required=True),
        Column("settled_at", TIME, "The end of the day, or of the week", required=True),
        Column("transfer_id", TEXT, "The first transfer", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("asleep", "DOUBLE", "Days since its last act", required=True),
        Column("received", MONEY, "What came in within the week so far, USD", required=True),
        Column("sent", MONEY, "What left within the week so far, USD", required=True),
        Column("largest", MONEY, "Largest transfer before it slept, USD", required=True),
        Column("is_new_device", FLAG, "A device of the days around is new to it", required=True),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("transfer_ids", "VARCHAR[]", "Its transfers so far", required=True),
    ),
    fact=True,
)
READS = (
    "accounts",
    "fills",
    "logins",
    "owners",
    "transfers",
    "usual_transfers",
    "valued_transfers",
)
TAKES = {"fills": ("trader_id",)}
VERSION = 3

_ASLEEP = 60

SQL = f"""
with act as (
    select trader_id, ts from known_transfers where kind is distinct from 'sweep'
    union all select trader_id, ts - interval 3 day from known_logins
        where kind is distinct from 'failure'
    union all select trader_id, ts from fills
    union all select trader_id, last_active_at from known_accounts
        where last_active_at is not null
), gap as (
    select trader_id, ts, lag(ts) over (partition by trader_id order by ts) as before from act
), slept as (
    select distinct trader_id, before, ts as woke from gap
    where ts - before >= interval {_ASLEEP} day
), moved as (
    select s.trader_id, s.before, t.*  exclude (trader_id)
    from slept s join transfers t on t.trader_id = s.trader_id
        and t.ts >= s.woke and t.ts < s.woke + interval 11 day
        and t.kind is distinct from 'sweep' and t.usd is not null
), first as (
    select m.trader_id, m.before, min(m.ts) as ts, any_value(m.owner_id) as owner_id,
        arg_min(m.transfer_id, (m.ts, m.seq)) as transfer_id
    from moved m group by all
), week as (
    select f.*, m.ts as moved_at, m.seq, m.direction, m.usd, m.transfer_id as id
    from first f join moved m using (trader_id, before) where m.ts < f.ts + interval 7 day
), device as (
    select f.transfer_id, d.since, d.since >= f.ts - interval 4 day as is_new from first f join (
        select trader_id, device_id, min(ts) as since from known_logins
        where device_id is not null and kind is distinct from 'failure' group by all
    ) d on d.trader_id = f.trader_id and d.since < f.ts + interval 7 day
), until_ as (
    select transfer_id, least(moment::date + interval 1 day, ts + interval 7 day) as settled_at
    from (select transfer_id, ts, moved_at as moment from week union all
        select transfer_id, ts, since from first join device using (transfer_id) where since > ts)
    group by all
), sofar as (
    select w.trader_id, w.before, w.ts, w.owner_id, w.transfer_id, u.settled_at,
        coalesce(sum(w.usd) filter (w.direction = 'in'), 0) as received,
        coalesce(sum(w.usd) filter (w.direction = 'out'), 0) as sent,
        list(w.id order by w.moved_at, w.seq) as transfer_ids
    from week w join until_ u on u.transfer_id = w.transfer_id and w.moved_at < u.settled_at
    group by all
), old as (
    select f.transfer_id, max(k.usd) as largest from first f join known_transfers k
        on k.trader_id = f.trader_id and k.ts < f.ts group by all
), seen as (
    select s.transfer_id, s.settled_at, bool_or(d.is_new) as is_new
    from sofar s join device d on d.transfer_id = s.transfer_id and d.since < s.settled_at
    group by all having bool_or(not d.is_new)
)
select s.ts, s.settled_at, s.transfer_id, s.trader_id, s.owner_id,
    date_diff('second', s.before, s.ts) / 86400.0 as asleep,
    try_cast(s.received as {MONEY}) as received, try_cast(s.sent as {MONEY}) as sent,
    try_cast(coalesce(o.largest, 0) as {MONEY}) as largest, coalesce(d.is_new, false)
        as is_new_device,
    u.usd as venue_usual, s.transfer_ids
from sofar s left join old o using (transfer_id)
    left join seen d on d.transfer_id = s.transfer_id and d.settled_at = s.settled_at
    left join usual_transfers u on u.day = epoch_us(s.ts) // 86400000000
"""
