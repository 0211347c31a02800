"""What landed late: rows of times that were judged before anybody knew of them.

A run covers its window as far as it was known when it ran. A row that arrived after the last run
over its time has been judged by none, so its day is judged again; filing is idempotent by hit, and
what was found before is found again and files nothing. That a row is late is a fact of the lake
and of the runs, so a tick that is cut short forgets none.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pyarrow as pa
from sqlmodel import select

from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.lake.delta import DataFile
from surveillance.activity.lake.engine import connect
from surveillance.activity.lake.rows import STATE, read
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records.tables import RunMode, RunRow
from surveillance.times import EPOCH

_DAY = timedelta(days=1)
_ACTIVE = [name for name in TABLES if name not in STATE and name != "events"]


class _Covered(NamedTuple):
    """A stretch of time, and what was known when it was judged last."""

    start: datetime
    end: datetime
    as_of: datetime


def late(place: Installation, until: datetime) -> list[Window]:
    """Return the days before ``until`` with rows that no run over their time has known."""
    with place.session() as session:
        rows = session.exec(select(RunRow).where(RunRow.mode == RunMode.LIVE)).all()
        runs = [_Covered(_naive(r.start), _naive(r.end), _naive(r.as_of)) for r in rows]
    covered = _stretches(runs, _naive(until))
    days: set[int] = set()
    for name, files in place.lake.files().items():
        if name in _ACTIVE and (near := [file for file in files if _may_be_late(file, covered)]):
            days |= _days(place, name, near, covered)
    return list(_windows(sorted(days), until))


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _stretches(runs: Sequence[_Covered], until: datetime) -> list[_Covered]:
    """Cut the windows of runs into stretches that lie apart, each as known by its last run."""
    edges = sorted({edge for run in runs for edge in (run.start, min(run.end, until))})
    waiting, over = sorted(runs, reverse=True), list[_Covered]()
    stretches = []
    for start, end in pairwise(edges):
        while waiting and waiting[-1].start <= start:
            over.append(waiting.pop())
        over = [run for run in over if run.end >= end]
        if over:
            stretches.append(_Covered(start, end, max(run.as_of for run in over)))
    return stretches


def _may_be_late(file: DataFile, covered: Sequence[_Covered]) -> bool:
    """Return whether a file may hold a row that arrived after the last run over its time."""
    if not file.rows:
        return False
    first, last, arrived = file.least["ts"], file.greatest["ts"], file.greatest[ARRIVED]
    place = max(0, bisect_right(covered, first, key=lambda each: each.start) - 1)
    return any(
        each.start <= last and first < each.end and each.as_of < arrived
        for each in _until(covered[place:], last)
    )


def _until(covered: Sequence[_Covered], last: datetime) -> Iterator[_Covered]:
    for each in covered:
        if each.start > last:
            return
        yield each


def _days(
    place: Installation, name: str, files: Sequence[DataFile], covered: Sequence[_Covered]
) -> set[int]:
    columns = list(zip(*covered, strict=True))
    time = pa.timestamp("us")
    stretches = pa.Table.from_pydict(
        {
            field: pa.array(column, time)
            for field, column in zip(_Covered._fields, columns, strict=True)
        }
    )
    with connect(place.lake.root) as connection:
        connection.register("covered", stretches)
        rows = connection.execute(
            f"select distinct cast(r.ts as date) - date '1970-01-01' as day "
            f"from {read(files, TABLES[name])} r asof join covered c on r.ts >= c.start "
            f'where r.ts < c."end" and r.{ARRIVED} > c.as_of'
        ).fetchall()
    return {int(day) for (day,) in rows}


def _windows(days: Iterable[int], until: datetime) -> Iterator[Window]:
    """Yield the days, each cut where what is judged ends."""
    for day in days:
        start = EPOCH + day * _DAY
        yield Window(start, min(start + _DAY, until))
