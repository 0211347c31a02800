"""Numbers as text, and whether a column holds them exactly: nothing is ever rounded at landing."""

from surveillance.activity.catalogue import WHOLE

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT"})


def exact(value: str, scale: int) -> str:
    """Return SQL that says whether a number, as text, has no more decimals than ``scale``."""
    mantissa = f"regexp_extract({value}, '^[^eE]*')"
    digits = f"replace({mantissa}, '.', '')"
    zeros = f"(length({digits}) - length(rtrim({digits}, '0')))"
    power = f"try_cast(regexp_extract({value}, '[eE]([-+]?[0-9]+)$', 1) as integer)"
    decimals = f"length(split_part({mantissa}, '.', 2)) - {zeros} - {power}"
    return (
        f"case when contains(lower({value}), 'e') then "
        f"(trim({digits}, '-+0') = '' or {decimals} <= {scale}) else "
        f"regexp_full_match(trim({value}), '[-+]?[0-9]*[.]?[0-9]{{0,{scale}}}0*') end"
    )


def inexact(value: str, kind: str) -> str:
    """Return SQL that says whether a number, as text, has more decimals than a type holds."""
    scale = _scale(kind)
    wrong = f"not {exact(value, scale)}"
    if not scale:
        return wrong
    # So short a text has no room for them, if it is digits and no power; that is cheaper to see.
    powers = " or ".join(f"contains({value}, '{mark}')" for mark in "eE_")
    odd = f"length({value}) > {scale + 1} or {powers}"
    return f"({odd}) and {wrong}"


def fits(kind: str, into: str) -> bool:
    """Return whether every number of one type is exactly one of another."""
    if kind in _INTEGERS or kind == into:
        return True
    if not kind.startswith("DECIMAL(") or not into.startswith("DECIMAL("):
        return False
    (width, scale), (most, places) = (map(int, of[8:-1].split(",")) for of in (kind, into))
    return scale <= places and width - scale <= most - places


def last_digits(value: str) -> str:
    """Return SQL for a whole number, or the end of one of more digits than the engine counts with.

    It orders what happened in one moment as the whole does.
    """
    end = f"cast(right(trim({value}), 18) as bigint)"
    return f"coalesce(try_cast({value} as bigint), case when {is_long(value)} then {end} end)"


def is_long(value: str) -> str:
    """Return SQL that says whether a whole number, as text, has more digits than a BIGINT."""
    return (
        f"try_cast({value} as bigint) is null and regexp_full_match(trim({value}), '[0-9]{{19,}}')"
    )


def _scale(kind: str) -> int:
    return 0 if kind == WHOLE else int(kind.rstrip(")").split(",")[1])
