"""The tests that live in a rule file, as they are written.

A test that differs from an earlier one in little says only in what: which rows are changed, added
or left out. So a variation and an honest twin take a line each, and a reader sees the difference.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from surveillance.rules.logic import Name, Text, Written

Row: TypeAlias = Mapping[str, Any]


class Change(Written):
    """What is otherwise in the rows that have certain values."""

    of: dict[str, Any]
    """Values that a row must have."""
    to: dict[str, Any]
    """Values that it has instead."""


class Example(Written):
    """An inline test: activity as rows of a few columns, and the hits expected of it."""

    name: Text
    """What happens in it."""
    given: dict[Name, list[dict[str, Any]]] = {}
    """Rows by table, only the columns that matter; ``at`` is an offset such as 1h."""
    like: Text | None = None
    """The name of an earlier test, whose rows are given here too."""
    change: dict[Name, list[Change]] = {}
    """By table, what is otherwise than in that test."""
    add: dict[Name, list[dict[str, Any]]] = {}
    """By table, rows that come besides."""
    without: dict[Name, list[dict[str, Any]]] = {}
    """By table, values of rows that are left out."""
    expect: list[dict[str, Any]]
    """Parts of the hits that must come, none but these; empty: no hit."""
    segments: dict[str, str] = {}
    """The segment of a trader, where thresholds differ by segment."""
    known_gap: bool = False
    """Whether it is known to be missed, and stays so on purpose."""


def written_out(tests: Sequence[Example]) -> list[Example]:
    """Return tests with all of their rows, whatever test they are like.

    Raises:
        ValueError: a test is like none before it, or changes or leaves out no row.
    """
    known: dict[str, Example] = {}
    for test in tests:
        if test.name in known:
            raise ValueError(f"expected each test to have its own name, was twice {test.name!r}")
        known[test.name] = _whole(test, known)
    return list(known.values())


def _whole(test: Example, known: Mapping[str, Example]) -> Example:
    if test.like is None:
        if test.change or test.add or test.without or not test.given:
            raise ValueError(f"expected given rows, or like, in test {test.name!r}")
        return test
    if test.like not in known:
        raise ValueError(f"expected like to name an earlier test, was {test.like!r}")
    rows = {name: list(given) for name, given in known[test.like].given.items()}
    for name, left_out in test.without.items():
        for of in left_out:
            rows[name] = [row for row in rows.get(name, []) if row not in _some(rows, name, of)]
    for name, changes in test.change.items():
        for change in changes:
            some = _some(rows, name, change.of)
            rows[name] = [{**row, **change.to} if row in some else row for row in rows[name]]
    for name, added in (*test.given.items(), *test.add.items()):
        rows[name] = [*rows.get(name, []), *added]
    return test.model_copy(
        update={"given": rows, "like": None, "change": {}, "add": {}, "without": {}}
    )


def _some(rows: Mapping[str, list[dict[str, Any]]], name: str, of: Row) -> list[dict[str, Any]]:
    some = list(_matching(rows.get(name, []), of))
    if not some:
        raise ValueError(f"expected a row of {name} with {dict(of)}, was none")
    return some


def _matching(rows: Sequence[dict[str, Any]], of: Row) -> Iterator[dict[str, Any]]:
    return (row for row in rows if all(row.get(key) == value for key, value in of.items()))
