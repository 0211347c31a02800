"""Facts that are kept: what was made of a day once is read, not made again, while it is the same.

To make facts is most of what a rule costs, and whoever tries ten thresholds on a month makes the
same facts ten times. So a fact whose rows say when they are settled is kept by the day on which
they were, in a file named by what it was made of: the code of the fact and of those below it, the
version of the engine, and the rows that its rule looks back on, of every table that it reads. Rows
are told by their hashes, added up by the hour, as the view shows them: a late row, a correction or
a bust makes the days anew that it touches, and neither compaction nor the cut of a window makes
any. Of who stands behind whom the result is told, and not the logins and transfers that it rests
on, without traders who came later: else each new customer would touch every day. What holds until
it is said anew, such as the terms of an instrument, may be said anew after the day and within the
view, and a fact takes the last word; so that is told too, of all that was there on the day.

Nothing rests on these files. A replay reads none, so that proof goes back to the rows; a file that
is not what its name says is refused by name; what is erased from the lake is erased here, all of
it; and whatever is deleted is made again.
"""

import json
import os
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from inspect import getsource
from pathlib import Path
from shutil import rmtree
from tempfile import mkstemp
from typing import Any, NamedTuple

import duckdb

from surveillance.activity.asking import SETTLED
from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import quoted, text
from surveillance.activity.facts import facts, needed
from surveillance.activity.lake.rows import STATE, moment
from surveillance.activity.lake.view import KNOWN, View
from surveillance.activity.lineage import LOCK
from surveillance.errors import SurveillanceError
from surveillance.model import Window, digest
from surveillance.times import DAY, EPOCH, HOUR, epoch_us

_FACTS = facts.__module__
RESULTS = ("owners", "groups", "links", "identifiers", "addresses")
"""Facts of who stands behind whom, told by what they say and not by what they are made of."""
_NAMED = ("trader_id", "owner_id")
_NAMES = {"instrument": ("instrument",), "trader_id": ("trader_id", "buyer_id", "seller_id")}
"""What a row that holds until another is of, and the columns by which activity names it."""


class Part(NamedTuple):
    """One day of a fact that is kept: its file, its size in bytes, and when it was made."""

    fact: str
    day: datetime
    size: int
    made: datetime


@cache
def can_be(name: str) -> bool:
    """Return whether a fact can be kept.

    It must say when its rows are settled, its code be locked, and nothing below it look at what
    is known whatever the window, which no day of a table tells.
    """
    return (
        name in facts()
        and SETTLED in facts()[name].TABLE.schema
        and all(each in _locked() for each in needed([name]))
        and not any(_looks_anywhere(each) for each in _below(name))
    )


def _below(name: str) -> set[str]:
    """Return a fact and those that it is made of, down to results."""
    reads = (each for each in facts()[name].READS if each in facts() and each not in RESULTS)
    return {name}.union(*map(_below, reads))


def _looks_anywhere(name: str) -> bool:
    source = getsource(sys.modules[f"{_FACTS}.{name}"])
    return any(known in source for known in KNOWN.values())


@cache
def _locked() -> dict[str, Any]:
    locked: dict[str, Any] = json.loads(LOCK.read_text(encoding="utf-8"))
    return locked


