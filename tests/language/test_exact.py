"""The same text over the same rows gives the same answer, however they lie and whoever counts."""

import random
from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from surveillance.language import expression, query
from tests.given.depth import deep
from tests.given.relations import TRADES, asked

REDUCED = (
    "sum(fee)",
    "avg(fee)",
    "stddev(fee)",
    "sum(fee * price)",
    "sum(distinct fee)",
    "sum(fee) filter (n > 2)",
    "sum(case when ok then fee else 0 end)",
    "list(fee)",
    "list(distinct fee)",
    "list(trade_id order by n)",
    "list(n) filter (ok)",
    "median(fee)",
    "quantile_cont(price, 0.9)",
    "sum(price) / count(distinct n)",
)
FEES = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 7))
ROWS = st.lists(st.tuples(FEES, st.integers(0, 5), st.booleans()), min_size=1, max_size=40)


def answer(rows: list[tuple[float, int, bool]], threads: int, copies: int = 1) -> object:
    text = f"select {', '.join(REDUCED)} from trades"
    with duckdb.connect(config={"threads": str(threads)}) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in TRADES.items())
        connection.execute(f"create table trades ({columns})")
        connection.executemany(
            "insert into trades (trade_id, fee, n, ok, price) values (?, ?, ?, ?, ?)",
            [(f"t{fee}", fee, n, ok, Decimal(n) / 7) for fee, n, ok in rows],
        )
        connection.execute(f"insert into trades select t.* from trades t, range({copies - 1})")
        return connection.execute(query(text, {"trades": TRADES}).sql()).fetchall()


@settings(max_examples=deep(8), deadline=None)
@given(ROWS, st.integers(0, 2**32))
def test_the_order_of_rows_does_not_change_an_answer(
    rows: list[tuple[float, int, bool]], seed: int
) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 - not a secret
    assert answer(rows, 1) == answer(shuffled, 1)


def test_the_number_of_threads_does_not_change_an_answer() -> None:
    chance = random.Random(7)  # noqa: S311 - not a secret
    rows = [
        (chance.uniform(-1e6, 1e6), chance.randrange(6), chance.random() < 0.5) for _ in "x" * 50
    ]
    assert answer(rows, 1, copies=6000) == answer(rows[::-1], 2, copies=6000)


def test_a_plain_sum_of_doubles_does_depend_on_it() -> None:
    """Say why the rewriting is there: were this to fail, it could go."""
    with duckdb.connect() as connection:
        first, second = (
            connection.execute(f"select sum(x) from (values {values}) t(x)").fetchall()
            for values in ("(1e16::double), (1), (-1e16)", "(1e16::double), (-1e16), (1)")
        )
    assert first != second


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("sum(price)", "DECIMAL(38,8)"),
        ("sum(n)", "HUGEINT"),
        ("sum(fee)", "DECIMAL(38,10)"),
        ("sum(price / quantity)", "DECIMAL(38,10)"),
        ("sum(case when ok then price else 0 end)", "DECIMAL(38,8)"),
        ("sum(coalesce(price, 0))", "DECIMAL(38,8)"),
    ],
)
def test_a_sum_is_a_decimal_or_a_whole_number(text: str, type_: str) -> None:
    assert expression(text, TRADES, aggregates=True).type == type_


def test_a_sum_that_is_exact_already_is_left_alone() -> None:
    assert expression("sum(price)", TRADES, aggregates=True).sql() == "SUM(price)"


@settings(max_examples=deep(40, 20), deadline=None)
@given(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 1000), min_size=2, max_size=20))
@example([1000.1, 1000.2])
@example([411.366, 1070.338])
def test_stddev_is_the_sample_deviation(values: list[float]) -> None:
    sql = expression("stddev(fee)", TRADES, aggregates=True).sql()
    rows = ", ".join(f"({value!r}::double)" for value in values)
    answer, expected = asked(f"select {sql}, stddev_samp(fee) from (values {rows}) t(fee)")[0]
    # Reckoned from sums of squares, it is known to half of the digits that a double has.
    lost = 3e-8 * max(abs(value) for value in values)
    assert answer == pytest.approx(expected, rel=1e-6, abs=1e-6 + lost)


