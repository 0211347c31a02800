"""Rows that an order leaves equal cannot change an answer, however they lie."""

import random

import duckdb
import pytest

from surveillance.language import query

KINDS = {"id": "VARCHAR", "a": "VARCHAR", "ts": "BIGINT", "x": "BIGINT", "d": "DOUBLE"}
WINDOWS = (
    "select id, row_number() over (partition by a order by ts) as n from t",
    "select id, lag(x) over (order by ts) as n from t",
    "select id, lead(x, 2) over w as n from t window w as (partition by a order by ts)",
    "select *, first_value(x) over (partition by a order by ts) as n from t",
    "select t.*, last_value(d) over (order by t.ts) as n from t",
    "select id, sum(x) over (order by ts rows between 2 preceding and current row) as n from t",
    "select id, sum(d) over w as n, max(x) over w as m from t "
    "window w as (order by ts rows between unbounded preceding and current row)",
    "select a, x from t qualify row_number() over (partition by a order by ts) <= 2",
    "select id from (select * from t qualify row_number() over (order by ts) <= 7)",
    "select a, row_number() over (order by sum(x) // 50) as n from t group by a",
    "select a, count(*) as k, rank() over (order by count(*)) as n from t group by a",
    "with u as (select *, lag(id) over (order by ts) as was from t) "
    "select l.id, r.was from u l join u r on l.was = r.id",
)


def rows(seed: int) -> list[tuple[str, str, int, int, float]]:
    chance = random.Random(3)  # noqa: S311 - not a secret
    orders = [
        (f"i{n}", chance.choice("ABC"), chance.randrange(3), chance.randrange(40), n / 7)
        for n in range(30)
    ]
    random.Random(seed).shuffle(orders)  # noqa: S311 - not a secret
    return orders


def answer(text: str, seed: int) -> list[str]:
    with duckdb.connect(config={"threads": "2"}) as connection:
        body = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
        connection.execute(f"create table t ({body})")
        connection.executemany("insert into t values (?, ?, ?, ?, ?)", rows(seed))
        return sorted(map(str, connection.execute(query(text, {"t": KINDS}).sql()).fetchall()))


@pytest.mark.parametrize("text", WINDOWS)
def test_ties_fall_the_same_way_however_rows_lie(text: str) -> None:
    assert len({str(answer(text, seed)) for seed in range(6)}) == 1


def test_a_rank_still_gives_ties_one_place() -> None:
    frame = "rows between 1 preceding and current row"
    text = f"select ts, rank() over w as n from t window w as (order by ts {frame})"
    assert len(set(answer(text, 0))) == 3
