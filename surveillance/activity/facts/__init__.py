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

Tables with a trader also show the owner behind it; those views stand in front of the raw ones.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.metadata import EntryPoint
from itertools import chain
from pathlib import Path
from typing import Protocol, cast

import duckdb
import pyarrow as pa

from surveillance import plugins
from surveillance.activity.asking import ALL, NOTHING, SETTLED, Ask, Asked, Condition, Use, before
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
from surveillance.activity.lake.view import FLOW, FOLDER, KNOWN, moment
from surveillance.errors import SurveillanceError

OWNED = ("transfers", "logins", "positions", "liquidations", "rfqs")
"""Tables whose rows show the owner of their trader."""
ASIDE = "rates"
"""What something is worth hangs on everything that says a price; that is no source of its own."""
VALUED = {"transfers": "valued_transfers"}
"""Tables that show what their rows are worth, by the fact that knows it."""
ADDRESSED = ("transfers", "address_labels")
"""Tables that show the canonical form of an address, whatever was written."""
CANONICAL = "addresses"
"""The fact that knows the canonical form."""


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
    return _reach(fact) + reach_of(fact.READS, worth=worth)


def needed(names: Iterable[str]) -> list[str]:
    """Return the facts among the named tables and what those are made of, in order of making."""
    wanted = list(names)
    every = map(_made_of, ["owners", *_shown_by(wanted), *wanted])
    return list(dict.fromkeys(chain.from_iterable(every)))


@cache
def _made_of(name: str) -> tuple[str, ...]:
    """Return a fact after those that it is made of, in order of making; a table is made of none."""
    fact = facts().get(name)
    below = chain.from_iterable(map(_made_of, fact.READS)) if fact else ()
    return (*dict.fromkeys(below), name) if fact else ()


def asked(uses: Iterable[Use]) -> Asked:
    """Return what is asked of each fact by all who use facts together."""
    # Owners stand in front of raw tables too, so they are asked for by everybody.
    asks = {"owners": _whole("owners")}
    for use in uses:
        for name in _shown_by(use.tables):
            asks[name] = _whole(name)
        for name in facts().keys() & use.tables:
            rows = _rows(name, use.conditions.get(name))
            of = Ask(_named(name, use.words), rows, use.since, use.settled)
            asks[name] = asks.get(name, NOTHING) | of
    for name in reversed(needed(asks)):
        fact, ask = facts()[name], asks.get(name, NOTHING)
        for read in facts().keys() & set(fact.READS):
            own = getattr(fact, "ONLY_FOR", {}).get(read)
            if own is None or ask.columns & set(own):
                asks[read] = asks.get(read, NOTHING) | _by(fact, read, ask)
    return asks


def _by(fact: Fact, read: str, ask: Ask) -> Ask:
    """Return what a fact of which something is asked asks of one that it reads."""
    if _showing(read):
        return _whole(read)
    taken = getattr(fact, "TAKES", {}).get(read)
    columns = _named(read, None if taken is None else frozenset(taken))
    since = before(ask.since, _reach(fact)) if read == ASIDE else _looked_at(fact, read, ask)
    return Ask(columns, None, since, ALL)


def _looked_at(fact: Fact, read: str, ask: Ask) -> datetime:
    """Return since when a fact needs another, for the rows of its own that are asked for."""
    looks = getattr(fact, "LOOKS", {}).get(read)
    if looks is None or ask.settled == ALL:
        return ask.since
    return max(ask.since, before(ask.settled, looks + reach_of([read], worth=False)))


def _whole(name: str) -> Ask:
    return Ask(_named(name, None), None, ALL, ALL)


def _reach(fact: Fact) -> timedelta:
    return getattr(fact, "REACH", timedelta(0))


def _named(name: str, words: frozenset[str] | None) -> frozenset[str]:
    """Return the columns of a fact that are named, and those that everything goes by."""
    table = facts()[name].TABLE
    every = frozenset(table.schema)
    named = _ALWAYS | _DRAWN.get(name, frozenset()) | {table.time, *table.key}
    return every if words is None else every & (words | named)


def _rows(name: str, places: Sequence[Sequence[Condition]] | None) -> frozenset[str] | None:
    """Return a condition for each place in which a fact is read, if there is one in each."""
    own = frozenset(getattr(facts()[name], "NARROWED", ()))
    conditions = [" and ".join(sql for sql, of in place if of <= own) for place in places or ()]
    return frozenset(conditions) if conditions and all(conditions) else None


_DRAWN = {
    "order_life": frozenset(
        ("order_id", "side", "price", "quantity", "filled", "ended_at", "end_reason")
    ),
    "fills": frozenset(("trade_id", "order_id", "side", "price", "quantity")),
}
"""Columns that the picture of a hit takes, whatever its rule reads."""
_ALWAYS = frozenset(("seq", "trader_id", "owner_id", "instrument"))


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


