"""What was known at one moment about one window, as tables of one sandboxed connection.

A view reads the Parquet files of pinned versions in place. Only files whose statistics overlap
are opened. Rows that replace others live in files of their own, so that a table nobody ever
corrected is read without looking for duplicates.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

import duckdb
import pyarrow as pa

from surveillance.activity.asking import Ask
from surveillance.activity.bounds import USUAL, Bounds, collected
from surveillance.activity.contract import quoted
from surveillance.activity.lake.delta import DataFile
from surveillance.activity.lake.engine import is_alive
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.spill import Spill
from surveillance.errors import SurveillanceError
from surveillance.model import Window

FLOW = ("orders", "trades", "book", "marks")
"""Tables of which there is most, so that who looks far back for others pays for these."""

KNOWN = {
    name: f"known_{name}"
    for name in (
        "accounts", "kyc", "kyc_credentials", "address_labels", "logins", "transfers", "swaps"
    )
}  # fmt: skip
"""Tables that say who stands behind a trader, and by what name each is shown as known at ``as_of``
whatever the window: a link found today holds for yesterday's trades, and must not depend on how a
run is cut."""

FOLDER = "facts"
"""Variable of a connection that names the folder where facts may be kept as files."""
QUARANTINED, REFUSED = "quarantined_rows", "refused_rows"
"""Views of a connection: table and time of the rows that went to quarantine, and of those of them
that stand there still."""
KEPT = ".kept"
"""Folder of a lake for facts that are kept from one look to the next."""

Files: TypeAlias = Mapping[str, Sequence[DataFile]]
_STORED = "stored_rows"
"""Temporary table of a connection for the rows that are counted while they are read."""
# Copying a few rows is quicker than planning a query twice, which is what a relation does.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result makes an extra copy")


class View:
    """Tables of one window as known at ``as_of``; close it, or use it in a ``with``.

    Each catalogue table is a SQL view on ``connection``, with ``arrived_at``, ``feed`` and
    ``source_line`` after its own columns; times are naive UTC.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        window: Window,
        as_of: datetime,
        versions: Mapping[str, int],
        reopen: Callable[[Window], "View"],
        landed: Callable[[], Mapping[str, tuple[str, ...]]] = dict,
        spill: Spill | None = None,
        bounds: Bounds = USUAL,
        kept: Path | None = None,
        files: Callable[[Window], Files] = lambda window: {},
    ) -> None:
        self._spill = spill
        self.connection, self.window, self.as_of = connection, window, as_of
        self.versions, self.bounds = dict(versions), bounds
        self._reopen, self._landed = reopen, landed
        self._has: dict[str, bool] = {}
        self._nearer: dict[Window, View] = {}
        self._fresh: View | None = None
        self.kept = kept
        """Where facts are kept, if this view may read and write there."""
        self.files = files
        """What says from which files rows of a window are read, by name of a table."""
        self.of_window: set[str] = set()
        """Facts that are there for the rows of the window alone."""
        self.asked: dict[str, Ask] = {}
        """What was asked of each fact, of those made for a rulebook."""

    def has(self, name: str) -> bool:
        """Return whether a table has a row here, or ``table.column`` a value."""
        if name not in self._has:
            table, _, column = name.partition(".")
            where = f" where {quoted(column)} is not null" if column else ""
            rows = self.arrow(f"select 1 from {quoted(table)}{where} limit 1")
            self._has[name] = rows.num_rows > 0
        return self._has[name]

    def arrow(self, sql: str, most: Bounds | None = None) -> pa.Table:
        """Return the rows of a query, with exact types, and at ``most`` so many where it is said.

        Raises:
            SurveillanceError: a file of the lake cannot be read, or there are too many rows.
        """
        try:
            if most is None:
                return self.connection.execute(sql).to_arrow_table()
            return self._collected(sql, most)
        except (duckdb.IOException, duckdb.InvalidInputException) as wrong:
            raise SurveillanceError(f"expected a readable lake, was: {wrong}") from wrong

    def _collected(self, sql: str, most: Bounds) -> pa.Table:
        """Return at ``most`` so many rows, stored within the bounds of the engine first.

        What it stores is planned once; a relation plans its query when it is made and when read.
        """
        self.connection.execute(f"create or replace temp table {_STORED} as {sql}")
        try:
            return collected(self.connection.sql(f"from {_STORED}"), most)
        finally:
            self.connection.execute(f"drop table {_STORED}")

    def refused(self, window: Window) -> dict[str, int]:
        """Return by table how many rows of a window, or of no time that is known, are not here.

        They stand in quarantine: what they would have said nobody knows.
        """
        there = f"coalesce(ts >= {moment(window.start)} and ts < {moment(window.end)}, true)"
        # To see that a row was mended means to look through what landed since: seldom needed.
        if not self.arrow(f"select 1 from {QUARANTINED} where {there} limit 1").num_rows:
            return {}
        counts = f"select table_name, count(*) as n from {REFUSED} where {there} group by all"
        return {row["table_name"]: row["n"] for row in self.arrow(counts).to_pylist()}

    def narrow(self, window: Window) -> "View":
        """Open the same versions, as known at the same moment, for another window."""
        return self._reopen(window)

    def reaching(self, window: Window) -> "View":
        """Return a view of no more than ``window``, or this one where that would spare little.

        It is the same one whenever it is asked for, so that facts are made once, and is closed
        with this one.
        """
        if window not in self._nearer:
            twice = window.back_to(window.end - window.start)
            if twice.start <= self.window.start or not self._has_flow_before(twice.start):
                return self
            self._nearer[window] = self.narrow(window)
        return self._nearer[window]

    def revive(self) -> bool:
        """Open the view anew if its engine has ended, and return whether it had.

        It shows the same rows then; what was made on it is gone, and is made again when asked for.
        """
        if is_alive(self.connection):
            return False
        self._let_go()
        self._fresh = self._reopen(self.window)
        self.connection = self._fresh.connection
        self.of_window.clear()
        self.asked.clear()
        return True

    def _has_flow_before(self, start: datetime) -> bool:
        where = f"where ts < {moment(start)} limit 1"
        return any(self.arrow(f"select 1 from {quoted(name)} {where}").num_rows for name in FLOW)

    @property
    def landed(self) -> Mapping[str, tuple[str, ...]]:
        """Return, by table, the names of the files that had landed, as ``seal`` says."""
        return self._landed()

    def close(self) -> None:
        """Let go of the connection, and of what it spilled."""
        for nearer in self._nearer.values():
            nearer.close()
        self._let_go()

    def _let_go(self) -> None:
        self.connection.close()
        for held in (self._spill, self._fresh):
            if held is not None:
                held.close()

    def __enter__(self) -> "View":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
