"""Files written out again, record by record, for the engine to read without any doubt.

What is written is the line of each record and its values, all quoted alike; what could not be cut
goes to a second file, with the reason and its place.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from io import TextIOBase
from pathlib import Path

from surveillance.activity.venue import Relation
from surveillance.activity.venue.layout import Layout
from surveillance.activity.venue.records import Record, flaw, lines, records, shown


@dataclass(frozen=True, slots=True)
class Mended:
    """Two tables without headers: records with their line, and reason, text and place of faults."""

    records: Path
    faults: Path
    remark: str | None = None

    def forget(self) -> None:
        """Delete both."""
        self.records.unlink()
        self.faults.unlink()


def mended_records(path: Path, spec: Relation, layout: Layout, name: str, scratch: Path) -> Mended:
    """Write out the records of a table of text; ``name`` is what its file is called."""
    with _opened(path) as file:
        numbered = _after(lines(file), layout.before)
        left: list[tuple[int, str]] = []
        kept = _without_last(numbered, spec.footer, left) if spec.footer else numbered
        mended = write(records(kept, layout.cutter, len(layout.names)), name, scratch)
        return replace(mended, remark=_remark(left, layout))


def mended_lines(path: Path, name: str, scratch: Path, limit: int) -> Mended:
    """Write out the lines of a text, each one value."""

    def single(numbered: Iterable[tuple[int, str]]) -> Iterator[Record]:
        for number, text in numbered:
            if reason := flaw(text, limit):
                yield Record(number, text[:1000], None, reason)
            elif text:
                yield Record(number, text, (text,))

    with _opened(path) as file:
        return write(single(lines(file, limit)), name, scratch)


def write(found: Iterable[Record], name: str, scratch: Path) -> Mended:
    """Write records out."""
    mended = Mended(scratch / "mended-records", scratch / "mended-faults")
    with (
        mended.records.open("w", encoding="utf-8", errors="backslashreplace", newline="") as good,
        mended.faults.open("w", encoding="utf-8", newline="") as bad,
    ):
        to_good = csv.writer(good, lineterminator="\n")
        to_bad = csv.writer(bad, lineterminator="\n")
        for record in found:
            if record.values is None:
                to_bad.writerow([record.reason, shown(record.text), f"{name}:{record.line}"])
            else:
                to_good.writerow([record.line, *record.values])
    return mended


def _opened(path: Path) -> TextIOBase:
    return path.open(encoding="utf-8-sig", errors="surrogateescape")


def _after(numbered: Iterator[tuple[int, str]], before: int) -> Iterator[tuple[int, str]]:
    return (each for each in numbered if each[0] > before)


def _remark(left: list[tuple[int, str]], layout: Layout) -> str | None:
    """Say which lines that were left out as a footer are as wide as records."""
    wide = [
        (number, text)
        for number, text in left
        if len(layout.cutter.cut(text) or ()) == len(layout.names) > 1
    ]
    if not wide:
        return None
    number, text = wide[0]
    return (
        f"{len(wide)} of the {len(left)} lines left out by `footer` have as many values as "
        f"a record, the first on line {number}: {text.strip()[:80]}"
    )


def _without_last(
    numbered: Iterable[tuple[int, str]], count: int, left: list[tuple[int, str]]
) -> Iterator[tuple[int, str]]:
    """Yield lines but for the last ``count`` of those that are not blank, which are ``left``."""
    waiting: deque[tuple[int, str]] = deque()
    for each in numbered:
        if each[1].strip():
            waiting.append(each)
        if len(waiting) > count:
            yield waiting.popleft()
    left.extend(waiting)
