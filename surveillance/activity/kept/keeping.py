"""Which facts can be kept: those of which a day of rows tells all that they are made of."""

import json
import sys
from collections.abc import Collection, Iterable
from datetime import timedelta
from functools import cache
from inspect import getsource
from typing import Any

from surveillance.activity.asking import SETTLED
from surveillance.activity.facts import ASIDE, facts, needed, sources_of
from surveillance.activity.lake.rows import STATE
from surveillance.activity.lake.view import KNOWN
from surveillance.activity.lineage import LOCK

_FACTS = facts.__module__
RESULTS = ("owners", "groups", "links", "identifiers", "addresses")
"""Facts of who stands behind whom, told by what they say and not by what they are made of."""
ANYTIME = ("owners", "groups", "links", "identifiers")
"""Those of them that are the same for any window."""
TOLD = (*RESULTS, ASIDE)
"""Facts that must be there before it can be told what others are made of."""


@cache
def can_be(name: str) -> bool:
    """Return whether a fact can be kept.

    It must say when its rows are settled, its code be locked, and nothing below it look at what
    is known whatever the window, which no day of a table tells.
    """
    return (
        name in facts()
        and SETTLED in facts()[name].TABLE.schema
        and all(each in locked() for each in needed([name]))
        and not any(_looks_anywhere(each) for each in _below(name))
    )


@cache
def by_day(name: str) -> bool:
    """Return whether days of a fact can be kept for whoever looks back on them, settled or not.

    Nothing that comes later than so long ahead may change its rows, and nobody ask for some alone.
    """
    fact = facts().get(name)
    return (
        fact is not None
        and hasattr(fact, "AHEAD")
        and not getattr(fact, "NARROWED", ())
        and ahead(name) is not None
        and all(each in locked() for each in needed([name]))
        and not any(_looks_anywhere(each) for each in _below(name))
    )


@cache
def ahead(name: str) -> timedelta | None:
    """Return how long after its own time a row of a fact may change, or None where nobody says.

    What is told apart from rows, such as who stands behind whom, is not looked at here; nor are
    terms, of which it is told that they were said anew.
    """
    fact = facts().get(name)
    if fact is None or name in (*RESULTS, ASIDE) or sources_of([name]) <= STATE:
        return timedelta(0)
    own: timedelta | None = getattr(fact, "AHEAD", None)
    below = [ahead(read) for read in fact.READS]
    if own is None or None in below:
        return None
    return own + max(each for each in below if each is not None)


def keepable(read: Collection[str], alone: Iterable[str]) -> list[str]:
    """Return which of some facts, each read ``alone`` by rules, nothing else that is read needs."""
    below = set(needed(read))
    return sorted(name for name in set(alone) if can_be(name) and name not in below)


def _below(name: str) -> set[str]:
    """Return a fact and those that it is made of, down to results."""
    reads = (each for each in facts()[name].READS if each in facts() and each not in RESULTS)
    return {name}.union(*map(_below, reads))


def _looks_anywhere(name: str) -> bool:
    source = getsource(sys.modules[f"{_FACTS}.{name}"])
    return any(known in source for known in KNOWN.values())


@cache
def locked() -> dict[str, Any]:
    locked: dict[str, Any] = json.loads(LOCK.read_text(encoding="utf-8"))
    return locked
