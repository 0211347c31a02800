"""How often would he stand there by accident: dealing ahead of others, against one's own rate.

``odds`` is the chance that the account begins to deal so near to when something became known, at
its own rate: how often it began that way in the day before, with orders as large, and half a time
more, over the time observed; its last hour's if that is more; what is judged is left out. Orders a
few minutes apart are one decision. If most of it was left, the chance of leaving so soon after
counts as well. Where there are a thousand occasions a day somebody is lucky, so ``chance`` is that
of as many so near among all as large as this one that the account could see in a day (six, of
requests and stops, which are few), for whatever number of them is the most surprising. A decision
near to several occasions is of the one that it is nearest to.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from math import exp, log
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import gammainc

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
    ("kind", "occasion", "instrument", "known_at", "trader_id"),
    "ts",
    (
        Column("ts", TIME, "When it began to deal", required=True),
        Column("waited", "DOUBLE", "Seconds from knowing until then; below 0 before", required=True),
        Column("left_after", "DOUBLE", "Seconds from the end of the occasion until it began to leave"),
        Column("odds", "DOUBLE", "Chance of standing so near by accident, once", required=True),
        Column("chance", "DOUBLE", "Chance of it among all occasions that it saw", required=True),
        Column("hits", WHOLE, "Occasions it stood that near to, and ahead of", required=True),
        Column("against", WHOLE, "Occasions it stood that near to, and against", required=True),
        Column("seen", WHOLE, "Occasions that it could see in that time", required=True),
        *dealings_ahead.TABLE.columns,
    ),
    fact=True,
)
READS = ("dealings_ahead", "occasions", "insiders", "fills", "instruments", "orders", "trades")
REACH = timedelta(days=7)

LIKELY = 0.05
"""What is likelier than that is neither kept nor counted: for cost, above any rule's line."""
_PAUSE = 5 * MINUTE
"""Orders nearer than that to one another are one decision."""
_MATERIAL = 5
"""An order of less than a fifth of the largest judged is not one like it."""
_MOST = 0.5
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
_SEEN = f"""
select i.trader_id, o.kind, list(epoch_us(o.settled_at) order by o.settled_at, o.occasion),
    list(coalesce(o.notional, 0)::double order by o.settled_at, o.occasion)
from occasions o join insiders i on {SEES} semi join dealings_ahead d on d.trader_id = i.trader_id
group by all
"""
_START = "select min(epoch_us(ts)) from (select ts from orders union all select ts from trades)"
_KEY = ("kind", "occasion", "instrument", "known_at", "trader_id")
_DEALT = f"""
select {", ".join(_KEY)}, epoch_us(known_at) as known, epoch_us(since) as since,
    epoch_us(public_at) as public, epoch_us(over_at) as over, epoch_us(settled_at) as settled,
    underlying, is_up, ahead, largest, closed, coalesce(worth, 0)::double as worth
from dealings_ahead order by settled, {", ".join(_KEY)}
"""
_JUDGED = pa.schema(
    [(name, pa.timestamp("us") if name == "known_at" else pa.string()) for name in _KEY]
    + [("began", pa.int64()), ("left_after", pa.float64())]
    + [("odds", pa.float64()), ("chance", pa.float64())]
    + [(name, pa.int64()) for name in ("hits", "against", "seen")]
)
_MADE = f"""
select make_timestamp(j.began) as ts, (j.began - epoch_us(d.known_at)) / 1e6 as waited,
    j.left_after / 1e6 as left_after, j.odds, j.chance, j.hits, j.against, j.seen, d.*
from dealings_ahead d join judged j using ({", ".join(_KEY)})
order by settled_at, {", ".join(_KEY)}
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Judge each dealing by its account's own rate, and all of an account's together."""
    acts = _series(connection, _ACTS)
    seen = _series(connection, _SEEN)
    start = connection.execute(_START).fetchall()[0][0]
    by_account = defaultdict(list)
    for row in connection.sql(_DEALT).to_arrow_table().to_pylist():
        if judge(row, acts, start) <= LIKELY:
            by_account[row["trader_id"], row["kind"]].append(row)
    judged = [row for key, rows in sorted(by_account.items()) for row in together(rows, seen[key])]
    names = _JUDGED.names
    table = pa.Table.from_pylist([{name: row[name] for name in names} for row in judged], _JUDGED)
    connection.register("judged", table)
    made = connection.sql(_MADE).to_arrow_table()
    connection.unregister("judged")
    return made


