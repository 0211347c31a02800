"""A connection on which a statement is parsed once a process, whoever asks.

Over a few rows, as in a rule's own tests and canaries, an engine spends a quarter of its work on
reading SQL that it has read before.
"""

from functools import lru_cache
from typing import Any, cast

import duckdb


def parsing_once(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Return the connection, with statements that are kept parsed."""
    return cast(duckdb.DuckDBPyConnection, _Connection(connection))


class _Connection:
    """A connection but for ``execute``; the engine's own class cannot be derived from."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, query: Any, *parameters: Any) -> duckdb.DuckDBPyConnection:
        """Execute a query as the engine does, and return what it returns."""
        statement = _parsed(query) if isinstance(query, str) else query
        return self._connection.execute(statement, *parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@lru_cache(maxsize=4096)
def _parsed(sql: str) -> Any:
    """Return the one statement of a text, or the text if it is more than one."""
    statements = duckdb.extract_statements(sql)
    return statements[0] if len(statements) == 1 else sql