@dataclass
class Kept:
    """The kept facts of a window of whole days, as far as rules look back in a view."""

    view: View
    window: Window
    back: Mapping[str, timedelta]
    """By fact: how far back the rules that read it look."""
    hashes: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    results: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Return whether the view keeps facts, and the window is one of whole days."""
        ends = (epoch_us(self.window.start), epoch_us(self.window.end))
        return self.view.kept is not None and all(end % DAY == 0 for end in ends)

    def has(self, name: str) -> bool:
        """Return whether every day of a fact is there."""
        return all(self._found(name, day) for day in self._days())

    def show(self, name: str) -> None:
        """Show a fact of which every day is there.

        Raises:
            SurveillanceError: a file is not what its name says.
        """
        files = [found for day in self._days() if (found := self._found(name, day))]
        for file in files:
            _expect_whole(file)
        paths = ", ".join(text(str(file)) for file in files)
        self.view.connection.execute(
            f"create temp view {quoted(name)} as from read_parquet([{paths}])"
        )

    def keep(self, name: str) -> None:
        """Keep the days of a fact that was made, of those that are not there yet."""
        for day in self._days():
            if not self._found(name, day):
                self._write(name, day)

    def _days(self) -> range:
        return range(epoch_us(self.window.start) // DAY, epoch_us(self.window.end) // DAY)

    def _found(self, name: str, day: int) -> Path | None:
        start = f"{_date(day):%Y%m%d}-{self._key(name, day)}-"
        return next(iter(sorted(self._folder(name).glob(f"{start}*.parquet"))), None)

    def _folder(self, name: str) -> Path:
        return (self.view.kept or Path()) / f"{name}-{_code(name)}"

    def _write(self, name: str, day: int) -> None:
        folder = self._folder(name)
        folder.mkdir(parents=True, exist_ok=True)
        handle, name_of_new = mkstemp(dir=folder, prefix=".")
        os.close(handle)
        new = Path(name_of_new)
        within = f"{SETTLED} >= {moment(_date(day))} and {SETTLED} < {moment(_date(day + 1))}"
        try:
            self.view.connection.execute(
                f"copy (select * from {quoted(name)} where {within} order by all) to "
                f"{text(str(new))} (format parquet, compression lz4_raw, parquet_version v2)"
            )
            key = f"{_date(day):%Y%m%d}-{self._key(name, day)}"
            os.replace(new, folder / f"{key}-{_sha256(new)}.parquet")
        except (duckdb.IOException, OSError) as wrong:
            new.unlink(missing_ok=True)
            said = str(wrong).partition("\n")[0]
            raise SurveillanceError(f"expected {folder} to be written to, was: {said}") from wrong

    def _key(self, name: str, day: int) -> str:
        """Return what a day of a fact is made of, in short."""
        results, tables = _read_by(name)
        since = _date(day) - self.back[name]
        made_of = {
            "engine": duckdb.__version__,
            "back": self.back[name].total_seconds(),
            "tables": {table: self._sum(table, since, day) for table in sorted(tables)},
            "results": {result: self._result(result, day) for result in sorted(results)},
        }
        if later := {table: told for table in sorted(tables & STATE)
                     if (told := self._later(table, tables, day))}:  # fmt: skip
            made_of["later"] = later
        return digest(made_of)[:32]

    def _sum(self, table: str, since: datetime, day: int) -> list[int]:
        """Return how many rows of a table there are until the end of a day, and their hashes."""
        if table not in self.hashes:
            self.hashes[table] = _by_hour(self.view, table)
        first = None if table in STATE else epoch_us(since) // HOUR
        last = (day + 1) * DAY // HOUR
        hours = [
            sums
            for hour, sums in self.hashes[table].items()
            if (first is None or hour >= first) and hour < last
        ]
        return [sum(rows for rows, _ in hours), sum(hashes for _, hashes in hours)]

    def _later(self, table: str, tables: frozenset[str], day: int) -> list[int] | None:
        """Return what is said after a day of what was there on it: how much, and its hashes."""
        end = (day + 1) * DAY
        if table not in self.hashes or max(self.hashes[table], default=0) < end // HOUR:
            return None
        of = TABLES[table]
        columns = ", ".join(map(quoted, of.schema))
        name = next((column for column in _NAMES if column in of.schema), None)
        known = f"and {name} in (select name from ({_first_seen(self.view, name, tables)}) " \
            f"where us < {end})" if name else ""  # fmt: skip
        rows, hashes = self.view.connection.execute(
            f"select count(*), sum(cast(hash({columns}) as hugeint)) from {_raw(self.view, table)} "
            f"where epoch_us({of.time}) >= {end} {known}"
        ).fetchall()[0]
        return [int(rows), int(hashes)] if rows else None

    def _result(self, name: str, day: int) -> str:
        """Return what a fact says of traders who were there by the end of a day."""
        if (name, day) not in self.results:
            schema = facts()[name].TABLE.schema
            columns = ", ".join(map(quoted, schema))
            who = next((column for column in _NAMED if column in schema), None)
            later = (
                "select trader_id from known_accounts group by trader_id "
                f"having min(ts) >= {moment(_date(day + 1))}"
            )
            where = f"where {who} not in ({later})" if who else ""
            rows, hashes = self.view.connection.execute(
                f"select count(*), sum(cast(hash({columns}) as hugeint)) "
                f"from {quoted(name)} {where}"
            ).fetchall()[0]
            self.results[name, day] = f"{rows} {hashes}"
        return self.results[name, day]


def parts(folder: Path) -> list[Part]:
    """Return what is kept in a folder, by fact and day."""
    return [
        Part(
            file.parent.name.rpartition("-")[0],
            datetime.strptime(file.name[:8], "%Y%m%d").replace(tzinfo=EPOCH.tzinfo),
            file.stat().st_size,
            datetime.fromtimestamp(file.stat().st_mtime, EPOCH.tzinfo),
        )
        for file in sorted(folder.glob("*/*.parquet"))
    ]


def sweep(folder: Path) -> int:
    """Delete what no code names any more, and what was made of a day before it changed.

    Returns how many files are gone; no run may be reading.
    """
    current = {f"{name}-{_code(name)}" for name in facts() if can_be(name)}
    gone = 0
    for made in sorted(folder.glob("*/")):
        files = sorted(made.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns)
        latest = {file.name[:8]: file for file in files}
        old = files if made.name not in current else set(files) - set(latest.values())
        for file in old:
            file.unlink()
        gone += len(old)
        if made.name not in current:
            rmtree(made)
    return gone


@cache
def _read_by(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the results and the tables that a fact is made of, down to either."""
    results, tables = set[str](), set[str]()
    for read in facts()[name].READS:
        if read in RESULTS:
            results.add(read)
        elif read in facts():
            below = _read_by(read)
            results, tables = results | below[0], tables | below[1]
        else:
            tables.add(read)
    return frozenset(results), frozenset(tables)


