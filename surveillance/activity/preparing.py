"""Facts made on a connection, each once: a temporary table, or files where memory would not do."""

from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from surveillance.activity.asking import ALL, NOTHING, SETTLED, Ask, Asked, Past, before
from surveillance.activity.catalogue import Table
from surveillance.activity.contract import text
from surveillance.activity.demand import whole
from surveillance.activity.facts import Fact, facts, lacking
from surveillance.activity.fronts import show, showing
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import FLOW, FOLDER, KNOWN


def prepare(
    connection: duckdb.DuckDBPyConnection, names: Iterable[str], asks: Asked | None = None
) -> None:
    """Make the named facts, and what they are made of, as temporary tables, each once.

    Columns that ``asks`` does not name stay empty, and a fact that it does not name has no rows.
    """
    present = made(connection)
    for name in lacking(names, present.__contains__):
        if name not in present:
            prepare_one(connection, name, asks, present)
            present.add(name)


def made(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the names of the facts that were made on a connection."""
    return {name for (name,) in connection.execute(_PRESENT).fetchall()} & facts().keys()


def prepare_one(
    connection: duckdb.DuckDBPyConnection, name: str, asks: Asked | None, present: Set[str]
) -> None:
    """Make one fact that is not there yet, of those that are: ``present``."""
    ask = whole(name) if asks is None else asks.get(name, NOTHING)
    with _since(connection, facts()[name], _begins(ask)):
        _make(connection, facts()[name], ask)
    show_by(connection, name, present)


def show_by(connection: duckdb.DuckDBPyConnection, name: str, present: Set[str]) -> None:
    """Show the tables that show something by a fact, beside those that are there: ``present``."""
    for table in showing(name):
        show(connection, table, present | {name})


def _begins(ask: Ask) -> datetime:
    """Return since when activity is read, from the hour on in which it begins.

    Prices stand by the hour: who looks one up finds a stretch that began within its hour.
    """
    return before(ask.begins, (ask.begins - ALL) % timedelta(hours=1))


def let_go(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> None:
    """Let go of facts that were made, so that they are made anew when they are asked for."""
    views = "select view_name from duckdb_views() where temporary"
    in_files = {name for (name,) in connection.execute(views).fetchall()}
    for name in names:
        kind = "view" if name in in_files else "table"
        connection.execute(f'drop {kind} if exists "{name}"')


@contextmanager
def _since(connection: duckdb.DuckDBPyConnection, fact: Fact, since: datetime) -> Iterator[None]:
    """Show a fact that is made of activity since a moment no more of the largest tables."""
    tables = [name for name in FLOW if name in fact.READS and since > ALL]
    for name in tables:
        [(database,)] = connection.execute("select current_database()").fetchall()
        connection.execute(
            f'create temp view "{name}" as select * from "{database}".main."{name}" '
            f"where ts >= {moment(since)}"
        )
    try:
        yield
    finally:
        for name in tables:
            connection.execute(f'drop view "{name}"')


_PRESENT = """
select table_name from duckdb_tables() where temporary
union all select view_name from duckdb_views() where temporary
"""


def _make(connection: duckdb.DuckDBPyConnection, fact: Fact, ask: Ask) -> None:
    """Make a fact: a temporary table, or, if it is large or comes in parts, files of a folder.

    A table is joined better, because the engine knows how many values a column has; files hold
    what memory cannot.
    """
    table, cut = fact.TABLE, _no_more(fact, _begins(ask))
    folder = connection.execute(f"select getvariable('{FOLDER}')").fetchall()[0][0]
    if folder and ask.columns and is_in_files(fact, ask.kept.files if ask.kept else ()):
        queries = _queries(connection, fact, ask)
        _write(connection, table, queries, Path(folder), ask, cut)
        return
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.schema.items())
    is_made = ask.columns and (folder or _has_any(connection, fact))
    queries = _queries(connection, fact, ask) if is_made else []
    wanted = ", ".join(f'"{name}"' for name in table.schema if name in ask.columns)
    connection.execute(f'create temp table "{table.name}" ({columns})')
    # In one transaction DuckDB 2.0 loses rows, where none are inserted before many are.
    try:
        for sql in queries:
            connection.execute(
                f'insert into "{table.name}" by name '
                f"{cut}select {wanted} from ({sql}){_later(table, ask)}"
            )
        if ask.kept:
            kept = f"select {wanted} from read_parquet([{_listed(ask.kept)}])"
            connection.execute(f'insert into "{table.name}" by name {kept}')
    except duckdb.Error:
        with suppress(duckdb.Error):  # of an engine that has ended nothing is left
            connection.execute(f'drop table "{table.name}"')
        raise


def is_in_files(fact: Fact, kept: Iterable[Path]) -> bool:
    """Return whether a fact stays in files: to copy many rows costs more than joins are spared."""
    return hasattr(fact, "queries") or sum(file.stat().st_size for file in kept) > _LARGE


_LARGE = 16_000_000
"""Bytes; an engineering default."""


def _later(table: Table, ask: Ask) -> str:
    """Return the condition that a row is later than those that are kept."""
    return f" where {table.time} >= {moment(ask.kept.until)}" if ask.kept else ""


def _listed(kept: Past) -> str:
    """Return SQL for files, the largest first: it tells the planner how many rows there are."""
    files = sorted(kept.files, key=lambda file: -file.stat().st_size)
    return ", ".join(text(str(file)) for file in files)


def _no_more(fact: Fact, since: datetime) -> str:
    """Return how a query begins that sees the facts it reads since a moment alone."""
    times = {name: facts()[name].TABLE.time for name in fact.READS if name in facts()}
    cuts = [
        f'"{name}" as not materialized (select * from temp.main."{name}" '
        f"where {time} >= {moment(since)})"
        for name, time in times.items()
        if time and since > ALL
    ]
    return f"with {', '.join(cuts)} " if cuts else ""


def _has_any(connection: duckdb.DuckDBPyConnection, fact: Fact) -> bool:
    """Return whether anything that a fact reads has a row: without, to plan it is all its cost."""
    return hasattr(fact, "PROMISED") or any(
        connection.execute(f'select 1 from "{KNOWN.get(name, name)}" limit 1').fetchall()
        for name in fact.READS
    )


def _write(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    queries: Iterable[str],
    folder: Path,
    ask: Ask,
    cut: str,
) -> None:
    """Write a fact beside the engine's spilled blocks: a tenth of the size, read by column."""
    kinds = table.schema.items()
    columns = ", ".join(
        f'cast({name if name in ask.columns else "null"} as {kind}) as "{name}"'
        for name, kind in kinds
    )
    files = [_listed(ask.kept)] if ask.kept else []
    for number, sql in enumerate(queries):
        files.append(f"'{folder / table.name}-{number:04d}.parquet'")
        connection.execute(
            f"copy ({cut}select {columns} from ({sql}){_later(table, ask)}) to {files[-1]} "
            "(format parquet, compression lz4_raw, parquet_version v2)"
        )
    nothing = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in kinds)
    # The first file tells the planner how many rows there are, so it must not be an empty one.
    rows = f"from read_parquet([{', '.join(files)}])" if files else f"select {nothing} where false"
    connection.execute(f'create temp view "{table.name}" as {rows}')


def _queries(connection: duckdb.DuckDBPyConnection, fact: Fact, ask: Ask) -> Iterable[str]:
    if hasattr(fact, "queries"):
        queries: Iterable[str] = fact.queries(connection, *_narrowed(fact, ask))
        return queries
    if hasattr(fact, "compute"):
        connection.register("computed", fact.compute(connection, *_narrowed(fact, ask)))
        return ["select * from computed"]
    sql: str = fact.SQL  # type: ignore[attr-defined]
    return [sql.replace(_SETTLED, " and ".join(_narrowed(fact, ask)) or "true")]


_SETTLED = "$settled"
"""Stands for when rows are settled that are asked for, in the query of a fact."""


def _narrowed(fact: Fact, ask: Ask) -> Iterator[str]:
    """Yield the condition that rows must meet, where a fact can be made of fewer than all."""
    own = getattr(fact, "NARROWED", ())
    if SETTLED in own and ask.settled > ALL:
        yield f"{SETTLED} >= {moment(ask.settled)}"
    elif own and SETTLED not in own and ask.rows is not None:
        yield " or ".join(f"({each})" for each in sorted(ask.rows))
