"""Completeness is a result: what each feed brought in a window, and where it was silent.

The finding that regulators make most is the alert that silently never ran because a feed was off
(FCA Market Watch 79), so every run says this of every table, empty ones included.

A missing number is a gap only where numbers are without gaps otherwise. A venue may number each
feed by itself or several by one counter, and its files do not say which. Two feeds that share a
counter never share a number, two counters of their own nearly always do; so what is missing in one
table and there in another that has no number in common with it is not missing. Where even then
more than a tenth is not there, the numbers are no counter of what we see, and nothing is said of
them: a feed that lost so much shows as silence.
"""

from datetime import UTC, datetime
from typing import Any, TypedDict

from surveillance.activity.catalogue import ARRIVED, TABLES, Table
from surveillance.activity.lake.rows import within
from surveillance.activity.lake.view import View
from surveillance.model import Window
from surveillance.times import SECOND, format_time

_UNUSUAL = 10
"""A silence this many times the gap that one in a hundred exceeds is worth a look."""
_COUNTED = 0.9
"""The share of a counter's numbers that must be there for the others to be called missing."""


class Feed(TypedDict):
    """What a table brought; times are as the record writes them, and None is not known."""

    rows: int
    first: str | None
    last: str | None
    arrived: str | None
    missing_numbers: int | None
    longest_silence_s: float | None
    unusual_silence: bool


def completeness(view: View, window: Window) -> dict[str, Feed]:
    """Return, per table: rows, first and last time, missing sequence numbers, longest silence."""
    return {name: _table(view, table, window) for name, table in TABLES.items()}


def _table(view: View, table: Table, window: Window) -> Feed:
    rows = _rows(table, window)
    # By seconds first: sorting every row of a long window would take more memory than judging it.
    seconds = (
        f"select min({table.time}) as first, max({table.time}) as last from {rows} "
        f"group by epoch_us({table.time}) // {SECOND}"
    )
    gaps = f"select epoch_us(first - lag(last) over (order by first)) as gap from ({seconds})"
    long = "[max(gap), quantile_disc(gap, 0.99), count(gap)]"
    ends = "min(seq), max(seq)" if "seq" in table.schema else "null"
    summary = view.arrow(
        f"select count(*) as rows, min({table.time}) as first, max({table.time}) as last, "
        f"max({ARRIVED}) as arrived, [{ends}] as numbers, "
        f"(select {long} from ({gaps}) where gap > 0) as silence from {rows}"
    ).to_pylist()[0]
    return _feed(summary, _missing(view, table, window, summary["numbers"]))


def _different(view: View, rows: str, low: int) -> int:
    """Count the sequence numbers that are there: 64 to a word, for a set of all would not fit."""
    words = (
        f"select place // 64 as word, bit_or(1::ubigint << cast(place % 64 as int)) as bits from ("
        f"select cast(seq as hugeint) - {low} as place from {rows} where seq is not null) "
        "group by word"
    )
    (count,) = view.arrow(f"select sum(bit_count(bits))::bigint as n from ({words})")["n"]
    return int(count.as_py())


def _rows(table: Table, window: Window) -> str:
    return f'(select * from "{table.name}" where {within(table, window)})'


def _missing(view: View, table: Table, window: Window, numbers: list[int | None]) -> int | None:
    """Return how many numbers never came, or None where that cannot be known."""
    if numbers[0] is None:
        return None
    first, last = (int(number or 0) for number in numbers)
    span = last - first + 1
    if _different(view, _rows(table, window), first) == span:
        return 0
    own = f"select seq from {_rows(table, window)}"
    every = " union all ".join([own, *_sharing(view, table, window, own)])
    within = f"(select seq from ({every}) where seq between {first} and {last})"
    there = _different(view, within, first)
    return span - there if there >= _COUNTED * span else None


def _sharing(view: View, table: Table, window: Window, own: str) -> list[str]:
    """Return the numbers of the other tables, of those that have none in common with this one."""
    others = [other for other in TABLES.values() if "seq" in other.schema and other is not table]
    queries = [f"select seq from {_rows(other, window)}" for other in others]
    common = "select 1 from ({}) semi join ({}) using (seq) limit 1"
    return [query for query in queries if not view.arrow(common.format(query, own)).num_rows]


def _feed(summary: dict[str, Any], missing: int | None) -> Feed:
    longest, usual, gaps = summary["silence"]
    is_unusual = gaps > 100 and longest > _UNUSUAL * max(usual, SECOND)
    return {
        "rows": int(summary["rows"]),
        "first": _time(summary["first"]),
        "last": _time(summary["last"]),
        "arrived": _time(summary["arrived"]),
        "missing_numbers": missing,
        "longest_silence_s": None if longest is None else round(longest / SECOND, 3),
        "unusual_silence": bool(is_unusual),
    }


def _time(value: datetime | None) -> str | None:
    return None if value is None else format_time(value.replace(tzinfo=UTC))
