"""How values look on a screen: the templates, and the few filters they share."""

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from surveillance.model import Scalar
from surveillance.reports.pages import cell, plain
from surveillance.rules import rounding
from surveillance.times import format_time
from surveillance.web.works import TITLES


def environment(folder: Path) -> Environment:
    """Return the templates of the screens; everything they print is escaped."""
    loaded = Environment(
        loader=FileSystemLoader(folder / "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loaded.filters.update(
        utc=utc,
        iso=format_time,
        span=span,
        plain=plain,
        brief=brief,
        words=words,
        bar=bar,
        usd=usd,
    )
    loaded.globals["task_titles"] = TITLES
    return loaded


def words(name: str) -> str:
    """Write a name of ours as words: ``front_running`` becomes ``front running``."""
    return _NAMES.get(name) or name.replace("_", " ")


_NAMES = {"kyc_aml": "KYC/AML", "usd": "USD", "isin": "ISIN", "lei": "LEI", "ts": "time"}


def utc(moment: datetime | None) -> str:
    """Write a time to the second: ``2026-03-02 12:00:42``."""
    return "–" if moment is None else format_time(moment)[:19].replace("T", " ")


def span(length: timedelta) -> str:
    """Write a length of time in its two largest units: ``3 d 4 h``."""
    minutes = max(0, int(length.total_seconds())) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


_NOTHING = Decimal("1e-9")
"""A chance below it has more zeros than an eye counts."""


def brief(value: Scalar) -> str:
    """Write a value as short as an eye wants it: times to the second, numbers to four digits."""
    number = _number(value)
    if number is None or "." not in str(value):
        written = cell(value) if isinstance(value, str) else plain(value)
        return written[:19] if _TIME.fullmatch(written) else written
    if 0 < abs(number) < _NOTHING:
        return "nearly 0"
    places = max(2, 3 - number.adjusted()) if number else 0
    return plain(str(round(number, places)))


def usd(amount: str) -> str:
    """Write an exact sum of dollars as people do: ``72,590 USD``."""
    number = rounding.number(amount)
    return f"{amount} USD" if number is None else rounding.usd(number)


_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


class Bar(NamedTuple):
    """Where a measure and its threshold stand on a bar, 0-100."""

    at: float
    mark: float
    is_beyond: bool


def bar(value: Scalar, threshold: Scalar) -> Bar | None:
    """Scale a measure and its threshold to 0-100 for a bar, where both are numbers."""
    numbers = _number(value), _number(threshold)
    if numbers[0] is None or numbers[1] is None or min(numbers[0], numbers[1]) < 0:
        return None
    full = max(numbers[0], numbers[1]) * Decimal("1.15") or Decimal(1)
    at, mark = (round(float(number * 100 / full), 2) for number in (numbers[0], numbers[1]))
    return Bar(at=at, mark=mark, is_beyond=numbers[0] >= numbers[1])


def _number(value: Scalar) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
