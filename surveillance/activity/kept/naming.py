"""What a day of a fact is made of, in short: the name under which it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import duckdb

from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import quoted
from surveillance.activity.facts import ASIDE, facts, needed, reach_of
from surveillance.activity.kept import keeping
from surveillance.activity.kept.keeping import RESULTS, ahead, locked
from surveillance.activity.kept.notes import Sums
from surveillance.activity.kept.results import by_day, is_told
from surveillance.activity.kept.sums import by_hour
from surveillance.activity.kept.whole import Whole
from surveillance.activity.lake.rows import STATE
from surveillance.activity.lake.view import View
from surveillance.canonical import digest
from surveillance.model import Window
from surveillance.times import DAY, EPOCH, HOUR, epoch_us

_NAMES = {"instrument": ("instrument",), "trader_id": ("trader_id", "buyer_id", "seller_id")}
"""What a row that holds until another is of, and the columns by which activity names it."""


@dataclass
class Naming:
    """Names the days of facts of a view by the rows and results that they are made of."""

    view: View
    back: Mapping[str, timedelta]
    """By fact: how far back the rules that read it look."""
    hashes: dict[str, Sums] = field(default_factory=dict)
    results: dict[str, Sums] = field(default_factory=dict)

    def key(self, name: str, day: int) -> str:
        """Return what is settled on a day of a fact is made of, in short."""
        return self._key(name, day, self.back[name], {"back": self.back[name].total_seconds()})

    def key_of_day(self, name: str, day: int) -> str:
        """Return what a day of a fact is made of, in short, as far as it looks back and ahead."""
        return self._key(name, day, reach_of([name]), {"ahead": _begun(ahead(name))})

    def first_day(self, name: str) -> int:
        """Return the first day on which there is a row of what a fact is made of, terms apart."""
        first = [min(hours) for table in read_by(name)[1] - STATE if (hours := self._hours(table))]
        return min(first, default=0) // (DAY // HOUR)

    def _key(self, name: str, day: int, back: timedelta, made_of: dict[str, Any]) -> str:
        results, tables = read_by(name)
        since, hours = date(day) - back, made_of.get("ahead", 0)
        made_of |= {
            "engine": duckdb.__version__,
            "tables": {table: self._sum(table, since, day, hours) for table in sorted(tables)},
            "results": {result: self._result(result, day) for result in sorted(results)},
        }
        if ASIDE in needed([name]):
            made_of["pegs"] = self._pegs
        if later := {table: told for table in sorted(tables & STATE)
                     if (told := self._later(table, tables, day))}:  # fmt: skip
            made_of["later"] = later
        return digest(made_of)[:32]

    def _hours(self, table: str) -> Sums:
        if table not in self.hashes:
            self.hashes[table] = by_hour(self.view, table, self._wide)
        return self.hashes[table]

    @cached_property
    def _wide(self) -> Window:
        """Return whole days, as far back as the first that a view can begin in may rest on."""
        window = self.view.window
        start, end = epoch_us(window.start) // DAY, -(-epoch_us(window.end) // DAY)
        furthest = max(reach_of([name]) for name in facts() if keeping.by_day(name))
        return Window(date(start) - furthest, date(end))

    @cached_property
    def _pegs(self) -> list[str]:
        """Return the currencies that are worth a dollar because nothing else is known of them."""
        known = self.view.connection.execute(
            f"select distinct currency from {ASIDE} where is_fixed order by currency"
        )
        return [str(currency) for (currency,) in known.fetchall()]

    def _sum(self, table: str, since: datetime, day: int, ahead: int = 0) -> list[int]:
        """Return how many rows of a table there are until so many hours after a day, and hashes."""
        first = None if table in STATE else epoch_us(since) // HOUR
        last = (day + 1) * DAY // HOUR + ahead
        hours = [
            sums
            for hour, sums in self._hours(table).items()
            if (first is None or hour >= first) and hour < last
        ]
        return [sum(rows for rows, _ in hours), sum(hashes for _, hashes in hours)]

    def _later(self, table: str, tables: frozenset[str], day: int) -> list[int] | None:
        """Return what is said after a day of what was there on it: how much, and its hashes."""
        end = (day + 1) * DAY
        if max(self._hours(table), default=0) < end // HOUR:
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
        if name not in self.results:
            self.results[name] = by_day(self.whole, name)
        said = [sums for came, sums in self.results[name].items() if came <= day]
        return f"{sum(rows for rows, _ in said)} {sum(hashes for _, hashes in said)}"

    @cached_property
    def whole(self) -> Whole:
        """Return what names facts that are the same for all days."""
        return Whole(self.view)


def untold(whole: Whole, names: Iterable[str]) -> set[str]:
    """Return the facts that must be there to name others, beyond those of which it was noted."""
    by = list(names)
    results = {result for name in by for result in read_by(name)[0]}
    worth = {ASIDE for name in by if ASIDE in needed([name])}
    return worth | {result for result in results if not is_told(whole, result)}


@cache
def read_by(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the results and the tables that a fact is made of, down to either."""
    results, tables = set[str](), set[str]()
    for read in facts()[name].READS:
        if read in RESULTS:
            results.add(read)
        elif read in facts():
            below = read_by(read)
            results, tables = results | below[0], tables | below[1]
        else:
            tables.add(read)
    return frozenset(results), frozenset(tables)


@cache
def code(name: str) -> str:
    """Return the digest of the code of a fact and of all that it is made of, in short."""
    return digest({each: locked()[each] for each in needed([name])})[:12]


def folder_of(view: View, name: str) -> Path:
    """Return where days of a fact are kept, of the code there is of it."""
    return (view.kept or Path()) / f"{name}-{code(name)}"


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


def _begun(length: timedelta | None) -> int:
    """Return how many hours a length of time begins."""
    return -(-(length or timedelta(0)) // timedelta(hours=1))


def date(day: int) -> datetime:
    return EPOCH + timedelta(days=day)
