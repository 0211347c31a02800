"""Numbers that go wrong while a rule runs: what is not known fires nothing and breaks nothing."""

import math

import pytest

from surveillance.activity.sample import START
from surveillance.canonical import canonical
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Rulebook
from surveillance.times import span
from tests.given.activities import judged
from tests.given.hostile import asked, changed, gate, measured
from tests.given.texts import AGGREGATE, entry

WINDOW = Window(START, START + span("4h"))
ROWS = {
    "trades": [
        {"at": "1m", "times": 2, "apart": "1m", "buyer_id": "A", "seller_id": "B", "price": 3},
        {"at": "5m", "buyer_id": "C", "seller_id": "B", "price": 900_000_000},
    ]
}

FIRED = 'total: ">= 5"'
NOT_KNOWN = {
    "something divided by nothing": "sum(price) / sum(price - price)",
    "nothing divided by nothing": "sum(price - price) / sum(price - price)",
    "something divided by the root of nothing": "sum(price) / sqrt(sum(price - price))",
    "a whole number divided by nothing": "sum(seq) // sum(seq - seq)",
    "the rest of a division by nothing": "sum(seq) % sum(seq - seq)",
    "the logarithm of nothing": "ln(sum(price - price)) + 100",
    "the logarithm of less than nothing": "ln(sum(price - price) - 1)",
    "the root of less than nothing": "sqrt(0 - sum(price))",
    "a power beyond all": "pow(10, 400 + sum(price))",
    "an exponential beyond all": "exp(1000 + sum(price))",
    "a quantile of nothing": "quantile_cont(price, 0.5) filter (price < 0)",
    "a median of nothing": "median(price) filter (price < 0)",
    "an average of nothing": "avg(price) filter (price < 0)",
    "a deviation of nothing": "stddev(price) filter (price < 0)",
    "a deviation of one": "stddev(price) filter (seq = -1)",
    "a greatest of nothing": "max(price) filter (price < 0)",
    "a text that is not a number": "max(try_cast('nan' || trader_id as double))",
    "a text that is not finite": "max(cast(case when price > 0 then 'inf' end as double))",
}


def verdict(text: str) -> Verdict:
    (answer,) = judged(Rulebook({"probe": entry(text)}), ROWS, WINDOW)
    return answer


@pytest.mark.parametrize("value", NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_what_is_not_known_fires_nothing_and_adds_nothing(value: str) -> None:
    graded = measured(value).replace("n: {from: $line, to: 10}", "total: {from: 1, to: 5}")
    gated = graded.replace('n: ">= $line"', FIRED)
    answer = verdict(gated)
    assert (answer.outcome, answer.hits) == (Outcome.NO_HIT, ()), answer.reason


@pytest.mark.parametrize("value", NOT_KNOWN.values(), ids=NOT_KNOWN)
def test_what_is_not_known_is_shown_as_not_known(value: str) -> None:
    answer = verdict(measured(value).replace(">= $line", ">= 1"))
    assert answer.outcome is Outcome.HIT, answer.reason
    assert {hit.measures["total"] for hit in answer.hits} == {None}
    assert all(math.isfinite(hit.score) for hit in answer.hits)
    assert "NaN" not in canonical(answer)


@pytest.mark.parametrize(
    "text",
    [
        gate(">= 100 / (n - n)"),
        gate(">= 100 // (n - n)"),
        gate(">= ln(n - n)"),
        gate(">= sqrt(0 - n)"),
    ],
)
def test_a_gate_over_what_is_not_known_stays_shut(text: str) -> None:
    answer = verdict(text)
    assert answer.outcome is Outcome.NO_HIT, answer.reason


TOO_GREAT = {
    "a decimal": measured("sum(cast(price as decimal(38, 8)) * cast(1e29 as decimal(38, 0)))"),
    "a product of money": measured(
        "sum(cast(notional as decimal(38, 18)) * cast(100 as decimal(38, 18)))"
    ),
    "a whole number": measured("sum(cast(seq as bigint) * 9223372036854775807)"),
    "a cast": measured("max(cast(price as tinyint))"),
    "a length of time": measured("max(ts + to_days(2000000000))"),
    "a text": measured("sum(cast(trader_id as bigint))"),
}


@pytest.mark.parametrize("text", TOO_GREAT.values(), ids=TOO_GREAT)
def test_a_number_that_does_not_fit_is_the_error_of_its_rule_alone(text: str) -> None:
    calm = changed(AGGREGATE, "id: probe", "id: calm")
    book = Rulebook({"calm": entry(calm), "probe": entry(text)})
    quiet, wrong = judged(book, ROWS, WINDOW)
    assert quiet.outcome is Outcome.HIT
    assert (wrong.outcome, wrong.hits) == (Outcome.ERROR, ())
    assert "Error: " in wrong.reason


def test_rows_of_one_moment_have_one_order_whatever_they_lie_in() -> None:
    text = asked(
        'select buyer_id as trader_id, ts as started_at, ts as "at", size, ids from ('
        "select *, row_number() over (order by instrument) as size, [trade_id] as ids "
        "from trades t)"
    )
    rows = [
        {"at": "1m", "trade_id": f"t{n}", "seq": 1, "buyer_id": "A", "quantity": n + 1}
        for n in range(40)
    ]
    first, second = (
        judged(Rulebook({"probe": entry(text)}), {"trades": given}, WINDOW)
        for given in (rows, rows[::-1])
    )
    assert first[0].outcome is Outcome.HIT
    assert canonical(first) == canonical(second)