def judge(row: Row, acts: Mapping[tuple[Any, ...], Acts], start: int) -> float:
    """Add to a row when it began, when it left, and the chance of both; return the chance."""
    own = begins(acts[row["trader_id"], row["underlying"], row["is_up"]], row["largest"])
    inside = own[(own >= row["since"]) & (own < row["public"])]
    row.update(began=None, left_after=None, odds=1.0)
    if not len(inside):
        return 1.0
    row["began"] = began = int(inside[np.argmin(np.abs(inside - row["known"]))])
    away = row["public"] - row["since"] if row["kind"] == "stops" else abs(began - row["known"])
    until = row["known"] if began >= row["known"] else row["since"]
    row["odds"] = chance_of(rate(own, until, start) * max(away, _AT_ONCE))
    _leave(row, acts, start)
    return float(row["odds"])


def _leave(row: Row, acts: Mapping[tuple[Any, ...], Acts], start: int) -> None:
    key = (row["trader_id"], row["underlying"], not row["is_up"])
    if row["closed"] < _MOST or key not in acts:
        return
    other = begins(acts[key], row["largest"])
    inside = other[(other >= row["public"]) & (other < row["settled"])]
    if len(inside):
        left = int(inside[0])
        row["left_after"] = left - (row["over"] if left >= row["over"] else row["public"])
        leaving = rate(other, row["known"], start) * max(row["left_after"], _AT_ONCE)
        both = row["odds"] * chance_of(leaving)
        row["odds"] = min(row["odds"], both * (1 - log(both)) if both else 0.0)


def begins(acts: Acts, largest: float) -> NDArray[np.int64]:
    """Return when each decision to deal began, with orders not much smaller than one."""
    times, sizes = acts
    times = times[sizes * _MATERIAL >= largest]
    return times[np.diff(times, prepend=-(_PAUSE + 1)) > _PAUSE]


def rate(own: NDArray[np.int64], until: int, start: int) -> float:
    """Return decisions a microsecond before a time, never 0; without limit if none was observed."""
    observed = min(DAY, until - start)
    if observed <= 0:
        return float("inf")
    day, hour, now = np.searchsorted(own, [until - DAY, until - HOUR, until])
    return float(max((now - day + 0.5) / observed, (now - hour) / HOUR))


def chance_of(expected: float) -> float:
    """Return the chance of at least one where so many are expected."""
    return 1 - exp(-expected) if expected > 1e-9 else expected


def together(rows: list[Row], seen: Acts) -> Iterator[Row]:
    """Yield an account's dealings that are each of one occasion, with what they come to together."""
    for place, row in enumerate(rows):
        since = row["settled"] - _LOOKED_AT[row["kind"]]
        recent = list(nearest(each for each in rows[: place + 1] if each["settled"] > since))
        if row in recent:
            near = [each for each in recent if each["ahead"] and each["worth"] >= row["worth"]]
            times, worth = seen
            count = int(((times > since) & (times <= row["settled"]) & (worth >= row["worth"])).sum())
            row["chance"] = min(
                (float(gammainc(number, count * each["odds"]))
                 for number, each in enumerate(near, 1) if each["odds"] >= row["odds"]),
                default=1.0,
            )  # fmt: skip
            ahead = sum(each["ahead"] for each in recent)
            row.update(hits=ahead, against=len(recent) - ahead, seen=count)
            yield row


def nearest(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield of rows that are about one decision the least likely, least likely first."""
    taken = set()
    for row in sorted(rows, key=lambda row: float(row["odds"])):
        decision = row["underlying"], row["is_up"], row["began"]
        if decision not in taken:
            taken.add(decision)
            yield row


def _series(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[tuple[Any, ...], Acts]:
    """Return by key, which comes first, the last two columns: lists of times and of sizes."""
    rows = connection.execute(sql).fetchall()
    return {
        tuple(key): (np.array(times, dtype=np.int64), np.array(sizes, dtype=np.float64))
        for *key, times, sizes in rows
    }
