"""Derived facts: tables that many rules need, found by file name in ``derived/``.

A fact is one module with ``TABLE`` (its contract), ``READS`` (the tables and facts it is made
of) and either ``SQL`` or ``compute(connection)``; a rule cannot tell which. A row depends on
activity from its time on, and on no more than ``REACH`` before it, so a fact made over a longer
view, cut to a later start, equals the one made over a shorter: rules of different lookbacks can
share it.

Tables with a trader also show the owner behind it; those views stand in front of the raw ones.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Protocol, cast

import duckdb
import pyarrow as pa

from surveillance.activity import derived
from surveillance.activity.catalogue import TABLES, TEXT, Column, Table

OWNED = ("transfers", "logins", "positions", "liquidations", "rfqs")
"""Tables whose rows show the owner of their trader."""


class Fact(Protocol):
    """What a module in ``derived/`` offers."""

    TABLE: Table
    READS: tuple[str, ...]


@lru_cache(maxsize=1)
def facts() -> Mapping[str, Fact]:
    """Return every fact by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(derived.__path__))
    modules = (importlib.import_module(f"{derived.__name__}.{name}") for name in names)
    return {module.TABLE.name: cast(Fact, module) for module in modules}


@lru_cache(maxsize=1)
def relations() -> Mapping[str, Table]:
    """Return every table and fact that a rule may read, as rules see them."""
    owner = Column("owner_id", TEXT, "Beneficial owner behind the trader")
    seen = {
        name: Table(table.name, table.meaning, table.key, table.time, (*table.columns, owner))
        if name in OWNED
        else table
        for name, table in TABLES.items()
    }
    return seen | {name: fact.TABLE for name, fact in facts().items()}


def sources_of(names: Iterable[str]) -> frozenset[str]:
    """Return the raw tables that the named tables and facts are made of."""
    known = facts()
    raw: set[str] = set()
    for name in names:
        raw |= sources_of(known[name].READS) if name in known else {name}
    return frozenset(raw)


def reach_of(names: Iterable[str]) -> timedelta:
    """Return how far before their own time the named facts look."""
    known = facts()
    return max(
        (
            getattr(known[name], "REACH", timedelta(0)) + reach_of(known[name].READS)
            for name in names
            if name in known
        ),
        default=timedelta(0),
    )


def needed(names: Iterable[str]) -> list[str]:
    """Return the facts among the named tables and what those are made of, in order of making."""
    return list(dict.fromkeys(_in_order(["owners", *names])))


def prepare(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Make the named facts, and what they are made of, as temporary tables, each once."""
    made = {row[0] for row in connection.execute(_MADE).fetchall()}
    for name in needed(names):
        if name not in made:
            _make(connection, facts()[name])
    if "owners" not in made:
        _show_owners(connection)


_MADE = "select table_name from duckdb_tables() where temporary"


def _show_owners(connection: duckdb.DuckDBPyConnection) -> None:
    database = connection.execute("select current_database()").fetchall()[0][0]
    for name in OWNED:
        connection.execute(
            f'create temp view "{name}" as select t.*, '
            f"coalesce(o.owner_id, t.trader_id) as owner_id "
            f'from "{database}".main."{name}" t left join owners o using (trader_id)'
        )


def _in_order(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name in facts():
            yield from _in_order(facts()[name].READS)
            yield name


def _make(connection: duckdb.DuckDBPyConnection, fact: Fact) -> None:
    table = fact.TABLE
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.schema.items())
    sql = getattr(fact, "SQL", None)
    if sql is None:
        found: pa.Table = fact.compute(connection)  # type: ignore[attr-defined]
        connection.register("found", found)
        sql = "select * from found"
    connection.execute("begin")
    try:
        connection.execute(f'create temp table "{table.name}" ({columns})')
        connection.execute(f'insert into "{table.name}" by name {sql}')
    except duckdb.Error:
        connection.execute("rollback")
        raise
    connection.execute("commit")
