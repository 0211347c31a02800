"""The engine: a sandboxed connection that reads and writes in its own folders and nowhere else."""

from pathlib import Path

import duckdb

from surveillance.activity.bounds import USUAL, Bounds
from surveillance.activity.contract import text

SPILL = ".spill"
"""Folder of a lake for what does not fit into memory while somebody looks."""


def connect(
    root: Path,
    threads: int | None = None,
    bounds: Bounds | None = None,
    spill: Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open a connection that reads and writes below ``root`` and ``spill`` and nowhere else."""
    connection, within = duckdb.connect(), root.resolve()
    there = _settings(within, spill or within / SPILL, threads)
    for setting in [*(bounds or USUAL).settings(), *there]:
        connection.execute(f"set {setting}")
    return connection


def _settings(root: Path, spill: Path, threads: int | None) -> list[str]:
    return [
        # Of every cursor too.
        "global TimeZone = 'UTC'",
        # On by itself in a process that has no file to its name, such as one of a pool.
        "enable_progress_bar = false",
        # How many rows look a price up is guessed, and a loop over all prices may take minutes.
        "asof_loop_join_threshold = 0",
        *([f"threads = {int(threads)}"] if threads else []),
        f"temp_directory = {text(str(spill))}",
        f"allowed_directories = [{text(f'{root}/')}, {text(f'{spill}/')}]",
        "enable_external_file_cache = false",
        "python_enable_replacements = false",
        "enable_external_access = false",
        "lock_configuration = true",
    ]
