"""How often would he stand there by accident: dealing ahead of others, against one's own rate.

``odds`` is the chance that the account deals so near to when something became known, at its own
rate: its orders that way, as large as these, and half a one, over the time observed in the day
before, or those of its last hour or last five minutes if that is more; what is judged is left out.
The chance of leaving most of it so soon after counts as well (the chance of a product as small as
theirs, by Fisher; what is kept has chance 1), but not of who would stand there anyway: the move
itself is a reason to sell. Where there are a thousand occasions a day somebody is lucky, so
``chance`` is that of as many so near among all as large as this one that the account could see in a
day (six, of requests and stops, which are few); or of all that were less near, where that is odder
still; times how many such counts there are to choose from. What accounts of one hand did is counted
together, and each of them is one try more. ``anybody`` is the chance that one of all who may see
such things and dealt on the day before is so lucky. What was one decision, its orders minutes
apart, is of that occasion which it is nearest to.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from math import expm1, log
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.activity.catalogue import TIME, WHOLE, Column, Table
from surveillance.activity.facts import dealings_ahead
from surveillance.activity.facts.insiders import SEES
from surveillance.times import DAY, HOUR, MINUTE, SECOND

Row: TypeAlias = dict[str, Any]
Acts: TypeAlias = tuple[NDArray[np.int64], NDArray[np.float64]]
"""When an account dealt one way, in order, and how large."""

TABLE = Table(
    "ahead",
    "One row an occasion and account that dealt before others felt it, nearer than by accident",
    ("kind", "occasion", "instrument", "known_at", "trader_id", "since"),
    "ts",
    (
        Column("ts", TIME, "When it began to deal", required=True),
        Column(
            "waited", "DOUBLE", "Seconds from knowing until then; below 0 before", required=True
        ),
        Column("closed", "DOUBLE", "Part of the position left in time", required=True),
        Column("left_after", "DOUBLE", "Seconds from the end of the occasion to leaving first"),
        Column("left_by", TIME, "When that part was left"),
        Column("delivered", "DOUBLE", "Part of it that the client itself took over"),
        Column("markup", "DOUBLE", "Gain of that over the average price it dealt at, part of it"),
        Column("unusual", "DOUBLE", "Largest order over its average of the day before, if any"),
        Column("odds", "DOUBLE", "Chance of standing so near by accident, once", required=True),
        Column(
            "chance", "DOUBLE", "Chance of that, as often, among all that it saw", required=True
        ),
        Column("anybody", "DOUBLE", "Chance that anybody who may see does so", required=True),
        Column("hits", WHOLE, "Occasions it stood that near to, and ahead of", required=True),
        Column("against", WHOLE, "Occasions it stood that near to, and against", required=True),
        Column("seen", WHOLE, "Occasions that it could see in that time", required=True),
        Column(
            "occasions", "VARCHAR[]", "Those it stood that near to, and ahead of", required=True
        ),
        *dealings_ahead.TABLE.columns,
    ),
    fact=True,
)
READS = ("dealings_ahead", "occasions", "insiders", "fills", "instruments", "orders", "trades")
TAKES = {"fills": (*dealings_ahead.TAKES["fills"], "price")}
REACH = timedelta(days=7)
NARROWED = ("settled_at",)
VERSION = 6

LIKELY = 0.05
"""What is likelier than that is neither kept nor counted: for cost, above any rule's line."""
_PAUSE = 5 * MINUTE
"""Orders nearer than that to one another are of one decision."""
_MATERIAL = 5
"""An order of less than a fifth of the largest judged is not one like it."""
_MOST = 0.5
"""Part of a position that must be left for leaving to count; not by meeting the client itself."""
_OTHER = 2
"""An order of more than that times the position leaves for something else."""
_ANYWAY = 0.1
"""Who stands so near by accident one time in ten has not come for it, however soon it leaves."""
_AT_ONCE = SECOND // 1000
"""Two things within a millisecond are as near as two things can be known to be."""
_LOOKED_AT = {"order": DAY, "request": 6 * DAY, "stops": 6 * DAY}

