"""Owners who make a day's tape among themselves, and how unlike real trading their sizes are.

A day begins at midnight or at noon, so that a group is not cut in two by either; what was over by
the middle of one stands in the one before. Two owners are joined where each took from the other at
least three times in a day and instrument,
by orders of one size: makers who cross each other's quotes meet both ways too, but not all of one
order with all of another. Only such trades are counted. Of each group of two to eight, the
sizes of its inner trades are put to the tests that Aloosh and Li (Finance Research Letters, on
trades known to be fake) found to tell: first digits against Benford's law, fewer round sizes than
the others in that instrument, and sizes that are not log-normal; and the hours in which the
group is awake against the others' volume then, for a break in the tape. The tail of a power law,
which they found to mislead, is left out. Each test counts at the one per cent level.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table
from surveillance.activity.facts import typed
from surveillance.times import DAY, HOUR, naive

TABLE = Table(
    "tape_groups",
    "One row a member of a group that trades among itself both ways, and day from midnight or noon",
    ("group_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the day", required=True),
        Column("settled_at", TIME, "End of the day", required=True),
        Column("group_id", TEXT, "Names instrument, day and members", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "A member", required=True),
        Column("others", TEXT, "The other members, joined by a space", required=True),
        Column("members", WHOLE, "How many members", required=True),
        Column("began_at", TIME, "First inner trade", required=True),
        Column("trades", WHOLE, "Trades among the members", required=True),
        Column("notional", MONEY, "Their notional value", required=True),
        Column("share", "DOUBLE", "Their part of the instrument's trades that day", required=True),
        Column("inside", "DOUBLE", "Least part of a member's trades that is inner", required=True),
        Column("benford", "DOUBLE", "Chi-square of first digits; 20.1 is one per cent"),
        Column("round_less", "DOUBLE", "Fewer round sizes than others, z; 2.33 is one per cent"),
        Column("lognormal", "DOUBLE", "Distance from log-normal x root n; 1.03 is one per cent"),
        Column("break_ratio", "DOUBLE", "Volume of its hours with it, over without it"),
        Column("trade_ids", "VARCHAR[]", "Trades among the members", required=True),
    ),
    fact=True,
)
READS = ("fills", "crosses")
VERSION = 3

AGAIN = 3
LARGEST = 8
FEWEST = 10
"""Inner trades of a day below which nothing is said."""

_HALF = DAY // 2
SETTLES = (_HALF, -1)

_ONE_SIZE = "select trade_key from crosses where side = 'buy' and size_gap <= 0.01"

_BOTH = f"""
with took as (
    select instrument, epoch_us(ts) // {_HALF} + unnest([-1, 0]) as half, owner_id,
        counterparty_owner_id as other
    from fills join ({_ONE_SIZE}) using (trade_key)
    where is_taker and counterparty_owner_id <> owner_id
), meeting as (
    select * from took group by all having count(*) >= {AGAIN}
)
select a.instrument, a.half, a.owner_id, a.other from meeting a join meeting b
    on b.instrument = a.instrument and b.half = a.half and b.owner_id = a.other
        and b.other = a.owner_id and a.owner_id < b.owner_id
order by all
"""

_TAPE = f"""
select f.instrument, w.half, epoch_us(f.ts) as us, f.trade_id,
    f.owner_id, coalesce(f.counterparty_owner_id, '') as other, f.quantity,
    coalesce(f.notional, 0) as notional, o.trade_key is not null as one_size
from (select *, epoch_us(ts) // {_HALF} + unnest([-1, 0]) as half from fills
        where side = 'buy' and not is_block and not is_liquidation) f
    join wanted w on w.instrument = f.instrument and w.half = f.half
    left join ({_ONE_SIZE}) o using (trade_key)
