"""How steadily one account follows another over a week: what both did, and what chance would give.

Each day adds to the six before it, because a few moves a day prove nothing. Of repetitions within
seconds and within a minute those count that chance explains least. Who subscribed to copy the
leader, or copies the same leader as it does, follows by right.
"""

from datetime import timedelta

from surveillance.activity.catalogue import FLAG, TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY

TABLE = Table(
    "followings",
    "One row a day, leader and follower who repeated its moves in the week to then",
    ("ts", "leader_id", "trader_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the day", required=True),
        Column("since", TIME, "Start of the first day of the week on which it did", required=True),
        Column("settled_at", TIME, "Last moment of the day", required=True),
        Column("leader_id", TEXT, "Trader who moved", required=True),
        Column("trader_id", TEXT, "Trader of another owner who repeated it", required=True),
        Column("moves", WHOLE, "Moves of the leader on those days", required=True),
        Column("within", WHOLE, "Seconds within which it did", required=True),
        Column("repeated", WHOLE, "Of them repeated so soon", required=True),
        Column("by_chance", "DOUBLE", "Of them expected to be met", required=True),
        Column("reversed", WHOLE, "Moves of the follower that the leader repeated", required=True),
        Column("seconds", "DOUBLE", "From move to repetition, on average", required=True),
        Column("subscribed", FLAG, "It copies the leader, or whom that copies", required=True),
        Column("order_ids", "VARCHAR[]", "Orders of the follower that repeated", required=True),
    ),
    fact=True,
)
READS = ("shadowing", "accounts")
TAKES = {
    "shadowing": ("within", "moves", "repeated", "reversed", "by_chance", "gap_us", "order_ids")
}
VERSION = 2
REACH = timedelta(days=8)
SETTLES = (DAY, -1)

LEAST = 8, 0.3
"""Moves repeated, and part of all, below which there is no row: for cost, below any rule's line."""
_MILLION = 1_000_000
"""Parts in which chances are added, so that sums are exact."""

SQL = f"""
with daily as (
    select leader_id, follower_id, within, epoch_us(ts) // {DAY} as day, moves, repeated, reversed,
        cast(round(by_chance * {_MILLION}) as bigint) as chance, gap_us, order_ids
    from shadowing
), wide as (
    select leader_id, follower_id, within, day, min(day) over w as since,
        sum(moves) over w as moves, sum(repeated) over w as repeated, sum(chance) over w as chance,
        sum(reversed) over w as reversed, sum(gap_us) over w as gap
    from daily window w as (partition by leader_id, follower_id, within order by day
        range between 6 preceding and current row)
), steady as (
    select * from wide where repeated >= {LEAST[0]} and repeated >= {LEAST[1]} * moves
    qualify row_number() over (partition by leader_id, follower_id, day order by
        (repeated - chance / {_MILLION}) / sqrt(greatest(chance / {_MILLION}, 0.5)) desc,
        within) = 1
), named as (
    select s.leader_id, s.follower_id, s.within, s.day,
        list_sort(list_distinct(flatten(list(d.order_ids)))) as order_ids
    from steady s join daily d on d.leader_id = s.leader_id and d.follower_id = s.follower_id
        and d.within = s.within and d.day between s.day - 6 and s.day group by all
), copier as (
    select distinct trader_id, copies from accounts where copies is not null
), right_ as (
    select f.trader_id as follower_id, f.copies as leader_id from copier f
    union select f.trader_id, l.trader_id from copier f join copier l using (copies)
)
select make_timestamp(s.day * {DAY}) as ts, make_timestamp(s.since * {DAY}) as since,
    make_timestamp((s.day + 1) * {DAY} - 1) as settled_at, s.leader_id, s.follower_id as trader_id,
    s.moves, s.within, s.repeated, s.chance / {_MILLION} as by_chance, s.reversed,
    s.gap / s.repeated / 1e6 as seconds, r.leader_id is not null as subscribed, n.order_ids
from steady s join named n using (leader_id, follower_id, within, day)
    left join right_ r using (leader_id, follower_id)
"""