@pytest.mark.parametrize("unit", ["1e-8", "1", "1e12"])
@pytest.mark.parametrize("kind", ["double", "decimal(38, 18)"])
def test_a_deviation_is_known_of_satoshis_and_of_trillions(unit: str, kind: str) -> None:
    sql = expression("stddev(fee)", TRADES, aggregates=True).sql()
    rows = ", ".join(f"(({value} * {unit})::{kind})" for value in (1, 2, 6))
    (answer,) = asked(f"select {sql} from (values {rows}) t(fee)")[0]
    assert answer == pytest.approx(7**0.5 * float(unit), rel=1e-4)


@pytest.mark.parametrize("text", ["stddev(fee)", "stddev(fee) filter (fee < 0)"])
def test_the_deviation_of_one_value_or_none_is_not_known(text: str) -> None:
    sql = expression(text, TRADES, aggregates=True).sql()
    assert asked(f"select {sql} from (values (1.5::double)) t(fee)") == [(None,)]


def test_a_deviation_along_a_window_is_of_the_rows_in_it() -> None:
    text = "select stddev(price) over (partition by n) as x from trades order by x"
    rows = "(values (1.0, 1), (3.0, 1), (7.0, 2)) t(price, n)"
    sql = query(text, {"trades": TRADES}).sql().replace("FROM trades", f"FROM {rows}")
    first, *others = asked(sql)[::-1]
    assert (first, {row[0] for row in others}) == ((None,), {2**0.5})


def test_a_json_arrow_binds_as_tightly_as_it_was_written() -> None:
    sql = expression("body ->> '$.x' = 'y'", TRADES).sql()
    answer = asked(f"""select {sql} from (values ('{{"x": "y"}}'::json)) t(body)""")
    assert answer == [(True,)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 - (2 - 3)", 2),
        ("not (true and false)", True),
        ("-(-3)", 3),
        ("2 * (3 + 4) // 5", 2),
        ("'a' || 'b' in ('ab')", True),
    ],
)
def test_what_is_emitted_means_what_was_written(text: str, expected: object) -> None:
    answer = asked(f"select {expression(text, TRADES).sql()}")
    assert answer == asked(f"select {text}") == [(expected,)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("price * quantity", "8999999.1000000000"),
        ("(price) * (quantity + quantity)", "17999998.2000000000"),
        ("sum(price * quantity)", "8999999.1000000000"),
        ("price * 3", "299999.970000000000000000"),
    ],
)
def test_a_product_of_what_venues_write_does_not_overflow(text: str, expected: str) -> None:
    stored = dict.fromkeys(("price", "quantity"), "DECIMAL(38,18)")
    sql = expression(text, stored, aggregates=True).sql()
    row = "select 99999.99::decimal(38, 18) as price, 90::decimal(38, 18) as quantity"
    assert asked(f"select {sql} from ({row})") == [(Decimal(expected),)]
    with pytest.raises(duckdb.OutOfRangeException):
        asked(f"select price * quantity from ({row})")


def test_a_product_that_no_decimal_holds_is_not_known() -> None:
    stored = dict.fromkeys(("price", "quantity"), "DECIMAL(38,18)")
    sql = expression("price * quantity", stored).sql()
    row = "select 1e19::decimal(38, 18) as price, 1e19::decimal(38, 18) as quantity"
    assert asked(f"select {sql} from ({row})") == [(None,)]


def test_a_product_of_two_columns_does_not_overflow() -> None:
    sql = expression("price * (quantity)", TRADES).sql()
    row = "select 1000::decimal(18, 8) as price, 90000::decimal(18, 8) as quantity"
    assert asked(f"select {sql} from ({row})") == [(90_000_000,)]
    with pytest.raises(duckdb.OutOfRangeException):
        asked(f"select price * quantity from ({row})")
