"""Files of rows that are kept, each named by what it was made of and by its own digest."""

import os
from pathlib import Path
from tempfile import mkstemp

import duckdb

from surveillance.activity.contract import text
from surveillance.activity.kept.notes import changed
from surveillance.activity.lake.seal import sha256
from surveillance.activity.lake.view import View
from surveillance.errors import SurveillanceError


def find(folder: Path, key: str) -> Path | None:
    """Return the file of what is made of ``key``, if it is there."""
    return next(iter(sorted(folder.glob(f"{key}-*.parquet"))), None)


def put(view: View, select: str, folder: Path, key: str) -> Path:
    """Write the rows of a query into a folder, and return the file, which is whole once there.

    Raises:
        SurveillanceError: it cannot be written.
    """
    new = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, beside = mkstemp(dir=folder, prefix=".")
        os.close(handle)
        new = Path(beside)
        view.connection.execute(
            f"copy ({select}) to {text(beside)} "
            "(format parquet, compression lz4_raw, parquet_version v2)"
        )
        return new.replace(folder / f"{key}-{sha256(new)}.parquet")
    except (duckdb.IOException, OSError) as wrong:
        if new is not None:
            new.unlink(missing_ok=True)
        said = str(wrong).partition("\n")[0]
        raise SurveillanceError(f"expected {folder} to be written to, was: {said}") from wrong


def expect_whole(file: Path) -> None:
    """Refuse a file that is not what its name says."""
    if sha256(file) != file.stem.rpartition("-")[2]:
        raise changed(file)
