"""Lengths of time as people write them: ``30s``, ``24h``, ``7d``."""

import re
from datetime import timedelta

_UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def span(text: str) -> timedelta:
    """Read a length of time such as ``500ms``, ``30s``, ``24h`` or ``-5s``."""
    found = re.fullmatch(r"(-?\d+(?:\.\d+)?)(us|ms|s|m|h|d)", str(text).strip())
    if found is None:
        raise ValueError(
            f"expected a length of time such as 500ms, 30s, 5m, 24h or 7d, was {text!r}"
        )
    return float(found[1]) * _UNITS[found[2]]
