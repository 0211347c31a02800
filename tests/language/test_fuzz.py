"""Texts by chance: what is read runs, twice alike, on few rows and on none; all else is refused."""

import re
from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.language import LanguageError, emit, expression, query
from tests.given.depth import deep
from tests.given.relations import ORDERS, RELATIONS, TRADES, asked

BINDING = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
REACHING = (duckdb.IOException, duckdb.PermissionException, duckdb.HTTPException)


def stocked(rows: int) -> duckdb.DuckDBPyConnection:
    """A closed engine with the tables of these tests and a few rows, each in ties."""
    engine = duckdb.connect(config={"threads": "2"})
    for name, columns in RELATIONS.items():
        body = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        engine.execute(f"create table {name} ({body})")
    engine.execute(
        "insert into trades select timestamp '2026-01-01' + to_seconds(i // 3), 't' || i % 4, "
        "i % 5, 1, i / 3, i % 3, i % 2 = 0, ['a', 'b'], '{\"x\": 1}' from range(?) r(i)",
        [rows],
    )
    engine.execute(
        "insert into orders select timestamp '2026-01-01' + to_seconds(i // 2), 'o' || i, i % 3 "
        "from range(?) r(i)",
        [rows],
    )
    for setting in ("enable_external_access = false", "lock_configuration = true"):
        engine.execute(f"set {setting}")
    return engine


EMPTY, STOCKED = stocked(0), stocked(20)

