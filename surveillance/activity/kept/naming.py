"""What a day of a fact is made of, in short: the name under which it is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property

import duckdb

from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import quoted
from surveillance.activity.facts import facts, needed
from surveillance.activity.kept.keeping import RESULTS, locked
from surveillance.activity.kept.notes import Sums
from surveillance.activity.kept.results import by_day
from surveillance.activity.kept.sums import by_hour
from surveillance.activity.kept.whole import Whole
from surveillance.activity.lake.rows import STATE
from surveillance.activity.lake.view import View
from surveillance.canonical import digest
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
        """Return what a day of a fact is made of, in short."""
        results, tables = read_by(name)
        since = date(day) - self.back[name]
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
            self.hashes[table] = by_hour(self.view, table)
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
        if name not in self.results:
            self.results[name] = by_day(self.whole, name)
        said = [sums for came, sums in self.results[name].items() if came <= day]
        return f"{sum(rows for rows, _ in said)} {sum(hashes for _, hashes in said)}"

    @cached_property
    def whole(self) -> Whole:
        """Return what names facts that are the same for all days."""
        return Whole(self.view)


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


def date(day: int) -> datetime:
    return EPOCH + timedelta(days=day)
