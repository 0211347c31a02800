"""Types: the engine's own binder says them, over empty tables of the same columns.

sqlglot's annotations know no user table and half of the functions; what binds here runs there.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

import duckdb
from sqlglot import exp

from surveillance.language.literal import emit
from surveillance.language.source import LanguageError, Source

_SETTINGS = (
    "TimeZone = 'UTC'",
    "memory_limit = '256MB'",
    "max_execution_time = 10000",
    "python_enable_replacements = false",
    "enable_external_access = false",
    "lock_configuration = true",
)
"""The engine computes constants while it reads a query: that too is bounded."""


def bind(
    tree: exp.Expr,
    relations: Mapping[str, Mapping[str, str]],
    original: exp.Expr,
    source: Source,
) -> dict[str, str]:
    """Return the columns of a query with their types, in order.

    ``original`` is the tree before it was rewritten, in which the places of names are known.

    Raises:
        LanguageError: a name is not known, or types do not fit.
    """
    try:
        rows = _empty(_key(relations)).cursor().execute(f"describe {emit(tree)}").fetchall()
    except (duckdb.Error, UnicodeError) as error:
        raise _unbound(error, original, source) from None
    return {str(name): str(kind) for name, kind, *_ in rows}


def is_a(text: str, kind: str) -> bool:
    """Say whether a text reads as a value of a type; no word such as ``now`` or ``inf`` does."""
    if not any(char.isdigit() for char in text):
        return kind == "BOOLEAN" and text.lower() in ("true", "false")
    found = _empty(()).cursor().execute(f"select try_cast(? as {kind}) is not null", [text])
    return bool(found.fetchall()[0][0])


def expect_bound(sql: str, relations: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a query that was put together and does not bind.

    Raises:
        LanguageError: what the engine says of it.
    """
    try:
        _empty(_key(relations)).cursor().execute(f"describe {sql}")
    except duckdb.Error as error:
        raise LanguageError(_said(error)) from None


def _key(
    relations: Mapping[str, Mapping[str, str]],
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((name, tuple(columns.items())) for name, columns in sorted(relations.items()))


@lru_cache(maxsize=32)
def _empty(
    relations: tuple[tuple[str, tuple[tuple[str, str], ...]], ...],
) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": "1"})
    for name, columns in relations:
        body = ", ".join(f'"{column}" {kind}' for column, kind in columns)
        connection.execute(f'create table "{name}" ({body})')
    for setting in _SETTINGS:
        connection.execute(f"set {setting}")
    return connection


def _unbound(error: Exception, original: exp.Expr, source: Source) -> LanguageError:
    message = _said(error)
    for name in re.findall(r'"([^"]+)"', message):
        for node in original.find_all(exp.Identifier):
            if node.name.lower() == name.lower():
                return source.fault(message, node)
    return source.fault(message)


def _said(error: Exception) -> str:
    message = re.sub(r"\s+", " ", str(error).split("\n\nLINE")[0]).strip()
    return re.sub(r"^\w+ Error: | You might need to add.*$", "", message)
