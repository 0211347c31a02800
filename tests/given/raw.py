"""One raw relation of a folder, read as a pull reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surveillance.activity import sources
from surveillance.activity.sources.files import Keys
from surveillance.activity.venue.mapping import mapped
from surveillance.activity.venue.raw import opened


@dataclass(frozen=True)
class Reading:
    """What came of a relation: rows without file and line, their lines, faults, remarks."""

    rows: list[tuple[Any, ...]]
    lines: list[tuple[str, int]]
    faults: list[tuple[str, str]]
    remarks: list[str]


def read(
    folder: Path, spec: str = "{glob: '*.csv'}", columns: str = "*", numbers: str = ""
) -> Reading:
    """Read the relation ``t``; ``columns`` are selected, of which ``numbers`` become numbers."""
    text = f"venue: shop\nsource: files\nfiles:\n  t: {spec}\ntables: {{}}\n"
    venue = sources.parse(text, folder, "shop.yml")
    with opened(venue, venue.settings(Keys).files) as raw:
        select = f"select {columns}, t._file, t._line from t"
        if columns == "*":
            select = "select * from t"
        found = mapped(select, raw.columns, raw.names, frozenset(numbers.split()))
        loaded = [raw.load(file) for file in raw.files["t"]]
        raw.expose("t", raw.files["t"], found.numbers)
        rows = raw.connection.execute(f"{found.query.sql()} order by _file, _line").fetchall()
    faults = [row for each in loaded if each for row in each.faults.to_pylist()]
    return Reading(
        [row[:-2] for row in rows],
        [row[-2:] for row in rows],
        [(row["source_line"], row["reason"]) for row in faults],
        [remark for each in loaded if each for remark in each.remarks],
    )
