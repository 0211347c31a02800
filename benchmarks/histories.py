"""The same lake with less history: only the files of the last days, linked, not copied."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

_STATE = ("accounts", "instruments", "address_labels")


def thin(root: Path, target: Path, since: datetime) -> None:
    """Make a lake of those files of another that hold anything from ``since`` on."""
    from surveillance.activity.catalogue import TABLES
    from surveillance.activity.lake.delta import commit, data_files, open_table
    from surveillance.activity.lake.rows import columns
    from surveillance.config import KEYED

    for folder in _tables(root):
        table = open_table(folder)
        files = [] if table is None else data_files(table, folder)
        wanted = [
            file
            for file in files
            if folder.name in _STATE or file.may_hold("ts", since.replace(tzinfo=None), None)
        ]
        place = target / folder.name
        place.mkdir(parents=True, exist_ok=True)
        for file in wanted:
            os.link(file.path, place / file.path.name)
        commit(place, columns(TABLES[folder.name]), wanted, mark="thin", count=0, at=since)
    (target / KEYED).touch()


def _tables(root: Path) -> Iterator[Path]:
    from surveillance.activity.catalogue import TABLES

    yield from (root / name for name in TABLES if (root / name).is_dir())