@cache
def _code(name: str) -> str:
    """Return the digest of the code of a fact and of all that it is made of, in short."""
    return digest({each: _locked()[each] for each in needed([name])})[:12]


def _by_hour(view: View, table: str) -> dict[int, tuple[int, int]]:
    """Return by hour how many rows a view has of a table, and what their hashes add up to."""
    of = TABLES[table]
    columns = ", ".join(map(quoted, of.schema))
    rows = view.connection.execute(
        f"select coalesce(epoch_us({of.time}) // {HOUR}, 0) as hour, count(*), "
        f"sum(cast(hash({columns}) as hugeint)) from {_raw(view, table)} group by hour"
    ).fetchall()
    return {int(hour): (int(count), int(hashes)) for hour, count, hashes in rows}


def _first_seen(view: View, name: str, tables: Iterable[str]) -> str:
    """Return SQL for when each instrument, or trader, is first there in some tables."""
    seen = [
        f"select {quoted(column)} as name, min(epoch_us({TABLES[table].time})) as us "
        f"from {_raw(view, table)} group by all"
        for table in sorted(tables)
        for column in _NAMES[name]
        if column in TABLES[table].schema
    ]
    return " union all ".join(seen)


def _raw(view: View, table: str) -> str:
    """Return the name of a table as it landed, whatever stands in front of it."""
    (database,) = view.connection.execute("select current_database()").fetchall()[0]
    return f"{quoted(database)}.main.{quoted(table)}"


def _date(day: int) -> datetime:
    return EPOCH + timedelta(days=day)


def _expect_whole(file: Path) -> None:
    if _sha256(file) != file.stem.rpartition("-")[2]:
        raise SurveillanceError(
            f"expected {file.parent.name}/{file.name} as it was kept, was changed; delete it, and "
            "it is made again"
        )


def _sha256(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()


def keepable(read: Collection[str], alone: Iterable[str]) -> list[str]:
    """Return which of some facts, each read ``alone`` by rules, nothing else that is read needs."""
    below = set(needed(read))
    return sorted(name for name in set(alone) if can_be(name) and name not in below)
