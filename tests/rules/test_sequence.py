"""Steps in time: joined on buckets, they are what comparing every pair would give."""

from collections import defaultdict
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.sample import START
from surveillance.errors import RuleError
from surveillance.model import Hit, Window
from surveillance.rules.book import Entry, Rulebook
from tests.given.activities import Rows, judged
from tests.given.depth import deep
from tests.given.texts import SEQUENCE, entry

SECOND = 1_000_000
DAY = Window(START, START + timedelta(hours=6))


def order(name: str, micro: int, side: str, **more: Any) -> dict[str, Any]:
    return {"at": f"{micro}us", "order_id": name, "trader_id": "A", "side": side, **more}


def hits(rule: Entry, rows: Rows, window: Window = DAY) -> list[Hit]:
    (verdict,) = judged(Rulebook({rule.rule.id: rule}), rows, window)
    assert verdict.outcome in ("hit", "no_hit"), verdict.reason
    return list(verdict.hits)


@pytest.mark.parametrize(
    ("gap", "fires"),
    [
        (0, True),
        (1, True),
        (30 * SECOND - 1, True),
        (30 * SECOND, True),
        (30 * SECOND + 1, False),
        (-1, False),
    ],
)
def test_a_step_comes_within_its_time_to_the_microsecond(gap: int, fires: bool) -> None:
    for start in (SECOND, 30 * SECOND, 30 * SECOND - 1, 17_123_457):
        rows = {"orders": [order("a", start, "buy"), order("b", start + gap, "sell")]}
        assert bool(hits(entry(SEQUENCE), rows)) is fires, start


# Multiples of the step's width and their neighbours: where a bucket ends and another begins.
MOMENTS = st.builds(
    lambda bucket, by: bucket * 30 * SECOND + by,
    st.integers(1, 6),
    st.sampled_from([-1, 0, 1, 9 * SECOND]),
)
ORDERS = st.lists(
    st.tuples(MOMENTS, st.sampled_from("AB"), st.sampled_from(["buy", "sell"]), st.integers(1, 3)),
    min_size=1,
    max_size=12,
)


def laid(orders: list[tuple[int, str, str, int]]) -> list[dict[str, Any]]:
    return [
        order(f"o{n:02}", at, side, trader_id=trader, quantity=quantity)
        for n, (at, trader, side, quantity) in enumerate(orders)
    ]


SINGLE = entry(SEQUENCE, ("every: 1h", "every: 5s"), ("lookback: 2h", "lookback: 5s"))
"""Hops so short that a hit is one moment's candidates."""


