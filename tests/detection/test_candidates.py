"""Candidates that rules share: each rule finds what it finds alone, and nothing is left behind."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.lake.view import View
from surveillance.activity.sample import START, sample_view
from surveillance.detection.anomaly import Peers
from surveillance.detection.candidates import Shared
from surveillance.detection.detect import detect
from surveillance.model import Outcome, Window
from surveillance.rules.book import Rulebook, read_rule
from surveillance.times import span
from tests.given.activities import BURSTS, Rows, hits_in, unfitted
from tests.given.depth import deep

MORNING = Window(START, START + span("4h"))
PEERS = Peers(segments={"A": "whale"})
TRADES: Rows = {
    "trades": [
        {"at": "10m", "trade_id": "t1", "buyer_id": "A", "seller_id": "B"},
        {"at": "20m", "trade_id": "t2", "buyer_id": "A", "seller_id": "C", "quantity": 3},
        {"at": "70m", "trade_id": "t3", "buyer_id": "C", "seller_id": "B", "quantity": 2},
    ]
}


def rulebook(*bounds: tuple[int, int], counted: str = "count(*)") -> Rulebook:
    texts = [
        BURSTS.replace("id: bursts", f"id: bursts_{number}")
        .replace("{value: 2,", f"{{value: {trades},")
        .replace("{value: 150,", f"{{value: {worth},")
        .replace("trades: count(*)", f"trades: {counted}")
        for number, (trades, worth) in enumerate(bounds)
    ]
    entries = [read_rule(text, "rules/manipulation/test.yml") for text in texts]
    return Rulebook({entry.rule.id: entry for entry in entries})


def tables(view: View) -> list[str]:
    asked = "select table_name from duckdb_tables() where table_name like 'candidates%'"
    return [str(name) for (name,) in view.connection.execute(asked).fetchall()]


BOUNDS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from([50, 150, 400])), min_size=2)


@settings(max_examples=deep(4, 15))
@given(BOUNDS.filter(lambda bounds: len(bounds) <= 5))
def test_rules_that_share_candidates_find_what_each_finds_alone(bounds: list[Any]) -> None:
    book = rulebook(*bounds)
    with sample_view(TRADES, MORNING.back_to(book.reach)) as view:
        together = hits_in(detect(book, view, MORNING, PEERS, unfitted))
        alone = [
            hits_in(detect(Rulebook({name: entry}), view, MORNING, PEERS, unfitted))
            for name, entry in book.entries.items()
        ]
    assert together == sum(alone[1:], alone[0])


def test_what_is_shared_is_found_once_and_let_go_after_the_last() -> None:
    book = rulebook((1, 50), (2, 150))
    first, last = book.entries.values()
    with sample_view(TRADES, MORNING.back_to(book.reach)) as view:
        list(detect(book, view, MORNING, PEERS, unfitted))
        assert not tables(view)
        shared = Shared(view, MORNING, PEERS, book)
        over = [shared.of(entry).compiled.candidates for entry in (first, last)]
        assert over[0] == over[1] != first.compiled.candidates
        shared.leave(first)
        assert len(tables(view)) == 1
        shared.leave(last)
        assert not tables(view)


def test_only_what_fires_or_comes_near_is_kept() -> None:
    book = rulebook((2, 400), (2, 500))
    with sample_view(TRADES, MORNING.back_to(book.reach)) as view:
        everything = detect(rulebook((1, 50)), view, MORNING, PEERS, unfitted)[0].hits
        shared = Shared(view, MORNING, PEERS, book)
        shared.of(book.entries["bursts_0"])
        (table,) = tables(view)
        numbers = [row["trades"] for row in view.arrow(f"from {table}").to_pylist()]
    assert {hit.measures["trades"] for hit in everything} == {1, 2}
    assert set(numbers) == {2}


def test_a_rule_that_nobody_shares_with_finds_its_own() -> None:
    book = rulebook((1, 50))
    (only,) = book.entries.values()
    with sample_view(TRADES, MORNING.back_to(book.reach)) as view:
        assert Shared(view, MORNING, PEERS, book).of(only) is only


def test_where_candidates_cannot_be_found_each_rule_says_so_itself() -> None:
    book = rulebook((1, 50), (2, 150), counted="sum(cast(trader_id as bigint))")
    with sample_view(TRADES, MORNING.back_to(book.reach)) as view:
        verdicts = detect(book, view, MORNING, PEERS, unfitted)
        assert not tables(view)
    assert [verdict.outcome for verdict in verdicts] == [Outcome.ERROR, Outcome.ERROR]
    assert all(verdict.reason.startswith("ConversionException: ") for verdict in verdicts)
