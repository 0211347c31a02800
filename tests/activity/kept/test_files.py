"""The files of kept facts: what is listed, and what a sweep leaves."""

import os
from datetime import UTC, datetime
from pathlib import Path

from surveillance.activity.kept import files
from surveillance.activity.kept.naming import code


def part(folder: Path, name: str, age: int = 0) -> Path:
    """Put a file among those that are kept, so many seconds old."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"rows")
    stamp = file.stat().st_mtime - age
    os.utime(file, (stamp, stamp))
    return file


def current(name: str) -> str:
    return f"{name}-{code(name)}"


def test_what_is_kept_is_listed_by_fact_and_day(tmp_path: Path) -> None:
    part(tmp_path, f"{current('baits')}/20260302-key-digest.parquet")
    part(tmp_path, "whole/owners-0123456789ab/key-digest.parquet")
    day = datetime(2026, 3, 2, tzinfo=UTC)
    assert [each[:3] for each in files.parts_in(tmp_path)] == [
        ("baits", day, 4),
        ("owners", None, 4),
    ]


def test_a_sweep_leaves_the_latest_of_each_day_made_by_the_code_there_is(tmp_path: Path) -> None:
    old = part(tmp_path, f"{current('baits')}/20260302-one-digest.parquet", age=60)
    new = part(tmp_path, f"{current('baits')}/20260302-two-digest.parquet")
    other = part(tmp_path, f"{current('baits')}/20260303-one-digest.parquet", age=60)
    looked_back_on = part(tmp_path, f"{current('prevailing')}/20260303-one-digest.parquet", age=60)
    former = part(tmp_path, "baits-0123456789ab/20260302-one-digest.parquet")
    assert files.sweep(tmp_path) == 2
    assert [file.exists() for file in (old, new, other, former)] == [False, True, True, False]
    assert looked_back_on.exists()


def test_nothing_is_listed_or_swept_where_nothing_was_kept(tmp_path: Path) -> None:
    assert files.parts_in(tmp_path / "none") == []
    assert files.sweep(tmp_path / "none") == 0
