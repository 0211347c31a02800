"""Derived facts: tables that many rules need, found by file name in ``derived/``.

A fact is one module with ``TABLE`` (its contract), ``READS`` (the tables and facts it is made
of) and either ``SQL``, ``queries(connection)`` or ``compute(connection)``; a rule cannot tell.
A row depends on activity from its time on, and on no more than ``REACH`` before it, so a fact
made over a longer view, cut to a later start, equals the one made over a shorter: rules of
different lookbacks can share it.

Tables with a trader also show the owner behind it; those views stand in front of the raw ones.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

import duckdb

from surveillance.activity import derived
from surveillance.activity.catalogue import TABLES, TEXT, Column, Table
from surveillance.activity.view import FOLDER

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


_MADE = """
select table_name from duckdb_tables() where temporary
union all select view_name from duckdb_views() where temporary
"""


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
    """Make a fact: a temporary table, or, if it comes in parts and there is a folder, files.

    A table is joined better, because the engine knows how many values a column has; files hold
    what memory cannot.
    """
    table = fact.TABLE
    folder = connection.execute(f"select getvariable('{FOLDER}')").fetchall()[0][0]
    if folder and hasattr(fact, "queries"):
        _write(connection, table, _queries(connection, fact), Path(folder))
        return
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.schema.items())
    # What is made within a transaction has no statistics yet, so nothing is computed in this one.
    queries = _queries(connection, fact)
    connection.execute("begin")
    try:
        connection.execute(f'create temp table "{table.name}" ({columns})')
        for sql in queries:
            connection.execute(f'insert into "{table.name}" by name {sql}')
    except duckdb.Error:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _write(
    connection: duckdb.DuckDBPyConnection, table: Table, queries: Iterable[str], folder: Path
) -> None:
    """Write a fact beside the engine's spilled blocks: a tenth of the size, read by column."""
    kinds = table.schema.items()
    columns = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in kinds)
    files = []
    for number, sql in enumerate(queries):
        files.append(f"'{folder / table.name}-{number:04d}.parquet'")
        connection.execute(
            f"copy (select {columns} from ({sql})) to {files[-1]} "
            "(format parquet, compression lz4_raw, parquet_version v2)"
        )
    nothing = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in kinds)
    # The first file tells the planner how many rows there are, so it must not be an empty one.
    rows = f"from read_parquet([{', '.join(files)}])" if files else f"select {nothing} where false"
    connection.execute(f'create temp view "{table.name}" as {rows}')


def _queries(connection: duckdb.DuckDBPyConnection, fact: Fact) -> Iterable[str]:
    if hasattr(fact, "queries"):
        found: Iterable[str] = fact.queries(connection)
        return found
    if hasattr(fact, "compute"):
        connection.register("found", fact.compute(connection))
        return ["select * from found"]
    sql: str = fact.SQL  # type: ignore[attr-defined]
    return [sql]
