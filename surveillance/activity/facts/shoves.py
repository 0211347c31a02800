"""Hands that threw far more at a book than it usually takes, whether or not it gave way.

A hand is an owner, or owners tied to one. Over five minutes it took half at least of what was
taken that way, and many times of what others usually take that way in so long: the mean of the day
before, or of as much of it as the instrument has traded, an hour at least. It is told in the first
minute of which that holds, unless another one of the same hand, that way, came in the ten minutes
before. Where others took nothing in a day, nothing is usual, and no row says so.
"""

from datetime import timedelta

from surveillance.activity.catalogue import BILLION, MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts.drives import PUSHING
from surveillance.times import HOUR, MINUTE

TABLE = Table(
    "shoves",
    "One row a hand and five minutes in which it took many times of what is usual one way",
    ("instrument", "hand", "side", "ts"),
    "ts",
    (
        Column("ts", TIME, "Start of the minute in which it was enough", required=True),
        Column("began_at", TIME, "When it first took in those five minutes", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("hand", TEXT, "Owner, or group of owners by its core, that took", required=True),
        Column("side", TEXT, "Which way", required=True, allowed=("buy", "sell")),
        Column("took", MONEY, "Value it took that way in them", required=True),
        Column("share", "DOUBLE", "Its part of what was taken that way", required=True),
        Column("heavy", "DOUBLE", "Value, at most in ten minutes more, over the usual of others",
               required=True),
        Column("moved", WHOLE, "Its part of the move of those minutes, billionths", required=True),
        Column("rested", "DOUBLE",
               "Share of what it traded in six hours before that met it resting"),
    ),
    fact=True,
)  # fmt: skip
READS = ("pushes", "prevailing", "fills", "groups")
TAKES = {
    "fills": ("is_taker", "notional"),
    "groups": ("group_id",),
    "pushes": ("bought", "sold", "moved"),
}
REACH = timedelta(hours=25)
AHEAD = timedelta(minutes=10)
"""How heavy it became in the nine minutes that followed, and the price a minute later."""

LEAST, SHARE, HEAVY = 5_000, 0.4, 15
"""USD, share and times of the usual below which there is no row: below any rule's line."""

_WAY = """
select instrument, hand, minute, {sign} as sign, sum({took}) as took,
    sum(greatest({sign} * moved, 0)) as moved, min(ts) as began_at
from push where {took} > 0 group by all
"""


def _sums(by: str, rows: str) -> str:
    return f"""
    select {by}, minute, sum(took) over five as took, sum(moved) over five as moved,
        min(began_at) over five as began_at, coalesce(sum(took) over day, 0) as day,
        greatest(60, minute - 4 - min(minute) over day) as known
    from {rows}
    window five as (partition by {by} order by minute range between 4 preceding and current row),
        day as (partition by {by} order by minute range between 1444 preceding and 5 preceding)"""


_EVERYBODY = """(select instrument, sign, minute, sum(took) as took, sum(moved) as moved,
    min(began_at) as began_at from way group by all)"""

SQL = f"""
with {PUSHING}, way as (
    {_WAY.format(sign=1, took="bought")} union all {_WAY.format(sign=-1, took="sold")}
), venue as ({_sums("instrument, sign", _EVERYBODY)}
), own as ({_sums("instrument, sign, hand", "way")}
), strong as (
    select o.*, v.moved as all_moved, o.took::double / v.took::double as share,
        o.took::double * v.known / nullif((v.day - o.day) * 5, 0)::double as heavy
    from own o join venue v using (instrument, sign, minute)
    where o.took >= {LEAST} and o.took >= {SHARE} * v.took
), first as (
    select *, lag(minute) over w as earlier,
        max(heavy) over (w range between current row and 9 following) as most
    from strong where heavy >= {HEAVY}
    window w as (partition by instrument, hand, sign order by minute)
), priced as (
    select f.*, if(f.minute * 60 - 240 < b.stop and b.mid > 0, b.mid, null) as start_mid,
        if(f.minute * 60 + 60 < e.stop, e.mid, null) as end_mid
    from first f
        asof left join prevailing b on b.instrument = f.instrument
            and b.first <= f.minute * 60 - 240
        asof left join prevailing e on e.instrument = f.instrument and e.first <= f.minute * 60 + 60
), shove as (
    select *, minute // 60 as hour, greatest(0, coalesce(least(moved, round({BILLION} * sign
        * (end_mid::double / start_mid::double - 1) * (moved::double / nullif(all_moved, 0)::double)
        )), 0)) as own
    from priced where coalesce(minute - earlier > 10, true)
), habit as (
    select s.hand, s.minute, sum(f.notional) filter (not f.is_taker)::double
        / nullif(sum(f.notional)::double, 0) as rested
    from (select distinct hand, minute, unnest(range(hour - 6, hour + 1)) as near from shove) s
        join (select coalesce(m.hand, f.owner_id) as hand, f.ts, f.is_taker, f.notional,
                epoch_us(f.ts) // {HOUR} as hour
            from fills f left join member m using (owner_id)
            where coalesce(m.hand, f.owner_id) in (select hand from shove)
        ) f on f.hand = s.hand and f.hour = s.near
    where epoch_us(f.ts) >= (s.minute - 360) * {MINUTE} and epoch_us(f.ts) < s.minute * {MINUTE}
    group by all
)
select make_timestamp(s.minute * {MINUTE}) as ts, s.began_at, s.instrument, s.hand,
    if(s.sign > 0, 'buy', 'sell') as side, cast(s.took as decimal(18, 6)) as took, s.share,
    s.most as heavy, cast(s.own as bigint) as moved, h.rested
from shove s left join habit h using (hand, minute)
"""
