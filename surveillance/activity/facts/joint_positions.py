"""Positions that accounts of one hand hold together in an instrument with a position limit.

At each report of one of them the others count as last reported within six hours, because a venue
need not report all at once. There is a row where a hand comes to be near the limit, or above it,
after four hours in which it was not, and where another account joins it; of several hands of an
owner the one that holds most.
"""

from datetime import timedelta

from surveillance.activity.catalogue import TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import hands
from surveillance.times import DAY

TABLE = Table(
    "joint_positions",
    "One row an owner and time from which its hand held about a position limit or more",
    ("instrument", "owner_id", "ts"),
    "ts",
    (
        Column("ts", TIME, "When the last of them was reported", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "Owner of an account that held a part", required=True),
        Column("others", TEXT, "Other owners who did, joined by a space"),
        Column("hand", TEXT, "What ties the accounts, and its name", required=True),
        *(column for column in hands.TABLE.columns if column.name == "tie"),
        Column("reason", TEXT, "What ties them, in words"),
        Column("direction", TEXT, "Which way they hold", required=True, allowed=("long", "short")),
        Column("accounts", WHOLE, "Accounts that held a part", required=True),
        Column("over_limit", "DOUBLE", "All of it over the limit", required=True),
        Column("largest", "DOUBLE", "The largest of the parts over the limit", required=True),
        Column("trader_ids", "VARCHAR[]", "The accounts", required=True),
    ),
    fact=True,
)
READS = ("groups", "hands", "instruments", "positions")
VERSION = 2
REACH = timedelta(hours=11)
FOLLOWS = ("positions where true", 0)

LEAST = 0.75
"""Over the limit below which there is no row: below any rule's line."""
PART = 0.1
"""Of the limit below which an account's position is no part; engineering default."""
_REPORTED, _PAUSE = "interval 6 hour", "interval 4 hour"

SQL = f"""
with terms as (
    select instrument, position_limit::double as most from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), tied as (
    select distinct hand, tie, trader_id from hands
), report as (
    select p.ts, make_timestamp(epoch_us(p.ts) // {DAY} * {DAY}) as day, p.trader_id, p.owner_id,
        p.instrument, p.quantity, t.most
    from positions p join terms t using (instrument)
    where t.most > 0 and p.trader_id in (select trader_id from tied)
), peak as (
    select trader_id, instrument, max(abs(quantity)) as peak, max(most) as most
    from report group by all
), large as (
    select hand, instrument from tied join peak using (trader_id)
    group by all having sum(peak)::double >= {LEAST} * max(most) and count(*) > 1
), moment as (
    select distinct d.hand, d.tie, d.ts as day, r.instrument, r.ts
    from report r join hands d on d.trader_id = r.trader_id and d.ts = r.day
        semi join large l on l.hand = d.hand and l.instrument = r.instrument
), latest as (
    select m.*, d.reasons, r.trader_id, r.owner_id, r.quantity, r.most
    from moment m join hands d on d.hand = m.hand and d.ts = m.day
        join report r on r.trader_id = d.trader_id and r.instrument = m.instrument
            and r.ts <= m.ts and r.ts > m.ts - {_REPORTED}
    qualify row_number() over (partition by m.hand, m.instrument, m.ts, r.trader_id
        order by r.ts desc) = 1
), together as (
    select hand, tie, instrument, ts, if(quantity > 0, 'long', 'short') as direction,
        sum(abs(quantity))::double / max(most) as over_limit,
        max(abs(quantity))::double / max(most) as largest,
        count(*) as accounts, list(trader_id order by trader_id) as trader_ids,
        list(distinct owner_id order by owner_id) as owners,
        array_to_string(list_sort(list_distinct(flatten(list(reasons)))), '; ') as reason
    from latest where abs(quantity)::double >= {PART} * most
    group by all having count(*) > 1 and over_limit >= {LEAST}
), member as (
    select *, unnest(owners) as owner_id from together
), begun as (
    select *, lag(ts) over w as before, lag(accounts) over w as fewer from member
    window w as (partition by owner_id, hand, instrument, direction order by ts)
)
select ts, instrument, owner_id, hand, tie, nullif(reason, '') as reason, direction, accounts,
    nullif(array_to_string(list_filter(owners, lambda x: x <> owner_id), ' '), '') as others,
    over_limit, largest, trader_ids
from begun where before is null or ts - before > {_PAUSE} or accounts > fewer
qualify row_number() over (partition by owner_id, instrument, ts
    order by over_limit desc, tie, hand, direction) = 1
"""
