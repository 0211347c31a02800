"""Statements that are parsed once do what they do when parsed each time."""

import duckdb
import pytest

from surveillance.activity.statements import parsing_once


def test_a_statement_is_executed_anew_on_every_connection() -> None:
    for size in (2, 3):
        with duckdb.connect() as engine:
            connection = parsing_once(engine)
            connection.execute(f"create table sizes as select unnest(range({size})) as n")
            found = connection.execute("select sum(n) from sizes where n < ?", [9]).fetchall()
            assert found == [(sum(range(size)),)]


def test_several_statements_of_one_text_are_all_executed() -> None:
    with duckdb.connect() as engine:
        connection = parsing_once(engine)
        connection.execute("create table sizes (n integer); insert into sizes values (7)")
        assert connection.execute("from sizes").fetchall() == [(7,)]


def test_what_is_no_statement_is_refused_as_the_engine_refuses_it() -> None:
    with duckdb.connect() as engine, pytest.raises(duckdb.ParserException):
        parsing_once(engine).execute("selekt 1")