order by f.instrument, w.half, us, f.seq, f.trade_id
"""


class _Trade(NamedTuple):
    """A trade of the tape; ``quantity`` in 1e-18, and ``one_size`` if both orders were alike."""

    us: int
    trade_id: str
    buyer: str
    seller: str
    quantity: int
    notional: Decimal
    one_size: bool


@dataclass(slots=True)
class _Tape:
    """A day's trades of one instrument, in order, and the pairs of owners who met both ways."""

    trades: list[_Trade] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Find the groups of every day and test their sizes."""
    tapes: dict[tuple[str, int], _Tape] = defaultdict(_Tape)
    for instrument, half, first, second in connection.execute(_BOTH).fetchall():
        tapes[instrument, half].pairs.append((first, second))
    wanted = pa.Table.from_pydict(
        {
            "instrument": pa.array([name for name, _ in tapes], pa.string()),
            "half": pa.array([half for _, half in tapes], pa.int64()),
        }
    )
    connection.register("wanted", wanted)
    if tapes:
        for instrument, half, *row in connection.execute(_TAPE).fetchall():
            us, name, buyer, seller, quantity, *rest = row
            trade = _Trade(us, name, buyer, seller, int(quantity.scaleb(18)), *rest)
            tapes[instrument, half].trades.append(trade)
    connection.unregister("wanted")
    rows = (row for (name, half), tape in tapes.items() for row in _rows(name, half, tape))
    return typed(TABLE, rows)


def _rows(instrument: str, half: int, tape: _Tape) -> Iterator[dict[str, object]]:
    for members in _groups(tape.pairs):
        inner = [
            trade
            for trade in tape.trades
            if trade.one_size and trade.buyer in members and trade.seller in members
        ]
        is_over_early = not inner or inner[-1].us < (half + 1) * _HALF
        if len(inner) >= FEWEST and len(members) <= LARGEST and not is_over_early:
            summary = _summary(instrument, half, members, inner, tape)
            for name in sorted(members):
                others = " ".join(sorted(members - {name}))
                yield {**summary, "owner_id": name, "others": others}


def _groups(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Join pairs that share a member."""
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(pair).union(*touched))
    return groups


def _summary(
    instrument: str, half: int, members: set[str], inner: list[_Trade], tape: _Tape
) -> dict[str, object]:
    names = {trade.trade_id for trade in inner}
    sizes = _sizes(inner)
    others = _sizes(trade for trade in tape.trades if trade.trade_id not in names)
    start = naive(half * _HALF)
    return {
        "ts": start,
        "settled_at": naive(half * _HALF + DAY - 1),
        "group_id": f"{start:%Y-%m-%dT%H} {instrument} {' '.join(sorted(members))}",
        "instrument": instrument,
        "members": len(members),
        "began_at": naive(inner[0].us),
        "trades": len(inner),
        "notional": sum((trade.notional for trade in inner), Decimal(0)),
        "share": len(inner) / len(tape.trades),
        "inside": min(_inside(name, tape, names) for name in members),
        "benford": benford(sizes),
        "round_less": round_less(sizes, others),
        "lognormal": lognormal(sizes),
        "break_ratio": _break(inner, tape, names),
        "trade_ids": sorted(names),
    }


def _sizes(trades: Iterable[_Trade]) -> NDArray[np.float64]:
    return np.array([trade.quantity for trade in trades], dtype=np.float64)


def _inside(name: str, tape: _Tape, names: set[str]) -> float:
    own = [trade for trade in tape.trades if name in (trade.buyer, trade.seller)]
    return sum(trade.trade_id in names for trade in own) / len(own)


def _break(inner: list[_Trade], tape: _Tape, names: set[str]) -> float | None:
    """Compare the trades of the hours in which the group is awake with those of the others."""
    hours = {trade.us // HOUR for trade in inner}
    awake = (trade for trade in tape.trades if trade.us // HOUR in hours)
    rest = sum(trade.trade_id not in names for trade in awake)
    return (len(inner) + rest) / rest if rest else None


def benford(sizes: NDArray[np.float64]) -> float:
    """Return the chi-square of first digits against Benford's law, 8 degrees of freedom."""
    digits = np.array([int(f"{size:e}"[0]) for size in sizes.tolist()])
    seen = np.bincount(digits, minlength=10)[1:10]
    expected = np.log10(1 + 1 / np.arange(1, 10)) * len(sizes)
    return round(float(((seen - expected) ** 2 / expected).sum()), 6)


def round_less(sizes: NDArray[np.float64], others: NDArray[np.float64]) -> float | None:
    """Return by how many standard errors fewer sizes are round than among the others."""
    if not len(others):
        return None
    a, b = (float(np.mean([_is_round(size) for size in each.tolist()])) for each in (sizes, others))
    both = (a * len(sizes) + b * len(others)) / (len(sizes) + len(others))
    error: float = math.sqrt(both * (1 - both) * (1 / len(sizes) + 1 / len(others)))
    return round(float((b - a) / error), 6) if error else 0.0


def _is_round(size: float) -> bool:
    """Tell a size with one significant digit, or two that end in five."""
    digits = f"{size:.8e}"[:10].replace(".", "").rstrip("0")
    return len(digits) == 1 or (len(digits) == 2 and digits[1] == "5")


def lognormal(sizes: NDArray[np.float64]) -> float | None:
    """Return Lilliefors' distance of the logarithms from a normal law, times the root of n."""
    from scipy.special import ndtr

    logs = np.sort(np.log(sizes))
    spread = float(np.std(logs, ddof=1))
    if not spread:
        return None
    law = ndtr((logs - float(np.mean(logs))) / spread)
    steps = np.arange(len(logs) + 1) / len(logs)
    distance = max(float(np.max(steps[1:] - law)), float(np.max(law - steps[:-1])))
    return float(round(distance * len(logs) ** 0.5, 6))
