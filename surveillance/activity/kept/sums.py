"""What the rows of a table come to, by the hour: how many they are, and the sum of their hashes.

To hash all rows of a view costs more than reading them for a rule, and grows with the lake. So what
each file of the lake comes to is kept, and added up. Where rows replace others, those that may be
replaced are taken away and those that stand are added: that hangs on all files of the view, and is
kept by the names of all. A file of which a view shows a part is counted with these.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from shutil import rmtree
from typing import Any

import duckdb

from surveillance.activity.catalogue import ARRIVED, TABLES, Table
from surveillance.activity.contract import quoted
from surveillance.activity.kept.notes import Sums, note, noted
from surveillance.activity.lake.delta import DataFile, present_files
from surveillance.activity.lake.rows import (
    STATE,
    contested,
    in_force,
    known,
    moment,
    placed,
    standing,
    within,
)
from surveillance.activity.lake.view import KNOWN, View
from surveillance.canonical import digest
from surveillance.model import Window
from surveillance.times import HOUR, epoch_us

FOLDER = "sums"
_TOGETHER = "together"
"""Begins the name of what files come to together, beside what each does."""
_TABLES = {whole: name for name, whole in KNOWN.items()}


def by_hour(view: View, name: str, window: Window) -> Sums:
    """Return what a table comes to in a window, as known in a view; or one known whatever it is.

    An hour of which the window has a part alone may count rows beside.

    Raises:
        SurveillanceError: what was kept was changed, or cannot be.
    """
    table, files = TABLES[_TABLES.get(name, name)], view.files(window).get(name, ())
    whole = [file for file in files if _is_whole(file, view)]
    added: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for sums in (*_apart(view, table, whole), _together(view, window, name, files)):
        for hour, (rows, hashes) in sums.items():
            added[hour] = (added[hour][0] + rows, added[hour][1] + hashes)
    return {hour: sums for hour, sums in added.items() if sums[0] and _shows(window, name, hour)}


def sweep(folder: Path) -> int:
    """Delete what no file of the lake, and no code, has any more, and return how many files."""
    current = {_made_of(table): table.name for table in TABLES.values()}
    gone = 0
    for made in sorted((folder / FOLDER).glob("*/")):
        name = current.get(made.name)
        present = present_files(folder.parent / name) if name else []
        names = {_name(file) for file in present if not file.is_revised}
        old = [file for file in made.iterdir() if file.name not in names]
        for file in old:
            file.unlink()
        gone += len(old)
        if name is None:
            rmtree(made)
    return gone


def _is_whole(file: DataFile, view: View) -> bool:
    """Return whether a view shows every row of a file that none replaces, if it is of its time."""
    return _has_landed(file, view) and file.until is None and not file.is_revised


def _has_landed(file: DataFile, view: View) -> bool:
    last = file.greatest.get(ARRIVED)
    return last is not None and bool(last.replace(tzinfo=UTC) <= view.as_of)


def _shows(window: Window, name: str, hour: int) -> bool:
    if name in _TABLES:
        return True
    since = name in STATE or hour >= epoch_us(window.start) // HOUR
    return since and hour * HOUR < epoch_us(window.end)


def _apart(view: View, table: Table, files: Sequence[DataFile]) -> Iterable[Sums]:
    """Return what each file comes to, each counted once."""
    paths = {str(file.path): _folder(view, table) / _name(file) for file in files}
    sums = {path: found for path in paths if (found := noted(paths[path])) is not None}
    if new := [file for file in files if str(file.path) not in sums]:
        counted = _counted(view, table, new)
        for path in map(str, (file.path for file in new)):
            sums[path] = counted.get(path, {})
            note(paths[path], sums[path])
    return sums.values()


def _counted(view: View, table: Table, files: Sequence[DataFile]) -> dict[str, dict[int, Any]]:
    rows = view.connection.execute(
        f"select filename, {_hour(table)} as hour, count(*), sum({_hash(table)}) "
        f"from {placed(table, files)} where {in_force(table)} group by all"
    ).fetchall()
    counted: dict[str, dict[int, Any]] = defaultdict(dict)
    for path, hour, count, hashes in rows:
        counted[path][int(hour)] = (int(count), int(hashes))
    return counted


def _together(view: View, window: Window, name: str, files: Sequence[DataFile]) -> Sums:
    """Return what the rows of files come to beyond those of whole ones, each by itself."""
    table = TABLES[_TABLES.get(name, name)]
    revised = [file for file in files if file.is_revised]
    parts = [file for file in files if not file.is_revised and not _is_whole(file, view)]
    if not parts and not revised:
        return {}
    is_late = not all(_has_landed(file, view) for file in files)
    where = f"{ARRIVED} <= {moment(view.as_of)}" if is_late else "true"
    inside = "true" if name in _TABLES else within(table, window)
    made_of = [[[file.path.name, file.until] for file in files], where, inside]
    path = _folder(view, table) / f"{_TOGETHER}-{digest(made_of)[:32]}.json"
    if (found := noted(path)) is not None:
        return found
    signed = [(1, known(table, parts, where))]
    if revised:
        signed += [(-1, contested(table, files, where)), (1, standing(table, files, where))]
    sums = _signed(view, table, signed, inside)
    note(path, sums)
    return sums


def _signed(view: View, table: Table, signed: Sequence[tuple[int, str]], inside: str) -> Sums:
    """Return what rows come to, of which some are taken away."""
    columns = ", ".join(map(quoted, table.schema))
    rows = " union all ".join(
        f"select {sign} as sign, {columns} from ({of})" for sign, of in signed
    )
    counted = view.connection.execute(
        f"select {_hour(table)} as hour, sum(sign), sum(sign * {_hash(table)}) from ({rows}) "
        f"where {inside} group by hour"
    ).fetchall()
    return {int(hour): (int(count), int(hashes)) for hour, count, hashes in counted}


def _hour(table: Table) -> str:
    return f"epoch_us({table.time}) // {HOUR}"


def _hash(table: Table) -> str:
    return f"cast(hash({', '.join(map(quoted, table.schema))}) as hugeint)"


def _folder(view: View, table: Table) -> Path:
    return (view.kept or Path()) / FOLDER / _made_of(table)


def _made_of(table: Table) -> str:
    """Return the name of a table with what its hashes depend on, in short."""
    return f"{table.name}-{digest([duckdb.__version__, list(table.schema)])[:12]}"


def _name(file: DataFile) -> str:
    return f"{file.path.stem}.json"
