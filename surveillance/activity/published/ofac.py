"""OFAC's list as delimited tables: names, other names and postal addresses, joined by a number.

Weak aliases stand among the remarks, between quotes; the table of other names has strong ones.
"""

import re
from pathlib import Path

from surveillance.activity.batch import ORIGIN
from surveillance.activity.published.entries import Entry, Listed, Rows, plain, since
from surveillance.activity.published.texts import Texts, values

_DIGITAL = re.compile(r"Digital Currency Address - (\w+) ([^;.\s]+)")
_BORN = re.compile(r"\bDOB ([^;.]+)")
_WEAK = re.compile(r"""\ba\.k\.a\. ['"](.+?)['"](?=\s*(?:;|\.|$))""")
_FROM = re.compile(r"\b(?:nationality|citizen) ([^;.]+)")
_KINDS = {"individual": "natural", "vessel": "vessel", "aircraft": "aircraft"}


def read(
    folder: Path,
    listed: Listed,
    glob: str,
    texts: Texts,
    aliases: str | None,
    addresses: str | None,
) -> Rows:
    """Yield names and addresses of entries, and what their remarks say besides."""
    countries: dict[str | None, list[str]] = {}
    for path, _ in texts.of(folder, addresses):
        for record in texts.records(path, 6):
            number, _, _, _, country, _ = values(record)
            countries.setdefault(number, []).extend([country] if country else [])
    shared: dict[str | None, dict[str, object]] = {}
    for path, _ in texts.of(folder, glob):
        date = since(listed, None, path)
        for record in texts.records(path, 12):
            entry = _entry(values(record), countries)
            for table, row in entry.rows(listed, date, f"{path.name}:{record.line}"):
                if table == "watchlist":
                    shared.setdefault(entry.id, row)
                yield table, row
    for path, _ in texts.of(folder, aliases):
        for record in texts.records(path, 5):
            number, alias, _, name, remarks = values(record)
            known = shared.get(number, {"list": listed.name, "entry_id": number})
            own = {"name_id": f"alt {alias}", "name": plain(name) or None, "quality": "strong"}
            row = {"ts": since(listed, None, path), **known, **own, "remarks": remarks}
            yield "watchlist", {**row, ORIGIN: f"{path.name}:{record.line}"}


def _entry(record: list[str | None], countries: dict[str | None, list[str]]) -> Entry:
    remarks = record[11] or ""
    return Entry(
        record[0] or "",
        _KINDS.get(record[2] or "", "legal"),
        names=[record[1] or ""],
        weak=_WEAK.findall(remarks),
        births=_BORN.findall(remarks),
        countries=[*_FROM.findall(remarks), *countries.get(record[0], [])],
        programmes=[record[3] or ""],
        remarks=record[11],
        addresses=_DIGITAL.findall(remarks),
    )