COLUMNS = st.sampled_from([*TRADES, "order_id", "nope", "trades.n", "o.price", '"current_date"'])
LITERALS = st.sampled_from(
    ["0", "1", "2.5", "-3", "1e3", "'a'", "'x''y'", "null", "true", "$a", "interval 5 second",
     "timestamp '2026-01-01'", "'now'", "[1, 2]", "0xff", "1e400", "'inf'::double"]
)  # fmt: skip
CALLED = """
count sum min max avg median list stddev abs round ln sqrt exp coalesce nullif greatest least lower
upper length concat substring replace split_part epoch_us hour md5 random now uuid row_number rank
lag first_value bool_or list_contains list_sort flatten getenv hash
"""
FUNCTIONS = st.sampled_from(CALLED.split())
OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "=", "<>", "<", ">=", "and", "or", "||", "is distinct from",
     "like", "in", "->>", "**"]
)  # fmt: skip
TYPES = st.sampled_from(["bigint", "double", "decimal(18,6)", "varchar", "timestamp", "uuid"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger expressions of smaller ones."""
    return st.one_of(
        st.builds("({} {} {})".format, inner, OPERATORS, inner),
        st.builds("{}({})".format, FUNCTIONS, st.lists(inner, max_size=2).map(", ".join)),
        st.builds("cast({} as {})".format, inner, TYPES),
        st.builds("case when {} then {} else {} end".format, inner, inner, inner),
        st.builds("{} filter (where {})".format, inner, inner),
        st.builds("{}({}) over (partition by {} order by {})".format, FUNCTIONS, inner, inner,
                  inner),
        st.builds("not {}".format, inner),
        st.builds("{} between {} and {}".format, inner, inner, inner),
        st.builds("{} is null".format, inner),
    )  # fmt: skip


VALUES = st.recursive(COLUMNS | LITERALS, grown, max_leaves=7)
SOURCES = st.sampled_from(
    ["trades", "orders", "trades t", "trades join orders o using (ts)", "trades, orders o",
     "trades left join orders o on trades.price = o.price", "(select * from trades) t",
     "trades natural join orders", "trades asof join orders o using (ts)", "unnest([1, 2]) u(n)",
     "'/etc/passwd'", "range(9)", "duckdb_settings()", "trades semi join orders using (ts)"]
)  # fmt: skip
CLAUSES = st.sampled_from(
    ["", "where {}", "group by all", "group by {}", "group by all having {}", "qualify {}",
     "order by {}", "order by all", "limit 3", "where {} order by 1"]
)  # fmt: skip
SELECTS = st.builds(
    "select {} from {} {}".format,
    st.lists(st.builds("{} as x{}".format, VALUES, st.integers(0, 9)) | COLUMNS | st.just("*"),
             min_size=1, max_size=3).map(", ".join),
    SOURCES,
    st.builds(lambda clause, value: clause.format(value), CLAUSES, VALUES),
)  # fmt: skip
QUERIES = (
    SELECTS
    | st.builds("with c as ({}) select * from c".format, SELECTS)
    | st.builds("{} union all {}".format, SELECTS, SELECTS)
)


def answer(engine: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]] | str:
    """The rows that a query gives, in no order, or what is wrong with a value in them."""
    try:
        rows = engine.cursor().execute(sql).fetchall()
    except (*BINDING, *REACHING) as wrong:
        pytest.fail(f"expected what was read to be bound and to reach nothing, was {wrong}: {sql}")
    except duckdb.Error as wrong:
        return type(wrong).__name__
    return sorted(rows, key=repr)


KEYWORDS = {row[0] for row in asked("select keyword_name from duckdb_keywords()")}
ALLOWED = """
count sum min max avg median array_agg stddev abs round ln sqrt exp least greatest lower upper
length concat replace split_part epoch_us hour md5 row_number rank lag first_value bool_or
array_contains list_contains list_sort flatten power decimal isfinite unnest u
typeof octet_length
"""
"""What may be called in what is emitted: ``u`` is a relation, the last two are how a length of
anything is written."""


def runs_alike(sql: str, text: str) -> None:
    assert answer(EMPTY, sql) == answer(EMPTY, sql)
    assert answer(STOCKED, sql) == answer(STOCKED, sql), text
    without_texts = re.sub(r"'(?:[^']|'')*'", "''", sql)
    called = {name.lower() for name in re.findall(r"([A-Za-z_]\w*)\s*\(", without_texts)}
    assert called - KEYWORDS <= set(ALLOWED.split()), called
    again = emit(sqlglot.parse_one(sql, dialect="duckdb"))
    assert emit(sqlglot.parse_one(again, dialect="duckdb")) == again


def refused(read: Callable[[], object]) -> LanguageError | None:
    try:
        read()
    except LanguageError as error:
        return error
    return None


def expect_said(error: LanguageError, text: str) -> None:
    assert error.message
    assert 1 <= error.line <= text.count("\n") + 1
    assert 1 <= error.column <= max(map(len, text.split("\n"))) + 1


@settings(max_examples=deep(150), deadline=None)
@given(QUERIES)
def test_a_query_by_chance_is_refused_or_runs_twice_alike(text: str) -> None:
    if error := refused(lambda: query(text, RELATIONS, {"a": 1})):
        expect_said(error, text)
    else:
        runs_alike(query(text, RELATIONS, {"a": 1}).sql(), text)


@settings(max_examples=deep(150), deadline=None)
@given(VALUES)
def test_an_expression_by_chance_is_refused_or_runs_twice_alike(text: str) -> None:
    if error := refused(lambda: expression(text, TRADES, parameters={"a": 1})):
        expect_said(error, text)
    else:
        sql = expression(text, TRADES, parameters={"a": 1}).sql()
        runs_alike(f"select {sql} as x from trades", text)
    reduced = f"count({text})"
    if error := refused(lambda: expression(reduced, TRADES, aggregates=True, parameters={"a": 1})):
        expect_said(error, reduced)


@settings(max_examples=deep(150), deadline=None)
@given(st.binary(max_size=60), st.sampled_from(["utf-8", "latin-1", "utf-16"]))
def test_bytes_are_refused_or_read_and_nothing_else(noise: bytes, coding: str) -> None:
    text = noise.decode(coding, errors="replace")
    for whole in (text, f"n {text}", f"select {text} from trades", f"'{text}'"):
        refused(lambda whole=whole: query(whole, RELATIONS))  # type: ignore[misc]
        refused(lambda whole=whole: expression(whole, ORDERS))  # type: ignore[misc]
