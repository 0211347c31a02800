"""Owners who make a day's tape among themselves, and how unlike real trading their sizes are.

Two owners are joined where each took from the other at least three times in a day and instrument,
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
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from surveillance.activity.catalogue import MONEY, TEXT, TIME, WHOLE, Column, Table

TABLE = Table(
    "tape_groups",
    "One row a member of a group that trades among itself both ways, and day",
    ("group_id", "owner_id"),
    "ts",
    (
        Column("ts", TIME, "Start of the day", required=True),
        Column("group_id", TEXT, "Names instrument, day and members", required=True),
        Column("instrument", TEXT, "Instrument symbol", required=True),
        Column("owner_id", TEXT, "A member", required=True),
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

AGAIN = 3
LARGEST = 8
FEWEST = 10
"""Inner trades of a day below which nothing is said."""
_DAY = 86_400_000_000

_ONE_SIZE = "select trade_id from crosses where side = 'buy' and size_gap <= 0.01"

_BOTH = f"""
with meeting as (
    select instrument, epoch_us(ts) // {_DAY} as day, owner_id, counterparty_owner_id as other,
        count(*) as trades
    from fills join ({_ONE_SIZE}) using (trade_id)
    where is_taker and counterparty_owner_id <> owner_id
    group by all having count(*) >= {AGAIN}
)
select a.instrument, a.day, a.owner_id, a.other from meeting a join meeting b
    on b.instrument = a.instrument and b.day = a.day and b.owner_id = a.other
        and b.other = a.owner_id and a.owner_id < b.owner_id
order by all
"""

_TAPE = f"""
select f.instrument, epoch_us(f.ts) // {_DAY} as day, epoch_us(f.ts) as us, f.trade_id,
    f.owner_id, coalesce(f.counterparty_owner_id, '') as other, f.quantity,
    coalesce(f.notional, 0) as notional, o.trade_id is not null as one_size
from fills f semi join wanted w
    on w.instrument = f.instrument and w.day = epoch_us(f.ts) // {_DAY}
    left join ({_ONE_SIZE}) o using (trade_id)
where f.side = 'buy' and not f.is_block and not f.is_liquidation
order by f.instrument, day, us, f.seq, f.trade_id
"""


_Row = tuple[int, str, str, str, int, Decimal, bool]


@dataclass(slots=True)
class _Tape:
    """A day's trades of one instrument, in order."""

    rows: list[_Row] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)


def compute(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Find the groups of every day and test their sizes."""
    tapes: dict[tuple[str, int], _Tape] = defaultdict(_Tape)
    for instrument, day, one, other in connection.execute(_BOTH).fetchall():
        tapes[instrument, day].pairs.append((one, other))
    wanted = pa.table(
        {
            "instrument": pa.array([name for name, _ in tapes], pa.string()),
            "day": pa.array([day for _, day in tapes], pa.int64()),
        }
    )
    connection.register("wanted", wanted)
    if tapes:
        for instrument, day, *row in connection.execute(_TAPE).fetchall():
            us, name, buyer, seller, size, value, one_size = row
            whole = int(size.scaleb(8))
            tapes[instrument, day].rows.append((us, name, buyer, seller, whole, value, one_size))
    connection.unregister("wanted")
    rows = [row for (name, day), tape in tapes.items() for row in _rows(name, day, tape)]
    return pa.Table.from_pylist(
        rows, pa.schema([(name, _ARROW[kind]) for name, kind in TABLE.schema.items()])
    )


_ARROW = {
    TEXT: pa.string(),
    TIME: pa.timestamp("us"),
    WHOLE: pa.int64(),
    MONEY: pa.decimal128(18, 6),
    "DOUBLE": pa.float64(),
    "VARCHAR[]": pa.list_(pa.string()),
}


def _rows(instrument: str, day: int, tape: _Tape) -> Iterator[dict[str, object]]:
    for members in _groups(tape.pairs):
        inner = [row for row in tape.rows if row[6] and row[2] in members and row[3] in members]
        if len(inner) >= FEWEST and len(members) <= LARGEST:
            shared = _told(instrument, day, members, inner, tape)
            yield from ({**shared, "owner_id": name} for name in sorted(members))


def _groups(pairs: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Join pairs that share a member."""
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(pair).union(*touched))
    return groups


def _told(
    instrument: str, day: int, members: set[str],
    inner: list[_Row], tape: _Tape,
) -> dict[str, object]:  # fmt: skip
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the lake
    names = {row[1] for row in inner}
    sizes = np.array([row[4] for row in inner], dtype=np.float64)
    others = np.array([row[4] for row in tape.rows if row[1] not in names], dtype=np.float64)
    start = epoch + timedelta(microseconds=day * _DAY)
    return {
        "ts": start,
        "group_id": f"{start:%Y-%m-%d} {instrument} {' '.join(sorted(members))}",
        "instrument": instrument,
        "members": len(members),
        "began_at": epoch + timedelta(microseconds=inner[0][0]),
        "trades": len(inner),
        "notional": sum((row[5] for row in inner), Decimal(0)),
        "share": len(inner) / len(tape.rows),
        "inside": min(_inside(name, tape, names) for name in members),
        "benford": benford(sizes),
        "round_less": round_less(sizes, others),
        "lognormal": lognormal(sizes),
        "break_ratio": _break(inner, tape, names),
        "trade_ids": sorted(names),
    }


def _inside(name: str, tape: _Tape, names: set[str]) -> float:
    own = [row[1] in names for row in tape.rows if name in row[2:4]]
    return sum(own) / len(own)


def _break(inner: list[_Row], tape: _Tape, names: set[str]) -> float | None:
    """Compare the trades of the hours in which the group is awake with those of the others."""
    hours = {row[0] // 3_600_000_000 for row in inner}
    rest = sum(row[1] not in names for row in tape.rows if row[0] // 3_600_000_000 in hours)
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
