"""How a view is opened: which files of pinned versions it reads, and the SQL views over them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from surveillance.activity.bounds import Bounds
from surveillance.activity.catalogue import ARRIVED, TABLES
from surveillance.activity.contract import quoted, text
from surveillance.activity.lake.delta import DataFile
from surveillance.activity.lake.engine import connect
from surveillance.activity.lake.quarantine import refused
from surveillance.activity.lake.rows import STATE, known, moment, within
from surveillance.activity.lake.seal import landed, until
from surveillance.activity.lake.spill import Spill
from surveillance.activity.lake.view import FOLDER, KEPT, KNOWN, Files, View
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.times import EPOCH

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """The lake as known at ``as_of`` at pinned versions, of which any window can be viewed.

    ``present`` are the files of each table. Of tables that name a trader, with ``accounts``, only
    the rows of these are shown.
    """

    root: Path
    spill: Path
    bounds: Bounds
    as_of: datetime
    pinned: Mapping[str, int]
    present: Mapping[str, Sequence[DataFile]]
    threads: int | None
    keeps: bool
    accounts: Collection[str] | None

    def view(self, window: Window) -> View:
        """Open a view of a window, with a connection and a folder to spill to of its own."""
        # Whole hours, so that what is made of a day is told alike by views cut elsewhere.
        window = window.back_to((window.start - EPOCH) % _HOUR) if self.keeps else window
        spill = Spill(self.spill)
        connection = connect(self.root, self.threads, self.bounds, spill.path)
        connection.execute(f"set variable {FOLDER} = {text(str(spill.path))}")
        try:
            self._show(connection, window)
        except duckdb.Error as wrong:
            raise SurveillanceError(f"expected a readable lake, was: {wrong}") from wrong
        return View(
            connection,
            window,
            self.as_of,
            self.pinned,
            self.view,
            self._landed,
            spill,
            self.bounds,
            self.root / KEPT if self.keeps else None,
            self.files,
        )

    def files(self, window: Window) -> Files:
        """Return the files from which rows of a window are read, by table; of those known whatever
        it is by the name under which they are."""
        then = {name: until(self.present[name], version) for name, version in self.pinned.items()}
        files = {name: _read(name, then.get(name, ()), window, self.as_of) for name in TABLES}
        known = {whole: _landed_by(then.get(name, ()), self.as_of) for name, whole in KNOWN.items()}
        return files | known

    def _show(self, connection: duckdb.DuckDBPyConnection, window: Window) -> None:
        files = self.files(window)
        for name in TABLES:
            select = _select(name, files[name], window, self.as_of)
            where = _of(name, self.accounts)
            connection.execute(f"create view {quoted(name)} as {select}{where}")
        known_rows = f"{ARRIVED} <= {moment(self.as_of)}"
        for name, rows in refused(self.root, self.present, known_rows).items():
            connection.execute(f"create view {name} as {rows}")
        for name, whole in KNOWN.items():
            ever = _known(name, files[whole], self.as_of)
            where = f" where true{_of(name, self.accounts)}"
            connection.execute(f"create view {whole} as select * from ({ever}){where}")

    def _landed(self) -> Mapping[str, tuple[str, ...]]:
        return {name: landed(self.present[name], version) for name, version in self.pinned.items()}


def shown(name: str, files: Iterable[DataFile], window: Window, as_of: datetime) -> list[DataFile]:
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


def _select(name: str, files: Sequence[DataFile], window: Window, as_of: datetime) -> str:
    return f"select * from ({_known(name, files, as_of)}) where {within(TABLES[name], window)}"


def _known(name: str, files: Sequence[DataFile], as_of: datetime) -> str:
    return known(TABLES[name], files, f"{ARRIVED} <= {moment(as_of)}")


def _of(name: str, accounts: Collection[str] | None) -> str:
    """Return SQL that a row of a table has one of some accounts, if it has any."""
    names = [column for column in _TRADERS if column in TABLES[name].schema]
    if accounts is None or not names:
        return ""
    listed = ", ".join(text(account) for account in sorted(accounts)) or "null"
    return f" and ({' or '.join(f'{column} in ({listed})' for column in names)})"


_TRADERS = ("trader_id", "buyer_id", "seller_id")


def _naive(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(tzinfo=None)
