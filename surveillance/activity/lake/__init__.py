"""The lake: everything that was ever known of activity, append-only, versioned, checked.

One Delta table per catalogue table under one folder, and one more for the rows that broke the
contract. Late and corrected rows arrive as new rows with their own arrival time; a row whose key
is already there replaces the earlier one in every view from its arrival on. To keep that free
where nothing is ever corrected, the replacing rows go to files of their own (``revised-``), named
by the version that adds them so that names sort in the order of landing.

A view at a pinned version reads the present files and of them what had landed by then. It is the
same rows as that version of the log lists, and stays so when small files have been packed into
large ones, what they replaced is deleted, and the log of that time is gone.

A landing is one commit per table, each marked with the batch, so that one cut short between two
tables is completed by repeating it and a repeated one adds nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from filelock import FileLock

from surveillance.activity.batch import Batch, Count, Landing
from surveillance.activity.bounds import USUAL, Bounds
from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake.delta import DataFile, present_files
from surveillance.activity.lake.engine import SPILL, connect
from surveillance.activity.lake.erasing import Erased, Record, erase
from surveillance.activity.lake.landing import expect_known, land_table
from surveillance.activity.lake.opening import Opening, shown
from surveillance.activity.lake.packing import Noted, Packed, pack, sweep, unnoted
from surveillance.activity.lake.quarantine import (
    QUARANTINE,
    REMARKS,
    quarantined,
    refuse_lines,
    refused_rows,
    remarks,
)
from surveillance.activity.lake.rows import STATE, moment
from surveillance.activity.lake.seal import (
    Broken,
    broken,
    held,
    label_of,
    latest,
    seal,
    until,
)
from surveillance.activity.lake.view import View
from surveillance.config import KEYED, expect_keyed
from surveillance.errors import SurveillanceError
from surveillance.model import Window

__all__ = ["Batch", "Count", "Lake", "Landing", "View"]


class Lake:
    """A folder of Delta tables, made by the first landing; ``bounds`` hold for each rule.

    What does not fit into memory while somebody looks goes to ``spill``, by default in the lake.

    Raises:
        SurveillanceError: ``root`` is something else than a lake or an empty folder.
    """

    def __init__(self, root: Path, bounds: Bounds = USUAL, spill: Path | None = None) -> None:
        self.root, self.bounds = root.resolve(), bounds
        self._spill = (spill or self.root / SPILL).resolve()
        _expect_lake(self.root)

    def land(self, batch: Batch, arrived_at: datetime) -> Landing:
        """Check the rows of a batch, add the good ones, and quarantine the others.

        Raises:
            SourceError: the batch names tables or columns that the catalogue does not have.
        """
        expect_known(batch)
        moment(arrived_at)
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / KEYED).touch()
        counts: dict[str, Count] = {}
        with FileLock(self.root / ".lock"), connect(self.root) as engine:
            for name in batch.faults:
                refused = refuse_lines(engine, self.root, batch, name, arrived_at)
                counts[name] = Count(refused, 0, refused)
            for name in (name for name in TABLES if name in batch.tables):
                counts[name] = land_table(engine, self.root, batch, name, arrived_at)
        return Landing(batch.id, counts)

    def versions(self) -> dict[str, int]:
        """Return, for every table there is, the version of the last landing that brought a row."""
        return {name: latest(files) for name, files in self.files().items()}

    def view(
        self,
        window: Window,
        as_of: datetime,
        versions: Mapping[str, int] | None = None,
        threads: int | None = None,
        *,
        keeps: bool = False,
        accounts: Collection[str] | None = None,
    ) -> View:
        """Show what was known at ``as_of`` of ``window``, at pinned versions if any are given.

        One that ``keeps`` may take facts from those that were kept, and keep others. With
        ``accounts``, of tables that name a trader only the rows of these, and nothing is kept.

        Raises:
            SurveillanceError: a version or a file of it is not there, or cannot be read.
        """
        present = self.files()
        pinned = {name: latest(files) for name, files in present.items()}
        if versions is not None:
            _expect_versions(versions, pinned)
            pinned = dict(versions)
        keeps = keeps and accounts is None
        opening = Opening(
            self.root, self._spill, self.bounds, as_of, pinned, present, threads, keeps, accounts
        )
        return opening.view(window)

    def broken(self, window: Window, as_of: datetime, versions: Mapping[str, int]) -> list[Broken]:
        """Return the files that a view would read and that are not what their seals say.

        Raises:
            SurveillanceError: a file is not there, or not of its size, or a version never was.
        """
        present = self.files()
        _expect_versions(versions, {name: latest(files) for name, files in present.items()})
        return [
            file
            for name, version in versions.items()
            for file in broken(name, shown(name, until(present[name], version), window, as_of))
        ]

    def landed_with(self, batch: str, tables: Iterable[str]) -> dict[str, list[str]]:
        """Return the names of the files that a batch brought to each of some tables."""
        label, brought = label_of(batch), {}
        for table in tables:
            names = (name for file in present_files(self.root / table) for name in held(file))
            brought[table] = sorted(name for name in names if seal(name).label == label)
        return {table: names for table, names in brought.items() if names}

    def labels(self) -> set[str]:
        """Return what the names of all files that ever landed say of their batches."""
        present = (file for files in self.files().values() for file in files)
        return {seal(name).label for file in present for name in held(file)}

    def pack(self, at: datetime, threads: int | None = None, note: Noted = unnoted) -> list[Packed]:
        """Write small files that landed one after the other into large ones of the same rows.

        ``note`` is called with each large file before it takes the place of the small ones.

        Raises:
            SurveillanceError: a file is not what its seal says; nothing of its table is packed.
        """
        with FileLock(self.root / ".lock"), connect(self.root, threads) as engine:
            return [each for name in TABLES for each in pack(engine, self.root, name, at, note)]

    def erase(
        self, until: datetime, names: Collection[str], at: datetime, record: Record
    ) -> list[Erased]:
        """Erase what was done before ``until``, but what traders or owners of ``names`` did.

        ``record`` is called with what goes from a file before it goes; no run may be reading.
        """
        with FileLock(self.root / ".lock"):
            return erase(self.root, until, names, at, record)

    def sweep(self) -> int:
        """Delete files that no table has any more, and return how many; no run may be reading."""
        with FileLock(self.root / ".lock"):
            return sum(sweep(self.root / name) for name in (*TABLES, QUARANTINE, REMARKS))

    def span(self) -> Window | None:
        """Return the window from the first activity to just after the last, or None."""
        active = [name for name in TABLES if name not in STATE and name != "events"]
        present = self.files()
        files = [file for name in active for file in present.get(name, ()) if file.rows]
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

    def refused_rows(self) -> dict[str, int]:
        """Return how many rows of each table ever broke the contract, mended since or not."""
        return refused_rows(self.root)

    def remarks(self) -> pa.Table:
        """Return what values made no sense and are empty, by reason, in order of arrival.

        Columns: table_name, reason, rows, example, feed, source_line, batch, arrived_at.
        """
        return remarks(self.root)

    def files(self) -> dict[str, list[DataFile]]:
        """Return the present files of every table there is."""
        there = [name for name in TABLES if (self.root / name / "_delta_log").is_dir()]
        return {name: present_files(self.root / name) for name in there}


def _expect_versions(pinned: Mapping[str, int], present: Mapping[str, int]) -> None:
    for name, version in pinned.items():
        if version > present.get(name, -1):
            was = f"at {present[name]}" if name in present else "absent"
            raise SurveillanceError(f"expected the table {name} at version {version}, was {was}")


def _expect_lake(root: Path) -> None:
    if not root.exists():
        return
    expect_keyed(root)
    # A first landing cut short leaves a table's folder without a log, and is no reason to refuse.
    there = [path.name for path in root.iterdir()] if root.is_dir() else [root.name]
    if any(
        name not in (*TABLES, QUARANTINE, REMARKS) and not name.startswith(".") for name in there
    ):
        raise SurveillanceError(f"expected a lake or an empty folder, was {root}")
