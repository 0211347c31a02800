"""The lake: everything that was ever known of activity, append-only, versioned, checked.

One Delta table per catalogue table under one folder, and one more for the rows that broke the
contract. Late and corrected rows arrive as new rows with their own arrival time; a row whose key
is already there replaces the earlier one in every view from its arrival on. To keep that free
where nothing is ever corrected, the replacing rows go to files of their own (``revised-``), named
by the version that adds them so that names sort in the order of landing.

A landing is one commit per table, each marked with the batch, so that one cut short between two
tables is completed by repeating it and a repeated one adds nothing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from filelock import FileLock

from surveillance.activity.batch import Batch, Count, Landing
from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.contract import quoted
from surveillance.activity.delta import DataFile, data_files, open_table
from surveillance.activity.landing import expect_known, land_table
from surveillance.activity.quarantine import QUARANTINE, quarantined, refuse_lines
from surveillance.activity.view import KNOWN_ACCOUNTS, STATE, View, connect, known, moment
from surveillance.bounds import USUAL, Bounds
from surveillance.errors import SurveillanceError
from surveillance.model import Window

__all__ = ["Batch", "Count", "Lake", "Landing", "View"]


class Lake:
    """A folder of Delta tables, made by the first landing; ``bounds`` hold for each rule.

    Raises:
        SurveillanceError: ``root`` is something else than a lake or an empty folder.
    """

    def __init__(self, root: Path, bounds: Bounds = USUAL) -> None:
        self.root, self.bounds = root.resolve(), bounds
        _expect_lake(self.root)

    def land(self, batch: Batch, arrived_at: datetime) -> Landing:
        """Check the rows of a batch, add the good ones, and quarantine the others.

        Raises:
            SourceError: the batch names tables or columns that the catalogue does not have.
        """
        expect_known(batch)
        moment(arrived_at)
        self.root.mkdir(parents=True, exist_ok=True)
        counts: dict[str, Count] = {}
        with FileLock(self.root / ".lock"):
            for name in batch.faults:
                refused = refuse_lines(self.root, batch, name, arrived_at)
                counts[name] = Count(refused, 0, refused)
            for name in (name for name in TABLES if name in batch.tables):
                counts[name] = land_table(self.root, batch, name, arrived_at)
        return Landing(batch.id, counts)

    def versions(self) -> dict[str, int]:
        """Return the present version of every table that has one."""
        tables = {name: open_table(self.root / name) for name in TABLES}
        return {name: int(table.version()) for name, table in tables.items() if table is not None}

    def view(
        self,
        window: Window,
        as_of: datetime,
        versions: Mapping[str, int] | None = None,
        threads: int | None = None,
    ) -> View:
        """Show what was known at ``as_of`` of ``window``, at pinned versions if any are given.

        Raises:
            SurveillanceError: a version or a file of it is not there, or cannot be read.
        """
        pinned = self.versions() if versions is None else dict(versions)
        connection = connect(self.root, threads, self.bounds)
        try:
            for name in TABLES:
                select = self._select(name, pinned.get(name), window, as_of)
                connection.execute(f"create view {quoted(name)} as {select}")
            ever = self._select("accounts", pinned.get("accounts"), _always(window), as_of)
            connection.execute(f"create view {KNOWN_ACCOUNTS} as {ever}")
        except duckdb.Error as wrong:
            raise SurveillanceError(f"expected a readable lake, was: {wrong}") from wrong
        return View(
            connection,
            window,
            as_of,
            pinned,
            lambda other: self.view(other, as_of, pinned, threads),
            self.bounds,
        )

    def span(self) -> Window | None:
        """Return the window from the first activity to just after the last, or None."""
        active = [name for name in TABLES if name not in STATE and name != "events"]
        files = [file for name in active for file in self._files(name) if file.rows]
        if not files:
            return None
        first = min(file.least["ts"] for file in files)
        last = max(file.greatest["ts"] for file in files) + timedelta(microseconds=1)
        return Window(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC))

    def quarantined(self) -> pa.Table:
        """Return every row that broke the contract, in order of arrival.

        Columns: table_name, reason, row (JSON text), feed, source_line, batch, arrived_at.
        """
        return quarantined(self.root)

    def _files(self, name: str, version: int | None = None) -> list[DataFile]:
        table = open_table(self.root / name, version)
        return [] if table is None else data_files(table, self.root / name)

    def _select(self, name: str, version: int | None, window: Window, as_of: datetime) -> str:
        table = TABLES[name]
        start = None if name in STATE else _naive(window.start)
        files = [
            file
            for file in ([] if version is None else self._files(name, version))
            if file.rows
            and file.may_hold(ARRIVED, None, _naive(as_of))
            and (file.is_revised or file.may_hold(table.time, start, _naive(window.end)))
        ]
        rows = known(table, files, f"{ARRIVED} <= {moment(as_of)}")
        since = "" if start is None else f"{table.time} >= {moment(window.start)} and "
        return f"select * from ({rows}) where {since}{table.time} < {moment(window.end)}"


def _always(window: Window) -> Window:
    return Window(window.start, datetime.max.replace(tzinfo=UTC))


def _expect_lake(root: Path) -> None:
    if not root.exists():
        return
    # A first landing cut short leaves a table's folder without a log, and is no reason to refuse.
    there = [path.name for path in root.iterdir()] if root.is_dir() else [root.name]
    if any(name not in (*TABLES, QUARANTINE) and not name.startswith(".") for name in there):
        raise SurveillanceError(f"expected a lake or an empty folder, was {root}")


def _naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)
