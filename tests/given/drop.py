"""A folder where a venue drops files: landed in a lake of its own, and judged by a shipped rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from surveillance.activity import sources
from surveillance.activity.batch import Count
from surveillance.activity.catalogue import TABLES
from surveillance.activity.facts import facts
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.model import Verdict, Window
from surveillance.rules.book import Rulebook, load_rule
from surveillance.times import parse_time
from tests.given.activities import RULES, unfitted

DAY = Window(parse_time("2026-03-02"), parse_time("2026-03-03"))
PULLED = parse_time("2026-03-03T06:00:00Z")
LATER = parse_time("2026-03-04T06:00:00Z")


def table(text: str) -> str:
    """Return lines of values, written with blanks for the eye, as a CSV."""
    return re.sub(r" *, *", ",", dedent(text).strip()) + "\n"


@dataclass
class Drop:
    """What a venue drops, and what became of it; ``says`` are lines of its venue file."""

    folder: Path
    says: str = ""

    @cached_property
    def lake(self) -> Lake:
        """The lake that it lands in."""
        return Lake(self.folder / "lake")

    def pull(self, venue: str, at: datetime = PULLED) -> dict[str, Count]:
        """Land what a venue file says of the folder, and return the counts by table."""
        counts: dict[str, Count] = {}
        for batch in sources.pull(sources.parse(dedent(venue), self.folder, "venue.yml")):
            counts |= self.lake.land(batch, at).counts
        return counts

    def land(
        self, selects: Mapping[str, str] | None = None, /, at: datetime = PULLED, **tables: str
    ) -> dict[str, Count]:
        """Drop a file for each table and pull them; a column of a file is one of the table.

        ``selects`` say instead what a table is made of; ``seq`` is the line if it is no column.
        """
        for name, text in tables.items():
            (self.folder / f"{name}.csv").write_text(table(text))
        written = {
            name: dedent((selects or {}).get(name) or _select(name, table(text)))
            for name, text in tables.items()
        }
        files = "".join(f"  {name}: {{glob: {name}.csv}}\n" for name in tables)
        lines = "".join(f"  {name}: |\n{indent(text, '    ')}\n" for name, text in written.items())
        head = f"venue: shop\nsource: files\n{dedent(self.says)}\n"
        return self.pull(f"{head}files:\n{files}tables:\n{lines}", at)

    def rows(
        self, sql: str, as_of: datetime = LATER, window: Window = DAY
    ) -> list[tuple[Any, ...]]:
        """Return what a query over tables and facts gives."""
        names = [name for name in re.findall(r"\w+", sql) if name in facts()]
        with self.lake.view(window, as_of) as view:
            prepare(view.connection, names)
            return view.connection.execute(sql).fetchall()

    def verdict(self, rule: str, as_of: datetime = LATER, window: Window = DAY) -> Verdict:
        """Judge a window by one shipped rule."""
        book = Rulebook({rule: load_rule(RULES, rule)})
        with self.lake.view(window.back_to(book.reach), as_of) as view:
            [verdict] = detect(book, view, window, Peers(), unfitted)
        return verdict

    def subjects(self, rule: str, as_of: datetime = LATER) -> list[str]:
        """Return whom a shipped rule finds."""
        return sorted({hit.subject for hit in self.verdict(rule, as_of).hits})

    def refused(self) -> list[str]:
        """Return the reason of every row in quarantine."""
        return list(self.lake.quarantined()["reason"].to_pylist())

    def remarked(self) -> list[str]:
        """Return an example of each reason for which values were left empty."""
        return list(self.lake.remarks()["example"].to_pylist())


def _select(name: str, text: str) -> str:
    columns = text.partition("\n")[0].split(",")
    line = "" if "seq" in columns or "seq" not in TABLES[name].schema else "_line as seq, "
    return f"select {line}{', '.join(columns)} from {name}"