_ACTS = """
with terms as (
    select instrument, option_kind, coalesce(underlying, instrument) as underlying from instruments
    qualify row_number() over (partition by instrument order by ts desc) = 1
), act as (
    select f.trader_id, coalesce(t.underlying, f.instrument) as underlying,
        (f.side = 'buy') = (coalesce(t.option_kind, 'call') = 'call') as up,
        coalesce(f.order_key, f.trade_key) as act, min(epoch_us(f.ts)) as us,
        coalesce(sum(f.notional), sum(f.quantity))::double as size
    from fills f semi join dealings_ahead using (trader_id) left join terms t using (instrument)
    where not f.is_block and not f.is_liquidation group by all
)
select trader_id, underlying, up, list(us order by us, act), list(size order by us, act)
from act group by all
"""
_ORDERS = """
with act as (
    select f.trader_id, coalesce(f.order_key, f.trade_key) as act, min(epoch_us(f.ts)) as us,
        coalesce(sum(f.notional), sum(f.quantity))::double as size
    from fills f semi join dealings_ahead using (trader_id)
    where not f.is_block and not f.is_liquidation group by all
)
select trader_id, list(us order by us, act), list(size order by us, act) from act group by all
"""
_SEEN = f"""
with seen as (
    select distinct i.hand, o.kind, o.occasion, o.instrument, o.settled_at, o.notional
    from occasions o join insiders i on {SEES}
        semi join dealings_ahead d on d.trader_id = i.trader_id
)
select hand, kind, list(epoch_us(settled_at) order by settled_at, occasion, instrument),
    list(coalesce(notional, 0)::double order by settled_at, occasion, instrument)
from seen group by all
"""
_WATCHED = f"""
select epoch_us(f.ts) // {DAY} + 1, count(distinct f.trader_id)
from fills f join insiders i using (trader_id)
where i.access is not null and not f.is_block and not f.is_liquidation group by all
"""
_START = "select min(epoch_us(ts)) from (select ts from orders union all select ts from trades)"
_KEY = ("kind", "occasion", "instrument", "known_at", "trader_id", "since")
_DEALT = f"""
select {", ".join(_KEY)}, hand, epoch_us(known_at) as known, epoch_us(since) as since_us,
    epoch_us(public_at) as public, epoch_us(over_at) as over, epoch_us(settled_at) as settled,
    epoch_us(first_at) as began, underlying, is_up, ahead, held, largest,
    coalesce(worth, 0)::double as worth
from dealings_ahead join (select trader_id, hand from insiders) using (trader_id)
where (hand, kind) in (select hand, kind from dealings_ahead join insiders using (trader_id)
    where {{settled}})
order by settled, {", ".join(_KEY)}
"""
"""All that a hand did before occasions of a kind is judged together; of others nothing is."""
_JUDGED = pa.schema(
    [(name, pa.timestamp("us") if name in ("known_at", "since") else pa.string()) for name in _KEY]
    + [("left", pa.int64()), ("left_by", pa.timestamp("us"))]
    + [(name, pa.float64()) for name in ("closed", "unusual", "odds", "chance", "anybody")]
    + [(name, pa.int64()) for name in ("hits", "against", "seen")]
    + [("occasions", pa.list_(pa.string()))]
)
# Of one account and the minutes before an occasion the text of an id is enough to find its trade.
_PAID = "cast(f.price::double * f.quantity::double as decimal(38, 8))"
_MADE = f"""
with judging as (
    select j.*, d.* exclude ({", ".join(_KEY)}) from dealings_ahead d
        join judged j using ({", ".join(_KEY)})
), leaving as (
    select j.kind, j.occasion, j.instrument, j.known_at, j.trader_id, j.since,
        list(distinct f.trade_id) as trade_ids, list(distinct f.order_id) as order_ids,
        sum(case when c.trade_key is not null then coalesce(f.notional, f.quantity) end)::double
            as delivered,
        sum({_PAID}) filter (c.trade_key is not null)::double
            / sum(f.quantity) filter (c.trade_key is not null)::double as price
    from judging j join fills f on f.trader_id = j.trader_id and f.ts >= j.public_at
        and f.ts <= j.left_by and (f.side = 'buy') <> j.is_up
        left join fills c on c.trade_key = f.trade_key and c.side <> f.side
        and c.owner_id = j.client_owner_id
        left join (select distinct instrument, underlying from instruments) t
        on t.instrument = f.instrument
    where coalesce(t.underlying, f.instrument) = j.underlying
    group by all
), dealt as (
    select j.kind, j.occasion, j.instrument, j.known_at, j.trader_id, j.since,
        sum({_PAID})::double / sum(f.quantity)::double as price
    from (select *, unnest(trade_ids) as trade_id from judging) j
        join fills f using (trade_id, trader_id)
    where f.ts >= j.since and f.ts < j.public_at group by all
)
select j.first_at as ts, epoch(j.first_at) - epoch(j.known_at) as waited, j.left / 1e6
    as left_after, l.delivered / j.held as delivered,
    (l.price / b.price - 1) * case when j.is_up then 1 else -1 end as markup,
    j.* exclude ("left", trade_ids, order_ids),
    list_sort(list_distinct(j.trade_ids || coalesce(l.trade_ids, []))) as trade_ids,
    list_sort(list_distinct(j.order_ids || coalesce(l.order_ids, []))) as order_ids
from judging j left join leaving l using ({", ".join(_KEY)})
    left join dealt b using ({", ".join(_KEY)})
order by settled_at, {", ".join(_KEY)}
"""


