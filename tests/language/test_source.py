"""Texts that cannot be read at all, and texts nobody would write."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.language import LanguageError, expression, query
from tests.given.depth import deep
from tests.given.relations import RELATIONS, TRADES

BROKEN = {
    "select 1 «+": "expected an expression near '+'",
    "select («1": "Expecting ) near '1'",
    "selec «1": "Unexpected token near '1'",
    "select * from trades «where": "expected an expression near 'where'",
    "select price as from «trades": "Unexpected token near 'trades'",
    "select case when ok then «1": "Expected END after CASE near '1'",
    "select n\nfrom trades\nwhere n >\n  «and ok": "expected an expression near 'and'",
    "export database «'x'": "Unexpected token",
    "«select 'unclosed": "cannot be read",
    "«select /* unclosed": "cannot be read",
    "«select from trades": "SELECT clause without selection list",
    "select n, '«\0' from trades": "expected text, was",
    "select '«\ud800'": "expected text, was",
    "select " + "(" * 24 + "«(1" + ")" * 25: "expected at most 24 brackets within each other",
    "«select " + "+".join(["n"] * 200): "expected nesting of at most 80 levels",
    "«select " + "x" * 20_000: "expected at most 20000 characters, was 20007",
    "select " + "case when ok then " * 24 + "«case when ok then 1": "expected at most 24 brackets",
}


@pytest.mark.parametrize("marked", BROKEN, ids=range(len(BROKEN)))
def test_what_cannot_be_read_is_said_with_its_place(marked: str) -> None:
    before, _, after = marked.partition("«")
    with pytest.raises(LanguageError) as caught:
        query(before + after, RELATIONS)
    lines = before.split("\n")
    assert BROKEN[marked] in caught.value.message
    assert (caught.value.line, caught.value.column) == (len(lines), len(lines[-1]) + 1)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("price >", 1, 7), ("price\n  > ) 1", 2, 5), ("nope(price)", 1, 1), ("1 +\n  nope", 2, 3)],
)
def test_places_in_an_expression_count_from_its_own_beginning(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(LanguageError) as caught:
        expression(text, TRADES)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"line {line}, column {column}: ")


def test_a_long_chain_of_nots_is_refused_however_deep_the_caller_stands() -> None:
    def deeper(levels: int) -> None:
        if levels:
            return deeper(levels - 1)
        query("select " + "not " * 300 + "true", RELATIONS)
        return None

    for levels in (1, 200):
        with pytest.raises(LanguageError):
            deeper(levels)


WORDS = """
select from where group by having order limit with as recursive union all distinct on join using
asof lateral case when then else end and or not in between like is null filter over partition
window rows range preceding qualify exists cast try_cast interval trades orders price quantity n
ts ok tags fee body sum count list avg stddev min max median unnest read_csv now random pragma
values pivot attach copy insert columns exclude replace ( ) [ ] { } , . ; + - * / // % = <> < > ->>
-> :: : $a $b ? #1 'x' "x" '/etc/passwd' 1 2.5 1e9 0x1f -- /* */ E'\\n' $$ | || ! ~ @ ^ & := =>
""".split()  # noqa: SIM905 - fifty quotes and commas fewer
SOUP = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)


def fault(read: Callable[[], object]) -> LanguageError | None:
    try:
        read()
    except LanguageError as error:
        return error
    return None


@settings(max_examples=deep(250), deadline=None)
@given(SOUP | st.text(max_size=60) | SOUP.map("select {}".format))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    reads: list[Callable[[], object]] = [
        lambda: query(text, RELATIONS, {"a": 1}),
        lambda: expression(text, TRADES, aggregates=True, parameters={"a": "x"}),
    ]
    for read in reads:
        error = fault(read)
        assert error is None or (error.message and error.line >= 1 and error.column >= 1)


GOOD = """
with a as (
  select trade_id, price, sum(fee) over (partition by n order by ts, trade_id) as run, tags
  from trades where ok and price between $a and 3 * $b
)
select trade_id, run, count(*) filter (a.price > 1) as k, list(distinct a.price) as l
from a left join orders o on o.price = a.price and o.ts >= timestamp '2026-01-01'
group by a.trade_id, run having count(*) > 0
"""


@settings(max_examples=deep(250), deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 3))
def test_a_good_text_with_a_few_characters_wrong_is_read_or_refused(seed: int, faults: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    text = GOOD
    for _ in range(faults):
        place = chance.randrange(len(text))
        text = text[:place] + chance.choice(["", "(", ")", "'", '"', ";", "$", "x", ",", "--", "."])
        text += GOOD[place + 1 :]
    error = fault(lambda: query(text, RELATIONS, {"a": 1, "b": 2}))
    if error is not None:
        assert 1 <= error.line <= text.count("\n") + 1
        assert 1 <= error.column <= max(map(len, text.split("\n"))) + 1


def test_the_good_text_is_good() -> None:
    assert list(query(GOOD, RELATIONS, {"a": 1, "b": 2}).columns) == ["trade_id", "run", "k", "l"]
