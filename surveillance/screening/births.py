"""Dates of birth as lists write them: days, months, years, spans, about.

``25 Mar 1977``, ``1977-03-25``, ``25/03/1977``, ``Mar 1977``, ``circa 1977``, ``1975 to 1979``.
"""

import re
from typing import NamedTuple

_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_WORDED = re.compile(r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ABOUT = re.compile(r"circa|approx|about|\bca?\.", re.IGNORECASE)
NEAR, FAR = 1, 2
"""Years that a birth may differ by to be near, and beyond which it is another's."""


class Births(NamedTuple):
    """Spans of years in which somebody may have been born, and days where they are known."""

    spans: tuple[tuple[int, int], ...]
    days: frozenset[str]


def read(texts: str | None) -> Births:
    """Return what a text that joins several dates by semicolons says; what is no date is left."""
    spans, days = [], set()
    for part in (texts or "").split(";"):
        years = sorted(int(year) for year in _YEAR.findall(part))
        if not years:
            continue
        about = NEAR if _ABOUT.search(part) else 0
        spans.append((years[0] - about, years[-1] + about))
        day = _day(part)
        if day and not about:
            days.add(day)
    return Births(tuple(spans), frozenset(days))


def _day(text: str) -> str:
    if match := _ISO.search(text):
        return "-".join(match.groups())
    match = _WORDED.search(text)
    if match is None or match.group(2).lower() not in _MONTHS:
        return ""
    month = _MONTHS.index(match.group(2).lower()) + 1
    return f"{match.group(3)}-{month:02}-{int(match.group(1)):02}"


def apart(one: Births, other: Births) -> int | None:
    """Return by how many years two births differ at least; nothing if one is not known."""
    gaps = [max(b[0] - a[1], a[0] - b[1], 0) for a in one.spans for b in other.spans]
    return min(gaps, default=None)
