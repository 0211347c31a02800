"""What the engine offers, asked of the engine itself, so that a new release is looked at again."""

import duckdb
import pytest

from surveillance.language import LanguageError, query
from tests.given.relations import RELATIONS, asked

VOLATILE = asked(
    "select distinct function_name from duckdb_functions() "
    "where stability <> 'CONSISTENT' and function_type <> 'macro' order by 1"
)
NAMES = asked("select distinct function_name from duckdb_functions() order by 1")
KEYWORDS = asked("select keyword_name from duckdb_keywords() order by 1")
ARGUMENTS = ("", "n", "1", "trade_id", "ts", "'a'", "n, 1", "trade_id, 'a'", "1, 2, 3")
TABLE_FUNCTIONS = asked(
    "select distinct function_name from duckdb_functions() "
    "where function_type in ('table', 'table_macro', 'pragma') order by 1"
)


def is_read(text: str) -> bool:
    try:
        query(text, RELATIONS)
    except LanguageError:
        return False
    return True


@pytest.mark.parametrize("name", [row[0] for row in VOLATILE])
def test_no_function_that_may_differ_between_two_calls_is_in_the_language(name: str) -> None:
    assert not [given for given in ARGUMENTS if is_read(f'select "{name}"({given}) from trades')]
    assert not [given for given in ARGUMENTS if is_read(f"select {name}({given}) from trades")]


@pytest.mark.parametrize("name", [row[0] for row in TABLE_FUNCTIONS if row[0] != "unnest"])
def test_no_function_that_makes_a_table_is_in_the_language(name: str) -> None:
    assert not [given for given in ARGUMENTS if is_read(f'select * from "{name}"({given})')]


def test_no_name_that_the_engine_answers_without_a_table_is_in_the_language() -> None:
    engine = duckdb.connect()
    answered = []
    for (name,) in [*NAMES, *KEYWORDS, ("localtime",), ("localtimestamp",)]:
        quoted = name.replace('"', '""')
        try:
            engine.execute(f'describe select "{quoted}"').fetchall()
        except duckdb.Error:
            continue
        answered.append(name)
    assert {"current_date", "localtimestamp", "user"} <= set(answered)
    for name in answered:
        for text in (f'select "{name}"', f"select {name}", f'select n, "{name}" from trades'):
            assert not is_read(text), text


def test_no_table_that_the_engine_keeps_is_in_the_language() -> None:
    views = asked("select schema_name || '.' || view_name, view_name from duckdb_views()")
    views += asked("select schema_name || '.' || table_name, table_name from duckdb_tables()")
    assert len(views) > 20
    for names in views:
        assert not [name for name in names if is_read(f"select * from {name}")]
