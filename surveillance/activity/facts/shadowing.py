"""Who trades soon after whom: of a leader's moves of a day, how many another account repeated.

A move is what an account took of one side within ten seconds, of one underlying: who copies may do
so in another product. Repetitions within ten seconds and within a minute are counted apart. Two
accounts that answer the same signal crowd together anyway, so what the follower did in the five
minutes around each move says how many of the leader's moves it would have met by chance. Days are
whole: a row of a day that has not ended yet is not complete.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table
from surveillance.times import DAY, MINUTE, SECOND

TABLE = Table(
    "shadowing",
    "One row a day, leader and follower who repeated two or more of its moves, and how soon",
    ("ts", "leader_id", "follower_id", "within"),
    "ts",
    (
        Column("ts", TIME, "Start of the day", required=True),
        Column("leader_id", TEXT, "Trader who moved", required=True),
        Column("follower_id", TEXT, "Trader of another owner who repeated it", required=True),
        Column("within", WHOLE, "Seconds within which it did", required=True),
        Column("moves", WHOLE, "Moves of the leader", required=True),
        Column("repeated", WHOLE, "Of them repeated on the same side so soon"),
        Column("reversed", WHOLE, "Moves of the follower that the leader repeated", required=True),
        Column("by_chance", "DOUBLE", "Of them expected to be met, from the minutes around"),
        Column("follower_moves", WHOLE, "Moves of the follower", required=True),
        Column("gap_us", WHOLE, "Sum of microseconds between move and repetition"),
        Column("order_ids", "VARCHAR[]", "Orders of the follower that repeated"),
    ),
    fact=True,
)
READS = ("fills", "instruments")
VERSION = 2
REACH = timedelta(days=1)
"""A day of which only a part is in view says nothing."""

_MOVE = 10 * SECOND
WITHIN = 10, 60
"""Seconds within which repetitions are counted together."""
_LATEST = WITHIN[-1] * SECOND
_REACTION = SECOND // 20
"""Who comes sooner than that answered the same signal, and not the leader."""
_AROUND = 5 * MINUTE
_NEAR = _AROUND // _LATEST

_TAKEN = f"""
create or replace temp table moves as
with family as (
    select instrument, arg_max(underlying, ts) as underlying from instruments
    where option_kind is null and underlying is not null group by all
), taken as (
    select trader_id, owner_id, coalesce(underlying, instrument) as family, side,
        coalesce(order_id, trade_id) as order_id, epoch_us(min(ts)) as us
    from fills left join family using (instrument)
    where coalesce(is_taker, true) and not is_block and not is_liquidation group by all
), begun as (
    select *, us // {DAY} as day, coalesce(us - lag(us) over w > {_MOVE}, true) as is_first
    from taken window w as (partition by trader_id, family, side, us // {DAY}
        order by us, order_id)
)
select * exclude (is_first), us // {_LATEST} as part from begun where is_first
"""

_PAIRS = f"""
create or replace temp table repeats as
with near as (
    select l.day, l.trader_id as leader_id, l.order_id as leads,
        f.trader_id as follower_id, f.order_id, f.us - l.us as gap
    from (select *, part + unnest([0, 1]) as reached from moves) l
        join moves f on f.family = l.family and f.side = l.side and f.part = l.reached
    where f.owner_id <> l.owner_id and f.us - l.us between {_REACTION} and {_LATEST}
        and f.day = l.day
), soon as (
    select *, unnest(list_filter({list(WITHIN)}, lambda x: gap <= x * {SECOND})) as within
    from near
)
select day, leader_id, follower_id, within, count(distinct leads) as repeated,
    sum(gap)::bigint as gap_us, list_sort(list(distinct order_id)) as order_ids
from soon group by all
"""

_SQL = f"""
with often as (
    select * from repeats where repeated >= 2
), around as (
    select r.day, r.leader_id, r.follower_id, r.within, count(*) as met
    from often r join moves l on l.day = r.day and l.trader_id = r.leader_id
        join moves f on f.day = r.day and f.trader_id = r.follower_id
            and f.family = l.family and f.side = l.side
            and f.part between l.part - {_NEAR} and l.part + {_NEAR}
    where abs(f.us - l.us) <= {_AROUND} and abs(f.us - l.us) > r.within * {SECOND}
    group by all
), total as (
    select day, trader_id, count(*) as moves from moves group by all
)
select make_timestamp(r.day * {DAY}) as ts, r.leader_id, r.follower_id, r.within,
    l.moves, r.repeated, coalesce(b.repeated, 0) as reversed,
    coalesce(a.met, 0) * r.within / (2 * ({_AROUND // SECOND} - r.within)) as by_chance,
    f.moves as follower_moves, r.gap_us, r.order_ids
from often r left join around a using (day, leader_id, follower_id, within)
    left join repeats b on b.day = r.day and b.leader_id = r.follower_id
        and b.follower_id = r.leader_id and b.within = r.within
    join total l on l.day = r.day and l.trader_id = r.leader_id
    join total f on f.day = r.day and f.trader_id = r.follower_id
"""


def queries(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield the one query, over the moves and the pairs that it needs only once."""
    connection.execute(_TAKEN)
    connection.execute(_PAIRS)
    yield _SQL
    connection.execute("drop table moves")
    connection.execute("drop table repeats")