def compute(connection: duckdb.DuckDBPyConnection, settled: str = "true") -> pa.Table:
    """Judge each dealing by its account's own rate, and all of an account's together.

    Of hands that have none which is settled so, nothing is judged.
    """
    acts, seen = _series(connection, _ACTS), _series(connection, _SEEN)
    start = connection.execute(_START).fetchall()[0][0]
    by_hand = defaultdict(list)
    every = _series(connection, _ORDERS)
    for row in connection.sql(_DEALT.format(settled=settled)).to_arrow_table().to_pylist():
        judge(row, acts, start)
        if row["odds"] <= LIKELY:
            row["unusual"] = unusual(row, every[(row["trader_id"],)])
            by_hand[row["hand"], row["kind"]].append(row)
    judged = [row for key, rows in sorted(by_hand.items()) for row in together(rows, seen[key])]
    watched = dict(connection.execute(_WATCHED).fetchall())
    for row in judged:
        row["anybody"] = 1 - (1 - row["chance"]) ** watched.get(row["public"] // DAY, 1)
    table = pa.Table.from_pylist(
        [{name: row[name] for name in _JUDGED.names} for row in judged], _JUDGED
    )
    connection.register("judged", table)
    made = connection.sql(_MADE).to_arrow_table()
    connection.unregister("judged")
    return made


def judge(row: Row, acts: Mapping[tuple[Any, ...], Acts], start: int) -> None:
    """Add to a row the chance of it, how much of it was left, and of which decision it was."""
    who, what, way = row["trader_id"], row["underlying"], row["is_up"]
    own = _alike(acts[who, what, way], row["largest"])[0]
    before = own[: np.searchsorted(own, row["began"], side="right")]
    pauses = np.flatnonzero(np.diff(before) > _PAUSE)
    row["decision"] = who, what, way, int(before[pauses[-1] + 1] if len(pauses) else before[0])
    near = abs(row["began"] - row["known"])
    if row["kind"] == "stops":
        near = row["public"] - row["since_us"]
    both = likely(rate(own, row["since_us"], start), near)
    other = acts.get((who, what, not way))
    leave(row, other and _alike(other, row["largest"]))
    if other and row["left"] and row["closed"] >= _MOST and both <= _ANYWAY:
        leaving = rate(_alike(other, row["largest"])[0], row["known"], start)
        both *= likely(leaving, row["left"])
    row["odds"] = both * (1 - log(both))


def leave(row: Row, acts: Acts | None) -> None:
    """Add to a row what part of the position was left, how soon after the occasion, and by when."""
    row.update(closed=0.0, left=None, left_by=None)
    if acts is None:
        return
    part = slice(*np.searchsorted(acts[0], [row["public"], row["settled"]]))
    for when, size in zip(acts[0][part].tolist(), acts[1][part].tolist(), strict=True):
        if size <= _OTHER * row["held"]:
            if row["left"] is None:
                row["left"] = when - (row["over"] if when >= row["over"] else row["public"])
            row["closed"] = min(1.0, row["closed"] + size / row["held"])
            row["left_by"] = when
            if row["closed"] == 1:
                return


def unusual(row: Row, orders: Acts) -> float | None:
    """Return how often the account's average order of the day before its largest one is."""
    times, sizes = orders
    usual = sizes[(times >= row["since_us"] - DAY) & (times < row["since_us"])]
    return float(row["largest"] / usual.mean()) if len(usual) and usual.any() else None


def rate(own: NDArray[np.int64], until: int, start: int) -> float:
    """Return orders a microsecond before a time, never 0; without limit if none was observed."""
    observed = min(DAY, until - start)
    if observed <= 0:
        return float("inf")
    day, hour, just, now = np.searchsorted(own, [until - DAY, until - HOUR, until - _PAUSE, until])
    return float(max((now - day + 0.5) / observed, (now - hour) / HOUR, (now - just) / _PAUSE))


def likely(often: float, near: int) -> float:
    """Return the chance of at least one within a time, at a rate."""
    return max(-expm1(-often * max(near, _AT_ONCE)), 1e-15)


def together(rows: list[Row], seen: Acts) -> Iterator[Row]:
    """Yield a hand's dealings, each of one occasion, with what they come to together."""
    times, worth = seen
    settled = [row["settled"] for row in rows]
    for row in rows:
        since, until = row["settled"] - _LOOKED_AT[row["kind"]], row["settled"]
        recent = list(nearest(rows[bisect_right(settled, since) : bisect_right(settled, until)]))
        if any(row is each for each in recent):
            alike = [each for each in once(recent) if each["worth"] >= row["worth"]]
            shown = (times > since) & (times <= until) & (worth >= row["worth"])
            row["seen"] = int(shown.sum())
            tries = row["seen"] * len({each["trader_id"] for each in recent})
            row.update(rarest(row, sorted(alike, key=lambda each: float(each["odds"])), tries))
            yield row


def rarest(row: Row, alike: list[Row], tries: int) -> Row:
    """Return how many stood as near as a row, or less near, where that is odder, and its chance."""
    from scipy.special import gammainc

    own, *wider = [n for n, each in enumerate(alike, 1) if each["odds"] >= row["odds"]] or [0]
    counts = [own, *(n for n in wider if alike[n - 1]["ahead"])]
    found: Row = {"chance": 2.0}
    for count in counts:
        near = [each for each in alike[:count] if each["ahead"]]
        odds = max(row["odds"], alike[count - 1]["odds"]) if count else row["odds"]
        chance = float(gammainc(len(near), tries * odds)) if row["ahead"] else 1.0
        chance = min(1.0, chance * len(counts))
        if chance < found["chance"]:
            found = {
                "chance": chance,
                "hits": len(near),
                "against": count - len(near),
                "occasions": sorted({each["occasion"] for each in near}),
            }
    return found


def nearest(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield of rows that are about one decision the least likely, least likely first."""
    taken = set()
    for row in sorted(rows, key=lambda row: float(row["odds"])):
        if row["decision"] not in taken:
            taken.add(row["decision"])
            yield row


def once(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield of an occasion only what the first account did, of several of one hand."""
    first: dict[tuple[Any, ...], str] = {}
    for row in rows:
        who = first.setdefault((row["occasion"], row["instrument"], row["known"]), row["trader_id"])
        if who == row["trader_id"]:
            yield row


def _alike(acts: Acts, largest: float) -> Acts:
    times, sizes = acts
    alike = sizes * _MATERIAL >= largest
    return times[alike], sizes[alike]


def _series(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[tuple[Any, ...], Acts]:
    """Return by key, which comes first, the last two columns: lists of times and of sizes."""
    rows = connection.execute(sql).fetchall()
    return {
        tuple(key): (np.array(times, dtype=np.int64), np.array(sizes, dtype=np.float64))
        for *key, times, sizes in rows
    }
