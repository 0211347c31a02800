"""A day of a fact as a file: written once, named by what it was made of and by what it holds."""

import os
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp

import duckdb

from surveillance.activity.contract import text
from surveillance.activity.kept.naming import code, date
from surveillance.errors import SurveillanceError


def folder_of(kept: Path, name: str) -> Path:
    """Return the folder in which days of a fact are kept, of the code there is of it."""
    return kept / f"{name}-{code(name)}"


def found(folder: Path, day: int, key: str) -> Path | None:
    """Return the file of a day, if there is one."""
    return next(iter(sorted(folder.glob(f"{_stem(day, key)}-*.parquet"))), None)


def write(
    connection: duckdb.DuckDBPyConnection, select: str, folder: Path, day: int, key: str
) -> Path:
    """Write what a query selects as the file of a day, whole or not at all.

    Raises:
        SurveillanceError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle, name_of_new = mkstemp(dir=folder, prefix=".")
    os.close(handle)
    new = Path(name_of_new)
    try:
        connection.execute(
            f"copy ({select} order by all) to {text(str(new))} "
            "(format parquet, compression lz4_raw, parquet_version v2)"
        )
        named = folder / f"{_stem(day, key)}-{_sha256(new)}.parquet"
        os.replace(new, named)
    except (duckdb.IOException, OSError) as wrong:
        new.unlink(missing_ok=True)
        said = str(wrong).partition("\n")[0]
        raise SurveillanceError(f"expected {folder} to be written to, was: {said}") from wrong
    return named


def expect_whole(file: Path) -> None:
    """Refuse a file that is not what its name says.

    Raises:
        SurveillanceError: names it, and what to do.
    """
    if _sha256(file) != file.stem.rpartition("-")[2]:
        raise SurveillanceError(
            f"expected {file.parent.name}/{file.name} as it was kept, was changed; delete it, and "
            "it is made again"
        )


def _stem(day: int, key: str) -> str:
    return f"{date(day):%Y%m%d}-{key}"


def _sha256(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
