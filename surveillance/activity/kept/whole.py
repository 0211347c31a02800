"""Facts that are kept whole, for whoever looks at a window again: another threshold, a study.

Most facts do not say when their rows are settled, and hang on the view that they were made over. So
they are kept for that view: named by their code and that of all below, the engine, what was asked
of them, the window of the view, and what the rows come to that they are made of, of every table.
Who stands behind whom hangs on what is known whatever the window, and is found from any.

They would fill a disk that nobody looks after, so beyond some bytes those go that nobody looked at
for longest, and where all are in use no more is kept.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import rmtree

import duckdb

from surveillance.activity.asking import Ask
from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import quoted, text
from surveillance.activity.facts import facts, needed
from surveillance.activity.kept.keeping import ANYTIME, locked
from surveillance.activity.kept.notes import note, noted
from surveillance.activity.kept.parts import expect_whole, find, put
from surveillance.activity.kept.sums import by_hour
from surveillance.activity.lake.view import KNOWN, View
from surveillance.activity.preparing import is_in_files
from surveillance.canonical import digest
from surveillance.times import epoch_us

FOLDER, COUNTS = "whole", "counts"
_MOST = 2_000_000_000
"""Bytes beyond which no more is kept; an engineering default."""
_IN_USE = 24 * 3600
"""Seconds for which a run that looked at a file may still be reading it."""


@dataclass
class Whole:
    """The facts of a view that are kept whole."""

    view: View
    totals: dict[str, list[int]] = field(default_factory=dict)
    keys: dict[tuple[str, Ask | None], str] = field(default_factory=dict)

    def found(self, name: str, ask: Ask) -> Path | None:
        """Return the file of a fact as it is asked for, if it is there."""
        is_kept = can_be(name) and self._folder(name).is_dir()
        return find(self._folder(name), self.key(name, ask)) if is_kept else None

    def show(self, name: str, file: Path) -> None:
        """Show a fact from its file: a table where it would be one if it was made.

        Raises:
            SurveillanceError: the file is not what its name says.
        """
        expect_whole(file)
        with suppress(OSError):  # it may be kept where nothing can be written
            os.utime(file)
        kind = "view" if is_in_files(facts()[name], [file]) else "table"
        self.view.connection.execute(
            f"create temp {kind} {quoted(name)} as from read_parquet({text(str(file))})"
        )

    def keep(self, name: str, ask: Ask) -> None:
        """Keep a fact that was made, if it can be."""
        if can_be(name) and has_room((self.view.kept or Path()) / FOLDER):
            put(self.view, f"from {quoted(name)}", self._folder(name), self.key(name, ask))

    def counts(self, sql: str, table: str, count: Callable[[], Sequence[int]]) -> tuple[int, ...]:
        """Return what a query counts of one table of the view, counted once.

        Raises:
            SurveillanceError: what was noted was changed, or nothing can be noted.
        """
        made_of = [duckdb.__version__, sql, self._cut(), self._total(table)]
        path = (self.view.kept or Path()) / COUNTS / f"{digest(made_of)[:32]}.json"
        if (found := noted(path)) is None:
            found = {place: (each, 0) for place, each in enumerate(count())}
            note(path, found)
        return tuple(found[place][0] for place in range(len(found)))

    def key(self, name: str, ask: Ask | None = None) -> str:
        """Return what a fact of a view is made of, and what is asked of it, in short."""
        if (name, ask) not in self.keys:
            self.keys[name, ask] = digest(self._made_of(name, ask))[:32]
        return self.keys[name, ask]

    def _made_of(self, name: str, ask: Ask | None) -> dict[str, object]:
        tables, is_cut = _tables(name), name not in ANYTIME
        told = [KNOWN[table] for table in tables if table in KNOWN] + (tables if is_cut else [])
        return {
            "engine": duckdb.__version__,
            "asked": ask and _plain(ask),
            "window": self._cut() if is_cut else [],
            "tables": {table: self._total(table) for table in told},
        }

    def _cut(self) -> list[int]:
        return [epoch_us(self.view.window.start), epoch_us(self.view.window.end)]

    def _total(self, table: str) -> list[int]:
        """Return how many rows a table has, and the sum of their hashes."""
        if table not in self.totals:
            sums = by_hour(self.view, table, self.view.window).values()
            self.totals[table] = [sum(rows for rows, _ in sums), sum(hashes for _, hashes in sums)]
        return self.totals[table]

    def _folder(self, name: str) -> Path:
        return (self.view.kept or Path()) / FOLDER / f"{name}-{code(name)}"


def _plain(ask: Ask) -> list[object]:
    rows = ask.rows if ask.rows is None else sorted(ask.rows)
    return [sorted(ask.columns), rows, ask.since.isoformat(), ask.settled.isoformat()]


@cache
def can_be(name: str) -> bool:
    """Return whether a fact can be kept whole: made of tables alone, and by code that is locked."""
    return name in facts() and all(
        each in locked() and facts()[each].READS for each in _below(name)
    )


@cache
def code(name: str) -> str:
    """Return the digest of the code of a fact and of all that it can show, in short."""
    return digest({each: locked()[each] for each in _below(name)})[:12]


def has_room(folder: Path) -> bool:
    """Return whether more can be kept, after those went that nobody may still be reading."""
    files = [(file.stat(), file) for file in folder.glob("*/*.parquet")]
    size = sum(stat.st_size for stat, _ in files)
    latest = max((stat.st_mtime for stat, _ in files), default=0)
    for stat, file in sorted(files, key=lambda pair: pair[0].st_mtime_ns):
        if size > _MOST and stat.st_mtime < latest - _IN_USE:
            file.unlink(missing_ok=True)
            size -= stat.st_size
    return size <= _MOST


def sweep(folder: Path) -> int:
    """Delete what was kept whole, and return how many files: whoever looks again makes it again."""
    gone = len(list((folder / FOLDER).glob("*/*.parquet")))
    rmtree(folder / FOLDER, ignore_errors=True)
    return gone


def _below(name: str) -> list[str]:
    """Return a fact and those that it is made of, and those by which its tables show more."""
    return needed([name, *_read([name, *needed([name])])])


@cache
def _tables(name: str) -> list[str]:
    return sorted(_read(_below(name)))


def _read(names: Iterable[str]) -> set[str]:
    """Return the tables that facts read themselves."""
    return {read for each in names for read in facts()[each].READS if read in TABLES}
