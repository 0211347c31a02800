"""Types: the engine's own binder says them, over empty tables of the same columns.

sqlglot's annotations know no user table and half of the functions; what binds here runs there.
"""

import re
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import TypeAlias

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

_Relations: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
_numbers = count()


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
        return dict(_described(emit(tree), _key(relations)))
    except (duckdb.Error, UnicodeError) as error:
        raise _unbound(error, original, source) from None


def is_a(text: str, kind: str) -> bool:
    """Say whether a text reads as a value of a type; no word such as ``now`` or ``inf`` does."""
    if not any(char.isdigit() for char in text):
        return kind == "BOOLEAN" and text.lower() in ("true", "false")
    answer = _engine().cursor().execute(f"select try_cast(? as {kind}) is not null", [text])
    return bool(answer.fetchall()[0][0])


def expect_bound(sql: str, relations: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse a query that was put together and does not bind.

    Raises:
        LanguageError: what the engine says of it.
    """
    try:
        _described(sql, _key(relations))
    except duckdb.Error as error:
        raise LanguageError(_said(error)) from None


def _key(relations: Mapping[str, Mapping[str, str]]) -> _Relations:
    return tuple((name, tuple(columns.items())) for name, columns in sorted(relations.items()))


@lru_cache(maxsize=1024)
def _described(sql: str, relations: _Relations) -> tuple[tuple[str, str], ...]:
    schema = _empty(relations)
    cursor = _engine().cursor()
    cursor.execute(f"use {schema.name}")
    # ``describe`` has the old name of a column that is named anew in another case only.
    described = cursor.execute(f"from ({sql}) limit 0").description or []
    return tuple((str(name), str(kind)) for name, kind, *_ in described)


@dataclass(frozen=True, weakref_slot=True, slots=True)
class _Schema:
    """Where empty tables stand for as long as somebody asks of them."""

    name: str


@lru_cache(maxsize=256)
def _empty(relations: _Relations) -> _Schema:
    schema = _Schema(f"s{next(_numbers)}")
    cursor = _engine().cursor()
    cursor.execute(f"create schema {schema.name}")
    weakref.finalize(schema, _drop, schema.name).atexit = False
    for name, columns in relations:
        body = ", ".join(f"{_quoted(column)} {kind}" for column, kind in columns)
        cursor.execute(f"create table {schema.name}.{_quoted(name)} ({body})")
    return schema


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _drop(name: str) -> None:
    _engine().cursor().execute(f"drop schema {name} cascade")


@lru_cache(maxsize=1)
def _engine() -> duckdb.DuckDBPyConnection:
    """Return the one connection of a process whose cursors all binding is done by."""
    connection = duckdb.connect(":memory:", config={"threads": "1"})
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
