"""Names and types: what does not fit the tables is refused, and what fits has a type."""

import pytest

from surveillance.language import LanguageError, expression, query
from tests.given.relations import RELATIONS, TRADES

UNFIT = {
    "select «nope from trades": 'column "nope" not found',
    "select n,\n  «prices from trades": '"prices" not found in FROM clause! Candidate bindings',
    "select «trades.nope from trades": 'does not have a column named "nope"',
    "select «t.price from trades": '"t" not found',
    "select «nope(price) from trades": "the function nope() is not allowed",
    "select «price from trades, orders": 'Ambiguous reference to column name "price"',
    "select «price from trades group by n": 'column "price" must appear in the GROUP BY',
    "select * from «nope": "expected a table of orders, trades; was 'nope'",
    "select * from «Trades": "expected a table of orders, trades; was 'Trades'",
    "select n from trades where price > «$nope": "expected a parameter of $known; was $nope",
    "select $known, «$known_too from trades": "expected a parameter of $known; was $known_too",
    "select «$1 from trades": "expected a parameter of $known; was $1",
    "«select sum(trade_id) from trades": "'sum(VARCHAR)'",
    "«select avg(ok) from trades": "'avg(BOOLEAN)'",
    "«select price + trade_id from trades": "'+(DECIMAL(18,8), VARCHAR)'",
    "«select ts + price from trades": "'+(TIMESTAMP, DECIMAL(18,8))'",
    "«select upper(price) from trades": "'upper(DECIMAL(18,8))'",
    "«select * from trades where sum(n) > 1": "WHERE clause cannot contain aggregates",
    "select cast(n as «nope) from trades": "the type nope is not allowed",
    "«select 1 from trades union select 1, 2": "same number of result columns",
}


@pytest.mark.parametrize("marked", UNFIT)
def test_what_does_not_fit_the_tables_is_refused_at_its_place(marked: str) -> None:
    before, _, after = marked.partition("«")
    with pytest.raises(LanguageError) as caught:
        query(before + after, RELATIONS, {"known": 1})
    lines = before.split("\n")
    assert UNFIT[marked] in caught.value.message
    assert (caught.value.line, caught.value.column) == (len(lines), len(lines[-1]) + 1)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("price", "DECIMAL(18,8)"),
        ("price > $line", "BOOLEAN"),
        ("price / quantity", "DOUBLE"),
        ("n // 2", "BIGINT"),
        ("epoch_us(ts)", "BIGINT"),
        ("ts + interval 5 second", "TIMESTAMP"),
        ("list_sort(list_distinct(tags))", "VARCHAR[]"),
        ("body ->> '$.x'", "VARCHAR"),
        ("cast(price as decimal(20, 6))", "DECIMAL(20,6)"),
        ("case when ok then 'a' end", "VARCHAR"),
    ],
)
def test_an_expression_has_the_type_that_the_engine_gives_it(text: str, type_: str) -> None:
    assert expression(text, TRADES, parameters={"line": 1.5}).type == type_


def test_a_query_has_columns_with_types_in_order() -> None:
    read = query("select trade_id, count(*) as n, max(ts) as at from trades group by 1", RELATIONS)
    assert list(read.columns.items()) == [
        ("trade_id", "VARCHAR"),
        ("n", "BIGINT"),
        ("at", "TIMESTAMP"),
    ]


def test_columns_of_several_relations_are_told_apart_by_their_relation() -> None:
    assert expression("trades.price - orders.price", RELATIONS).type == "DECIMAL(19,8)"
    with pytest.raises(LanguageError, match="Ambiguous"):
        expression("price", RELATIONS)
