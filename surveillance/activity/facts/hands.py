"""Accounts that one hand may hold: those that are tied, and those that move as one.

A hand is named after what ties it: the core of a group (``groups``), which holds on every day, or
an account that others trade with within seconds, day after day. What is known of such a rhythm
holds from the next day on, for four days, so that a row never depends on what came later.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, Column, Table
from surveillance.activity.facts.shadowing import WITHIN
from surveillance.times import DAY

TABLE = Table(
    "hands",
    "One row a day, hand and account in it, for hands of two accounts and more",
    ("ts", "hand", "trader_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the day from which it is known", required=True),
        Column("hand", TEXT, "What ties the accounts, and its name", required=True),
        Column("tie", TEXT, "Kind of tie", required=True, allowed=("owner", "link", "rhythm")),
        Column("trader_id", TEXT, "An account", required=True),
        Column("reasons", "VARCHAR[]", "What ties it to the others, in words", required=True),
    ),
    fact=True,
)
READS = ("groups", "positions", "shadowing")
TAKES = {"groups": ("group_id", "accounts", "owners", "reasons")}
REACH = timedelta(days=5)
VERSION = 3

_MILLION = 1_000_000
"""Parts in which chances are added, so that sums are exact."""
MOST = 8
"""Accounts of a rhythm; with more it is a signal that many follow."""
REPEATED = 4
SHARE = 0.5
LIFT = 4

SQL = f"""
with days as (
    select distinct epoch_us(ts) // {DAY} as day from positions
), moved as (
    select d.day, s.leader_id, s.follower_id, sum(s.repeated + s.reversed) as repeated,
        sum(s.moves) as moves, sum(cast(round(s.by_chance * {2 * _MILLION}) as bigint)) / {_MILLION}
            as by_chance
    from days d join shadowing s on epoch_us(s.ts) // {DAY} between d.day - 4 and d.day - 1
    where s.within = {WITHIN[0]} group by all
), together as (
    select * from moved where repeated >= {REPEATED} and repeated >= {SHARE} * moves
        and repeated >= {LIFT} * by_chance
), rhythm as (
    select day, 'rhythm ' || leader_id as hand, follower_id as trader_id
    from together union select day, 'rhythm ' || leader_id, leader_id from together
)
select make_timestamp(day * {DAY}) as ts, hand, 'rhythm' as tie, trader_id,
    ['traded the same way within seconds, on days before'] as reasons
from rhythm window w as (partition by day, hand)
qualify count(*) over w between 2 and {MOST}
union all
select make_timestamp(d.day * {DAY}), 'group ' || g.group_id, if(g.owners > 1, 'link', 'owner'),
    g.trader_id, g.reasons
from days d, groups g where g.accounts > 1
"""
