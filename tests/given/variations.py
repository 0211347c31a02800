"""Cases of conduct in disguise, by what happens around them: that is judged once for a group."""

from collections.abc import Iterable

from surveillance.canonical import digest
from surveillance.rules.book import Rulebook
from surveillance.studies.variations import Case, tried

_MOST = 6
"""Cases of a group at most, so that processes share the work."""


def alike(cases: Iterable[Case]) -> list[list[Case]]:
    """Return the cases in groups with one background each."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(digest(case.background), []).append(case)
    return [
        group[first : first + _MOST]
        for group in groups.values()
        for first in range(0, len(group), _MOST)
    ]


def named(group: list[Case]) -> str:
    """Name a group of cases by its first."""
    return group[0].id


def wrong(cases: list[Case], book: Rulebook) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return who is missed or accused, and what failed, by case; nothing where all is as meant."""
    return {
        outcome.case.id: (outcome.missed, outcome.accused, outcome.unable)
        for outcome in tried(cases, book)
        if not outcome.as_expected
    }
