"""Accounts that one hand may hold: those of one owner, of one device, or that move as one.

A hand is named after what ties it: an owner, a device that a few accounts were used from, or an
account that others trade with within seconds, day after day. What is known of a day holds from the
next day on, for four days, so that a row never depends on what came later.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "hands",
    "One row a day, hand and account in it, for hands of two accounts and more",
    ("ts", "hand", "trader_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the day from which it is known", required=True),
        Column("hand", TEXT, "What ties the accounts, and its name", required=True),
        Column("tie", TEXT, "Kind of tie", required=True, allowed=("owner", "device", "rhythm")),
        Column("trader_id", TEXT, "An account", required=True),
    ),
    fact=True,
)
READS = ("logins", "owners", "positions", "shadowing")
REACH = timedelta(days=5)

_MILLION = 1_000_000
"""Parts in which chances are added, so that sums are exact."""
MOST = 8
"""Accounts of a device, or of a rhythm; with more it is an office, or a signal that many follow."""
REPEATED = 4
SHARE = 0.5
LIFT = 4

SQL = f"""
with days as (
    select distinct epoch_us(ts) // {DAY} as day from positions
), seen as (
    select coalesce(device_id, cookie_id) as device, trader_id, epoch_us(ts) // {DAY} as day
    from logins where coalesce(device_id, cookie_id) is not null group by all
), device as (
    select d.day, 'device ' || s.device as hand, 'device' as tie, s.trader_id
    from days d join seen s on s.day between d.day - 4 and d.day - 1 group by all
), moved as (
    select d.day, s.leader_id, s.follower_id, sum(s.repeated + s.reversed) as repeated,
        sum(s.moves) as moves, sum(cast(round(s.by_chance * {2 * _MILLION}) as bigint)) / {_MILLION}
            as by_chance
    from days d join shadowing s on epoch_us(s.ts) // {DAY} between d.day - 4 and d.day - 1
    group by all
), together as (
    select * from moved where repeated >= {REPEATED} and repeated >= {SHARE} * moves
        and repeated >= {LIFT} * by_chance
), rhythm as (
    select day, 'rhythm ' || leader_id as hand, 'rhythm' as tie, follower_id as trader_id
    from together union select day, 'rhythm ' || leader_id, 'rhythm', leader_id from together
), owned as (
    select d.day, 'owner ' || o.owner_id as hand, 'owner' as tie, o.trader_id
    from days d, owners o
    where o.owner_id in (select owner_id from owners group by owner_id having count(*) > 1)
), tied as (
    select * from device union all select * from rhythm union all select * from owned
)
select make_timestamp(day * {DAY}) as ts, hand, tie, trader_id
from tied window w as (partition by day, hand)
qualify count(*) over w >= 2 and (tie = 'owner' or count(*) over w <= {MOST})
"""