@settings(max_examples=deep(5, 10), deadline=None)
@given(ORDERS)
def test_a_bucket_join_finds_what_comparing_every_pair_finds(
    orders: list[tuple[int, str, str, int]],
) -> None:
    rows = laid(orders)
    pairs: dict[tuple[str, int], set[str]] = defaultdict(set)
    for first, second in product(orders, orders):
        near = 0 <= second[0] - first[0] <= 30 * SECOND
        if first[1] == second[1] and first[2] == "buy" and second[2] == "sell" and near:
            hop = (second[0] + 5 * SECOND) // (5 * SECOND)
            pairs[second[1], hop] |= {f"o{orders.index(first):02}", f"o{orders.index(second):02}"}
    fired = {
        (hit.trader_id, (hit.at - START) // timedelta(seconds=5)): set(hit.evidence["orders"])
        for hit in hits(SINGLE, {"orders": rows})
    }
    assert fired.keys() == pairs.keys()
    for key, names in pairs.items():
        assert names <= fired[key]


@settings(max_examples=deep(5, 10), deadline=None)
@given(ORDERS)
def test_each_occurrence_of_the_counted_step_is_one_candidate(
    orders: list[tuple[int, str, str, int]],
) -> None:
    distinct = {(at, trader, side): quantity for at, trader, side, quantity in orders}
    orders = [(at, trader, side, quantity) for (at, trader, side), quantity in distinct.items()]
    occurrences: dict[str, int] = defaultdict(int)
    for at, trader, side, _ in orders:
        before = [
            o for o in orders if o[1] == trader and o[2] == "buy" and 0 <= at - o[0] <= 30 * SECOND
        ]
        occurrences[trader] += bool(side == "sell" and before)
    fired = {
        hit.trader_id: hit.measures["occurrences"]
        for hit in hits(entry(SEQUENCE), {"orders": laid(orders)})
    }
    assert fired == {trader: n for trader, n in occurrences.items() if n}


THREE = SEQUENCE.replace(
    "within: 30s, where: second.side = 'sell'}",
    """within: 30s, where: second.side = 'sell'}
    - third: {from: order_life, after: first, between: [-10s, 60s], where: third.price = 7}""",
).replace('"first, second"', '"first, second, third"')


@pytest.mark.parametrize(
    ("third", "fires"),
    [
        (-10 * SECOND, True),
        (-10 * SECOND - 1, False),
        (60 * SECOND, True),
        (60 * SECOND + 1, False),
    ],
)
def test_a_step_may_reach_back_and_follow_another_than_the_last(third: int, fires: bool) -> None:
    start = 100 * SECOND
    rows = [
        order("a", start, "buy"),
        order("b", start + 20 * SECOND, "sell"),
        order("c", start + third, "buy", price=7),
    ]
    fired = hits(entry(THREE), {"orders": rows})
    assert bool(fired) is fires
    if fires:
        assert set(fired[0].evidence["orders"]) == {"a", "b", "c"}
        assert fired[0].started_at == START + timedelta(microseconds=min(start, start + third))


def test_a_candidate_is_judged_when_every_later_step_has_had_its_time() -> None:
    """The third step has sixty seconds after the first, however soon the second came."""
    rows = {
        "orders": [order("a", 0, "buy"), order("b", 0, "sell"), order("c", SECOND, "buy", price=7)]
    }
    rule = entry(THREE, ("every: 1h", "every: 5s"), ("lookback: 2h", "lookback: 5s"))
    (hit,) = hits(rule, rows)
    assert hit.at >= START + timedelta(seconds=60)


def test_steps_of_different_traders_do_not_meet() -> None:
    rows = {"orders": [order("a", 0, "buy"), order("b", 1, "sell", trader_id="B")]}
    assert hits(entry(SEQUENCE), rows) == []


def test_at_least_says_how_often_within_the_lookback() -> None:
    often = entry(SEQUENCE, ("settle: 5s", "settle: 5s\n  at_least: 3"))
    hour = 3600 * SECOND
    rows = [order(f"{side}{n}", n * hour, side) for n in range(4) for side in ("buy", "sell")]
    assert hits(often, {"orders": rows}) == []
    rows += [order(f"{side}x", 2 * hour + 60 * SECOND, side) for side in ("buy", "sell")]
    fired = hits(often, {"orders": rows})
    assert [hit.measures["occurrences"] for hit in fired] == [3, 3]
    assert [hit.at for hit in fired] == [
        START + n * timedelta(hours=1) - timedelta(microseconds=1) for n in (3, 4)
    ]


WRONG = [
    (
        ("from: order_life, where: first", "from: lives, where: first"),
        "expected a table of",
        "detect.sequence.0",
    ),
    (
        ("first.side = 'buy'", "second.side = 'buy'"),
        '"second" not found',
        "detect.sequence.0.first.where",
    ),
    (("second.side = 'sell'", "second.mood = 'sell'"), '"mood"', "detect.sequence.1.second.where"),
    (
        ("firsts: count(*)", "firsts: count(*) + now()"),
        "now() is not allowed",
        "detect.measure.firsts",
    ),
    (('orders: "first, second"', 'orders: "first, fourth"'), "was 'fourth'", "evidence.orders"),
    (('orders: "first, second"', "deals: first"), "was 'deals'", "evidence.deals"),
    (("by: [trader_id, instrument]", "by: [instrument, mood]"), "was 'mood'", "detect.by.1"),
]


@pytest.mark.parametrize(("change", "message", "key"), WRONG)
def test_steps_that_do_not_fit_are_refused_with_their_key(
    change: tuple[str, str], message: str, key: str
) -> None:
    with pytest.raises(RuleError) as caught:
        entry(SEQUENCE, change)
    faults = [(fault.key, fault.message) for fault in caught.value.faults]
    assert any(at.startswith(key) and message in words for at, words in faults), faults