def prepare(
    connection: duckdb.DuckDBPyConnection, names: Iterable[str], asks: Asked | None = None
) -> None:
    """Make the named facts, and what they are made of, as temporary tables, each once.

    Columns that ``asks`` does not name stay empty, and a fact that it does not name has no rows.
    """
    present = made(connection)
    for name in needed(names):
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
    ask = _whole(name) if asks is None else asks.get(name, NOTHING)
    # Prices stand by the hour: who looks one up finds a stretch that began within its hour.
    ask = replace(ask, since=before(ask.since, (ask.since - ALL) % timedelta(hours=1)))
    with _since(connection, facts()[name], ask.since):
        _make(connection, facts()[name], ask)
    for table in _showing(name):
        _show(connection, table, present | {name})


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


def _shown_by(tables: Iterable[str]) -> list[str]:
    """Return the facts by which the named tables show more than what was written."""
    names = set(tables)
    canonical = [CANONICAL] if names & set(ADDRESSED) else []
    return canonical + [VALUED[name] for name in sorted(VALUED.keys() & names)]


def _showing(fact: str) -> list[str]:
    """Return the tables that show something by a fact."""
    owned = OWNED if fact == "owners" else ()
    addressed = ADDRESSED if fact == CANONICAL else ()
    return [*owned, *addressed, *(name for name in VALUED if VALUED[name] == fact)]


def _show(connection: duckdb.DuckDBPyConnection, name: str, present: Set[str]) -> None:
    """Show owner, worth and canonical address of a table's rows by those facts that are made.

    Few addresses are written in another form than the canonical one, so few rows are joined.
    """
    database = connection.execute("select current_database()").fetchall()[0][0]
    joins, replaced, added = "", [], ""
    if name in OWNED:
        joins += " left join owners o using (trader_id)"
        added = ", coalesce(o.owner_id, t.trader_id) as owner_id"
    if VALUED.get(name) in present:
        joins += f" left join {VALUED[name]} v using ({TABLES[name].key[0]})"
        replaced.append("coalesce(t.usd, v.usd) as usd")
    if name in ADDRESSED and CANONICAL in present:
        other = f"select * from {CANONICAL} where canonical <> address"
        joins += f" left join ({other}) a on a.address = t.address and a.asset = "
        joins += "coalesce(t.asset, '')"
        replaced.append("coalesce(a.canonical, t.address) as address")
    shown = f" replace ({', '.join(replaced)})" if replaced else ""
    connection.execute(
        f'create or replace temp view "{name}" as select t.*{shown}{added} '
        f'from "{database}".main."{name}" t{joins}'
    )


def _make(connection: duckdb.DuckDBPyConnection, fact: Fact, ask: Ask) -> None:
    """Make a fact: a temporary table, or, if it comes in parts and there is a folder, files.

    A table is joined better, because the engine knows how many values a column has; files hold
    what memory cannot.
    """
    table, cut = fact.TABLE, _no_more(fact, ask.since)
    folder = connection.execute(f"select getvariable('{FOLDER}')").fetchall()[0][0]
    if folder and ask.columns and hasattr(fact, "queries"):
        queries = _queries(connection, fact, ask)
        _write(connection, table, queries, Path(folder), ask.columns, cut)
        return
    columns = ", ".join(f'"{name}" {kind}' for name, kind in table.schema.items())
    # What is made within a transaction has no statistics yet, so nothing is computed in this one.
    is_made = ask.columns and (folder or _has_any(connection, fact))
    queries = _queries(connection, fact, ask) if is_made else []
    wanted = ", ".join(f'"{name}"' for name in table.schema if name in ask.columns)
    connection.execute("begin")
    try:
        connection.execute(f'create temp table "{table.name}" ({columns})')
        for sql in queries:
            connection.execute(
                f'insert into "{table.name}" by name {cut}select {wanted} from ({sql})'
            )
    except duckdb.Error:
        connection.execute("rollback")
        raise
    connection.execute("commit")


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
    wanted: frozenset[str],
    cut: str,
) -> None:
    """Write a fact beside the engine's spilled blocks: a tenth of the size, read by column."""
    kinds = table.schema.items()
    columns = ", ".join(
        f'cast({name if name in wanted else "null"} as {kind}) as "{name}"' for name, kind in kinds
    )
    files = []
    for number, sql in enumerate(queries):
        files.append(f"'{folder / table.name}-{number:04d}.parquet'")
        connection.execute(
            f"copy ({cut}select {columns} from ({sql})) to {files[-1]} "
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
        connection.register("computed", fact.compute(connection))
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
