"""How often would he stand there by accident: dealing ahead of others, against one's own rate.

``odds`` is the chance of as many orders that way so near to what became known, at the account's own
rate of the day before (its orders that way and half a one, over the time observed; its last hour's
if that is more; what is judged is left out), together with that of leaving so soon after, if most
was left. Where there are a thousand occasions a day somebody is lucky, so ``chance`` is that of as
many so near among all that the account could see in a day (six, of requests and stops, which are
few), for whatever number of them is the most surprising.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import timedelta
from math import log
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import gammainc

from surveillance.activity.catalogue import TIME, WHOLE, Column, Table
from surveillance.activity.facts import dealings_ahead
from surveillance.activity.facts.insiders import SEES
from surveillance.times import DAY, HOUR, SECOND

Times: TypeAlias = NDArray[np.int64]

TABLE = Table(
    "ahead",
    "One row an occasion and account that dealt before others felt it, nearer than by accident",
    ("kind", "occasion", "instrument", "known_at", "trader_id"),
    "ts",
    (
        Column("ts", TIME, "When it first dealt", required=True),
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
_MOST_LEFT = 0.5
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
        coalesce(f.order_key, f.trade_key) as act, min(epoch_us(f.ts)) as us
    from fills f semi join dealings_ahead using (trader_id) left join terms t using (instrument)
    where not f.is_block and not f.is_liquidation group by all
)
select trader_id, underlying, up, list(us order by us) from act group by all
"""
_SEEN = f"""
select i.trader_id, o.kind, list(epoch_us(o.settled_at) order by o.settled_at)
from occasions o join insiders i on {SEES} semi join dealings_ahead d on d.trader_id = i.trader_id
group by all
"""
_START = "select min(epoch_us(ts)) from (select ts from orders union all select ts from trades)"
_KEY = ("kind", "occasion", "instrument", "known_at", "trader_id")
_DEALT = f"""
select {", ".join(_KEY)}, epoch_us(known_at) as known, epoch_us(since) as since,
    epoch_us(public_at) as public, epoch_us(settled_at) as settled, epoch_us(first_at) as first,
    epoch_us(last_at) as last, epoch_us(first_after) as first_after, underlying, is_up, ahead,
    acts, acts_after, closed, left_after
from dealings_ahead order by settled, {", ".join(_KEY)}
"""

_JUDGED = pa.schema(
    [(name, pa.timestamp("us") if name == "known_at" else pa.string()) for name in _KEY]
    + [("odds", pa.float64()), ("chance", pa.float64())]
    + [(name, pa.int64()) for name in ("hits", "against", "seen")]
)
_MADE = f"""
select d.first_at as ts, j.odds, j.chance, j.hits, j.against, j.seen, d.*
from dealings_ahead d join judged j using ({", ".join(_KEY)})
order by settled_at, {", ".join(_KEY)}
"""


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Judge each dealing by its account's own rate, and all of an account's together."""
    acts = {tuple(key): np.array(us) for *key, us in connection.execute(_ACTS).fetchall()}
    seen = {(who, kind): np.array(us) for who, kind, us in connection.execute(_SEEN).fetchall()}
    start = connection.execute(_START).fetchall()[0][0]
    by_account = defaultdict(list)
    for row in connection.sql(_DEALT).to_arrow_table().to_pylist():
        row["odds"] = odds(row, acts, start)
        if row["odds"] <= LIKELY:
            by_account[row["trader_id"], row["kind"]].append(row)
    judged = [row for key, rows in sorted(by_account.items()) for row in together(rows, seen[key])]
    names = [field.name for field in _JUDGED]
    table = pa.Table.from_pylist([{name: row[name] for name in names} for row in judged], _JUDGED)
    connection.register("judged", table)
    made = connection.sql(_MADE).to_arrow_table()
    connection.unregister("judged")
    return made


def odds(row: Mapping[str, Any], acts: Mapping[tuple[Any, ...], Times], start: int) -> float:
    """Return the chance of dealing so near, and leaving so soon, at the account's own rate."""
    own = acts[row["trader_id"], row["underlying"], row["is_up"]]
    known, since = row["known"], row["since"]
    chances = [1.0]
    if row["kind"] == "stops":
        chances.append(at_least(row["acts"], rate(own, since, start) * (row["public"] - since)))
    elif row["acts_after"]:
        now = rate(own, known, start)
        chances.append(at_least(1, now * (row["first_after"] - known)))
        chances.append(at_least(row["acts_after"], now * (row["last"] - known)))
    if row["acts"] > row["acts_after"] and row["kind"] != "stops" and since > start:
        length = max(row["last"], known) - row["first"]
        chances.append(at_least(row["acts"], rate(own, since, start) * length))
    entered = min(chances)
    if row["left_after"] is None or row["closed"] < _MOST_LEFT:
        return entered
    other = acts[row["trader_id"], row["underlying"], not row["is_up"]]
    left = at_least(1, rate(other, known, start) * max(_AT_ONCE, row["left_after"] * SECOND))
    both = entered * left
    return min(entered, both * (1 - log(both)) if both > 0 else 0.0)


def rate(own: Times, until: int, start: int) -> float:
    """Return orders a microsecond before a time, never 0; nothing is known where none passed."""
    observed = min(DAY, until - start)
    if observed <= 0:
        return float("inf")
    day, hour, now = np.searchsorted(own, [until - DAY, until - HOUR, until])
    return max((now - day + 0.5) / observed, (now - hour) / HOUR)


def at_least(count: int, expected: float) -> float:
    """Return the chance of at least as many where so many are expected (Poisson)."""
    return float(gammainc(count, max(expected, 1e-12))) if expected < 1e9 else 1.0


def together(rows: list[dict[str, Any]], seen: Times) -> Iterable[dict[str, Any]]:
    """Yield an account's rows, in order of when all is known, with what they come to together."""
    settled = np.array([row["settled"] for row in rows])
    for place, row in enumerate(rows):
        until = row["settled"]
        since = until - _LOOKED_AT[row["kind"]]
        recent = rows[int(np.searchsorted(settled, since, side="right")) : place + 1]
        near = sorted(each["odds"] for each in recent if each["ahead"])
        count = int(np.searchsorted(seen, until, side="right"))
        count -= int(np.searchsorted(seen, since, side="right"))
        row["chance"] = min(
            (at_least(number, count * each) for number, each in enumerate(near, 1)
             if each >= row["odds"]), default=1.0
        )  # fmt: skip
        row["hits"], row["against"], row["seen"] = len(near), len(recent) - len(near), count
        yield row
