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

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
from filelock import FileLock

from surveillance.activity.batch import Batch, Count, Landing
from surveillance.activity.bounds import USUAL, Bounds
from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.delta import DataFile, present_files
from surveillance.activity.lake.erasing import Erased, Record, erase
from surveillance.activity.lake.landing import expect_known, land_table
from surveillance.activity.lake.packing import Noted, Packed, pack, sweep, unnoted
from surveillance.activity.lake.quarantine import (
    QUARANTINE,
    REMARKS,
    quarantined,
    refuse_lines,
    refused,
    refused_rows,
    remarks,
)
from surveillance.activity.lake.seal import (
    Broken,
    broken,
    held,
    label_of,
    landed,
    latest,
    seal,
    until,
)
from surveillance.activity.lake.spill import Spill
from surveillance.activity.lake.view import (
    FOLDER,
    KEPT,
    KNOWN,
    SPILL,
    STATE,
    View,
    connect,
    known,
    moment,
    within,
)
from surveillance.config import KEYED, expect_keyed
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.times import EPOCH

_HOUR = timedelta(hours=1)
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
        return self._open(window, as_of, pinned, present, threads, keeps, accounts)

    def _open(
        self,
        window: Window,
        as_of: datetime,
        pinned: Mapping[str, int],
        present: Mapping[str, Sequence[DataFile]],
        threads: int | None,
        keeps: bool,
        accounts: Collection[str] | None,
    ) -> View:
        # Whole hours, so that what is made of a day is told alike by views that are cut elsewhere.
        window = window.back_to((window.start - EPOCH) % _HOUR) if keeps else window
        known_then = {name: until(present[name], version) for name, version in pinned.items()}
        spill = Spill(self._spill)
        connection = connect(self.root, threads, self.bounds, spill.path)
        connection.execute(f"set variable {FOLDER} = {text(str(spill.path))}")
        try:
            for name in TABLES:
                select = _select(name, known_then.get(name, ()), window, as_of)
                where = _of(name, accounts)
                connection.execute(f"create view {quoted(name)} as {select}{where}")
            known_rows = f"{ARRIVED} <= {moment(as_of)}"
            for name, rows in refused(self.root, present, known_rows).items():
                connection.execute(f"create view {name} as {rows}")
            for name, whole in KNOWN.items():
                ever = _ever(name, known_then.get(name, ()), as_of)
                where = f" where true{_of(name, accounts)}"
                connection.execute(f"create view {whole} as select * from ({ever}){where}")
        except duckdb.Error as wrong:
            raise SurveillanceError(f"expected a readable lake, was: {wrong}") from wrong
        return View(
            connection,
            window,
            as_of,
            pinned,
            lambda other: self._open(other, as_of, pinned, present, threads, keeps, accounts),
            lambda: {name: landed(present[name], version) for name, version in pinned.items()},
            spill,
            self.bounds,
            self.root / KEPT if keeps else None,
        )

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
            for file in broken(name, _shown(name, until(present[name], version), window, as_of))
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


def _shown(name: str, files: Iterable[DataFile], window: Window, as_of: datetime) -> list[DataFile]:
    """Return the files of one table that can hold a row of a view, or what is known whenever."""
    return _landed_by(files, as_of) if name in KNOWN else _read(name, files, window, as_of)


def _read(name: str, files: Iterable[DataFile], window: Window, as_of: datetime) -> list[DataFile]:
    """Return the files of one table that can hold a row of a window."""
    start, end = None if name in STATE else _naive(window.start), _naive(window.end)
    return [
        file
        for file in _landed_by(files, as_of)
        if file.is_revised or file.may_hold(TABLES[name].time, start, end)
    ]


def _landed_by(files: Iterable[DataFile], as_of: datetime) -> list[DataFile]:
    return [file for file in files if file.rows and file.may_hold(ARRIVED, None, _naive(as_of))]


def _select(name: str, files: Iterable[DataFile], window: Window, as_of: datetime) -> str:
    table = TABLES[name]
    rows = known(table, _read(name, files, window, as_of), f"{ARRIVED} <= {moment(as_of)}")
    return f"select * from ({rows}) where {within(table, window)}"


def _of(name: str, accounts: Collection[str] | None) -> str:
    """Return SQL that a row of a table has one of some accounts, if it has any."""
    names = [column for column in _TRADERS if column in TABLES[name].schema]
    if accounts is None or not names:
        return ""
    listed = ", ".join(text(account) for account in sorted(accounts)) or "null"
    return f" and ({' or '.join(f'{column} in ({listed})' for column in names)})"


_TRADERS = ("trader_id", "buyer_id", "seller_id")


def _ever(name: str, files: Iterable[DataFile], as_of: datetime) -> str:
    return known(TABLES[name], _landed_by(files, as_of), f"{ARRIVED} <= {moment(as_of)}")


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


def _naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)
