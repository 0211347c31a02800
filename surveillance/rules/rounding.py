"""How numbers are written for people: as many digits as they would say, and the unit in words.

It is the one place for it. What is written so is for reading alone; evidence, JSON and everything
that is compared keep numbers as they are.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from surveillance.model import Scalar

_LEAST = Decimal("0.00005")
"""What is less would be written as nothing, which a small chance is not."""
_UNITS = ((86400, "day", 3600, "hour"), (3600, "hour", 60, "minute"), (60, "minute", 1, "second"))


def number(value: Scalar | Decimal) -> Decimal | None:
    """Return a value as a number, if it is one."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        return None
    return read if read.is_finite() else None


@lru_cache(typed=True)
def figure(value: Scalar | Decimal) -> str:
    """Write a number in four digits that count, more where it is whole; any other as a word."""
    read = number(value)
    return _word(value) if read is None else _digits(read, 4)


def about(value: Scalar) -> str:
    """Write a measure as it is said: a ratio in two digits, an exact amount in four."""
    read = number(value)
    if read is None:
        return _word(value)
    return _digits(read, 2 if isinstance(value, float) else 4)


def _word(value: Scalar | Decimal) -> str:
    """Write what is no number as a person would say it."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def percent(share: Decimal) -> str:
    """Write a share in percent; what is not quite all of it is not written as all."""
    value = 100 * share
    if Decimal("99.5") <= value < 100:
        return "over 99 %"
    return f"{_digits(value, 2)} %"


def usd(amount: Decimal) -> str:
    """Write an amount of dollars, with cents below a hundred."""
    if amount == amount.to_integral_value() or abs(amount) >= 100:
        return f"{_whole(amount)} USD"
    return f"{amount:,.2f} USD"


def duration(seconds: Decimal) -> str:
    """Write seconds in words, in the two largest units that they fill."""
    length = Decimal(round(abs(seconds))) if abs(seconds) >= 10 else abs(seconds)
    for unit, name, smaller, rest_name in _UNITS:
        if length >= unit:
            whole, rest = divmod(round(abs(seconds) / smaller), unit // smaller)
            return " ".join([_many(whole, name), *([_many(rest, rest_name)] if rest else [])])
    if 0 < length < Decimal("0.001"):
        return "less than a millisecond"
    written = _digits(length, 2)
    return f"{written} second{'' if written == '1' else 's'}"


KINDS: dict[str, Callable[[Decimal], str]] = {"percent": percent, "usd": usd, "duration": duration}
"""How a measure is written, by the name that a rule gives it after a colon."""


def _many(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _digits(value: Decimal, count: int) -> str:
    """Write a number in so many digits that count, all that is whole, four places at most."""
    if 0 < abs(value) < _LEAST:
        return "nearly 0"
    places = min(4, max(0, count - 1 - value.adjusted())) if value else 0
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(amount: Decimal) -> str:
    return f"{amount:,.0f}"
