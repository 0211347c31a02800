"""Values of a database as exact text, which the contract then types and judges like that of a file.

A binary float has lost what it was if it shows more digits than one holds, so it is refused then;
a time without a zone is a time only if the venue file says in which zone it was written.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

from surveillance.activity.catalogue import TIME

Cells: TypeAlias = tuple[list[str | None], dict[int, str]]
"""The texts of a column, and by row what is wrong with a value that has none."""
_FLOAT_DIGITS = 15
_LONGEST = 400


def texts(values: Sequence[Any], kind: str, zone: ZoneInfo | None) -> Cells:
    """Return the values of a column of the catalogue's ``kind`` as text, and their faults."""
    written: list[str | None] = []
    faults: dict[int, str] = {}
    for row, value in enumerate(values):
        try:
            written.append(None if value is None else _text(value, kind, zone))
        except ValueError as wrong:
            written.append(str(value)[:_LONGEST])
            faults[row] = str(wrong)
    return written, faults


def placed(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Return a time in UTC; one without a zone was written in ``zone``.

    Raises:
        ValueError: there is no zone, or the zone has that time twice or never.
    """
    if moment.tzinfo is None:
        if zone is None:
            raise ValueError(
                f"expected a time with a zone, or time_zone in the venue file, was '{moment}'"
            )
        moment = moment.replace(tzinfo=zone)
        if moment.utcoffset() != moment.replace(fold=1).utcoffset():
            raise ValueError(f"expected a time that {zone} has once, was '{moment}'")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"expected a year from 1 to 9999 in UTC, was '{moment}'") from None


def _text(value: Any, kind: str, zone: ZoneInfo | None) -> str:
    if kind == TIME:
        moment = _moment(value)
        if moment is not None:
            return placed(moment, zone).isoformat(sep=" ")
    write = _WRITTEN.get(type(value))
    if write is None:
        raise ValueError(
            f"expected text, a number or a time, was {type(value).__name__}: cast it in the SELECT"
        )
    return write(value)


def _moment(value: Any) -> datetime | None:
    """Return a value of a column of times as one, or nothing if only the contract can say."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - `placed` gives a zone
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError:
        return None


def _float(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"expected a number, was {value}")
    number = Decimal(repr(value))
    if len(number.normalize().as_tuple().digits) > _FLOAT_DIGITS:
        raise ValueError(
            f"expected an exact number, was the float {value!r}: "
            "keep it as numeric or text in the database, or round it in the SELECT"
        )
    return format(number, "f")


def _decimal(value: Decimal) -> str:
    # An exponent is written out only where that is short.
    return format(value, "f") if value.is_finite() and abs(value.adjusted()) < 100 else str(value)


_WRITTEN: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    float: _float,
    Decimal: _decimal,
    datetime: lambda value: str(value.isoformat(sep=" ")),
    date: lambda value: str(value.isoformat()),
    **dict.fromkeys((str, int, UUID, IPv4Address, IPv6Address, IPv4Interface, IPv6Interface), str),
}
