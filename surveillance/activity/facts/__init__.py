"""Derived facts: tables that many rules need, one module each, found by its name.

A fact is one module with ``TABLE`` (its contract), ``READS`` (the tables and facts it is made
of) and either ``SQL``, ``queries(connection)`` or ``compute(connection)``; a rule cannot tell.
It may say that it reads one ``ONLY_FOR`` some of its own columns, and which columns it ``TAKES``
of another: what nobody asks for is left empty, because most of a fact's cost is in a few columns.
One that is ``PROMISED`` says something even of nothing.
One that ``SETTLES`` its rows at one moment of every hour or day says so, and one whose rows are
settled so long after those of a table that it ``FOLLOWS``; see ``settling``.
One that has ``NARROWED`` columns can be made of those rows only whose columns meet a condition;
one that is ``NARROWED`` by when its rows are settled is told as ``$settled`` of its query, and may
say how long before that it ``LOOKS`` at others: most windows are a quarter of an hour, and what is
looked back on days. What is made of activity since a moment sees of other facts no more either.
A row depends on activity from its time on, and on no more than ``REACH`` before it, so a fact
made over a longer view, cut to a later start, equals the one made over a shorter: rules of
different lookbacks can share it.

One whose rows are what they are so long ``AHEAD`` of their own time says so, beyond those that it
reads: days of it are kept; see ``kept``.

What is asked of them is in ``demand``, how they are made in ``preparing``, and the tables that show
something by them in ``fronts``.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
from importlib.metadata import EntryPoint
from itertools import chain
from typing import Protocol, cast

import pyarrow as pa

from surveillance import plugins
from surveillance.activity.catalogue import (
    FLAG,
    MONEY,
    QUANTITY,
    TABLES,
    TEXT,
    TIME,
    WHOLE,
    Column,
    Table,
)
from surveillance.activity.fronts import OWNED, shown_by
from surveillance.errors import SurveillanceError

ASIDE = "rates"
"""What something is worth hangs on everything that says a price; that is no source of its own."""


class Fact(Protocol):
    """What a module beside this file offers."""

    TABLE: Table
    READS: tuple[str, ...]


@lru_cache(maxsize=1)
def facts() -> Mapping[str, Fact]:
    """Return every fact by name, those of other distributions too.

    Raises:
        SurveillanceError: one of those does not load, or has a name that is taken.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    shipped = {module.TABLE.name: cast(Fact, module) for module in modules}
    others = plugins.offered(plugins.FACTS, {*TABLES, *shipped})
    return shipped | {name: _brought(point) for name, point in others.items()}


def _brought(point: EntryPoint) -> Fact:
    """Load a fact of another distribution, which must be what its entry point says."""
    fact = plugins.load(point)
    named = getattr(getattr(fact, "TABLE", None), "name", None)
    if named != point.name or not hasattr(fact, "READS"):
        raise SurveillanceError(
            f"expected {point.name!r} of {plugins.whose(point)} to offer READS and a TABLE of "
            f"that name, was {named!r}"
        )
    return cast(Fact, fact)


@lru_cache(maxsize=1)
def relations() -> Mapping[str, Table]:
    """Return every table and fact that a rule may read, as rules see them."""
    owner = Column("owner_id", TEXT, "Beneficial owner behind the trader")
    seen = {
        name: replace(table, columns=(*table.columns, owner)) if name in OWNED else table
        for name, table in TABLES.items()
    }
    return seen | {name: fact.TABLE for name, fact in facts().items()}


def sources_of(names: Iterable[str]) -> frozenset[str]:
    """Return the raw tables that the named tables and facts are made of."""
    known = facts()
    raw: set[str] = set()
    for name in names:
        reads = known[name].READS if name in known else ()
        raw |= sources_of(read for read in reads if read != ASIDE) if name in known else {name}
    return frozenset(raw)


def reach_of(names: Iterable[str], *, worth: bool = True) -> timedelta:
    """Return how far before their own time the named facts look, with or without for rates."""
    return max((_looks_back(name, worth) for name in names), default=timedelta(0))


@cache
def _looks_back(name: str, worth: bool) -> timedelta:
    fact = facts().get(name)
    if fact is None or (not worth and ASIDE in fact.READS):
        return timedelta(0)
    return reach_of_one(fact) + reach_of(fact.READS, worth=worth)


def reach_of_one(fact: Fact) -> timedelta:
    """Return how far before their own time the rows of a fact look, by itself."""
    return getattr(fact, "REACH", timedelta(0))


def needed(names: Iterable[str]) -> list[str]:
    """Return the facts among the named tables and what those are made of, in order of making."""
    return list(dict.fromkeys(chain.from_iterable(map(_made_of, shown_to(names)))))


def shown_to(names: Iterable[str]) -> list[str]:
    """Return the named tables, and before them the facts by which they or others show more."""
    wanted = list(names)
    return ["owners", *shown_by(wanted), *wanted]


def lacking(names: Iterable[str], is_there: Callable[[str], bool]) -> list[str]:
    """Return what the named tables need, in order of making, down to the facts that are there."""
    found: dict[str, None] = {}
    for name in shown_to(names):
        _find(name, is_there, found)
    return list(found)


def _find(name: str, is_there: Callable[[str], bool], found: dict[str, None]) -> None:
    if name in facts() and name not in found:
        for read in () if is_there(name) else facts()[name].READS:
            _find(read, is_there, found)
        found[name] = None


@cache
def _made_of(name: str) -> tuple[str, ...]:
    """Return a fact after those that it is made of, in order of making; a table is made of none."""
    fact = facts().get(name)
    below = chain.from_iterable(map(_made_of, fact.READS)) if fact else ()
    return (*dict.fromkeys(below), name) if fact else ()


def typed(table: Table, rows: Iterable[Mapping[str, object]]) -> pa.Table:
    """Return the rows that a fact computed outside of the engine, in the types of its columns."""
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in table.schema.items()])
    return pa.Table.from_pylist(list(rows), schema)


_ARROW = {
    TEXT: pa.string(),
    TIME: pa.timestamp("us"),
    WHOLE: pa.int64(),
    FLAG: pa.bool_(),
    MONEY: pa.decimal128(18, 6),
    QUANTITY: pa.decimal128(38, 18),
    "DOUBLE": pa.float64(),
    "VARCHAR[]": pa.list_(pa.string()),
}
