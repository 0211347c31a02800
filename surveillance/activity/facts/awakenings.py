"""Accounts that wake: they acted long ago, then not at all, and now money moves.

All that is known of an account counts, whatever the run's window, as its last login or transfer
may lie a year back; where the venue's rows do not reach so far, it may say when that was. Of the
week that begins then, what came in and what left is told, and whether a device is new to the
account.
"""

from surveillance.activity.catalogue import FLAG, MONEY, TEXT, TIME, Column, Table

TABLE = Table(
    "awakenings",
    "One row a transfer that is an account's first act in sixty days or more",
    ("transfer_id",),
    "ts",
    (
        Column("ts", TIME, "When it moved", required=True),
        Column("settled_at", TIME, "When the week after is known", required=True),
        Column("transfer_id", TEXT, "The transfer", required=True),
        Column("trader_id", TEXT, "The account", required=True),
        Column("owner_id", TEXT, "Its owner", required=True),
        Column("asleep", "DOUBLE", "Days since its last act", required=True),
        Column("received", MONEY, "What came in within the week, USD", required=True),
        Column("sent", MONEY, "What left within the week, USD", required=True),
        Column("largest", MONEY, "Largest transfer before it slept, USD", required=True),
        Column("is_new_device", FLAG, "A device of the days around is new to it", required=True),
        Column("venue_usual", "DOUBLE", "Usual transfer at the venue, USD, if any is known"),
        Column("transfer_ids", "VARCHAR[]", "Transfers of the week", required=True),
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
VERSION = 2

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
), begun as (
    select trader_id, before, min(ts) as ts, any_value(owner_id) as owner_id from moved
    group by trader_id, before
), week as (
    select b.trader_id, b.before, b.ts, b.owner_id, arg_min(m.transfer_id, (m.ts, m.seq))
            as transfer_id,
        coalesce(sum(m.usd) filter (m.direction = 'in'), 0) as received,
        coalesce(sum(m.usd) filter (m.direction = 'out'), 0) as sent,
        list(m.transfer_id order by m.ts, m.seq) as transfer_ids
    from begun b join moved m using (trader_id, before)
    where m.ts < b.ts + interval 7 day group by all
), old as (
    select w.transfer_id, max(k.usd) as largest from week w join known_transfers k
        on k.trader_id = w.trader_id and k.ts < w.ts group by all
), device as (
    select w.transfer_id, bool_or(d.since >= w.ts - interval 4 day) as is_new
    from week w join (
        select trader_id, device_id, min(ts) as since from known_logins
        where device_id is not null and kind is distinct from 'failure' group by all
    ) d on d.trader_id = w.trader_id and d.since < w.ts + interval 7 day
    group by all having bool_or(d.since < w.ts - interval 4 day)
)
select w.ts, w.ts + interval 7 day as settled_at, w.transfer_id, w.trader_id, w.owner_id,
    date_diff('second', w.before, w.ts) / 86400.0 as asleep,
    try_cast(w.received as {MONEY}) as received, try_cast(w.sent as {MONEY}) as sent,
    try_cast(coalesce(o.largest, 0) as {MONEY}) as largest, coalesce(d.is_new, false)
        as is_new_device,
    u.usd as venue_usual, w.transfer_ids
from week w left join old o using (transfer_id) left join device d using (transfer_id)
    left join usual_transfers u on u.day = epoch_us(w.ts) // 86400000000
"""
