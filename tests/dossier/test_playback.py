"""The playback around a hit: where it begins, whose orders are marked, what it cannot show."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.dossier.evidence import Evidence
from surveillance.dossier.ladder import Ladder
from surveillance.dossier.playback import playbacks_of, stretch
from surveillance.dossier.steps import MOST_STEPS, Subject, marks_of, steps_of
from surveillance.model import Hit, Risk, Severity, Window
from surveillance.playback import LEVELS, Playback
from tests.given.depth import deep
from tests.given.matching import DOINGS, NOON, SIDES, acted

DAY = Window(START, START + timedelta(days=1))
NOBODY = Subject(frozenset(), frozenset(), frozenset())


def order(at: str, name: str, event: str = "new", **more: Any) -> dict[str, Any]:
    return {"at": at, "order_id": name, "event": event, "quantity": 1, **more}


GIVEN: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"at": "-9d", "trader_id": "A1", "owner_id": "A"},
        {"at": "-9d", "trader_id": "A2", "owner_id": "A"},
    ],
    "orders": [
        order("10m", "bid", trader_id="B", price=99, quantity=7),
        order("10m", "gone", trader_id="B", price=98),
        order("11m", "gone", "cancel", trader_id="B", price=98),
        order("12m", "ask", trader_id="C", side="sell", price=101, quantity=4, displayed=3),
        order("12m", "elsewhere", trader_id="C", instrument="Y", price=100),
        order("3600s", "bait", trader_id="A1", price=100, quantity=50),
        order("3601s", "own", trader_id="A2", side="sell", price=102, quantity=2),
        order("3602s", "take", trader_id="B", price=102, quantity=6, type="limit"),
        order("3602s", "take", "fill", trader_id="B", quantity=4, price=101, trade_id="t0"),
        order("3602s", "ask", "fill", trader_id="C", side="sell", quantity=4, price=101),
        order("3602s", "take", "fill", trader_id="B", quantity=2, price=102, trade_id="t1"),
        order(
            "3602s",
            "own",
            "fill",
            trader_id="A2",
            side="sell",
            price=102,
            quantity=2,
            trade_id="t1",
        ),
        order("3605s", "bait", "cancel", trader_id="A1", price=100, quantity=50),
        order("3606s", "late", trader_id="B", price=97),
    ],
    "trades": [{"at": "3602s", "trade_id": "t1", "seller_id": "A2", "buyer_id": "B", "price": 102}],
}


@pytest.fixture
def view() -> Iterator[View]:
    with sample_view(GIVEN, DAY) as opened:
        prepare(opened.connection, ["order_life"])
        yield opened


def hit(**changes: Any) -> Hit:
    values: dict[str, Any] = {
        "rule_id": "probe", "version": 1, "risk": Risk.MANIPULATION, "typology": "probing",
        "severity": Severity.LOW, "score": 70.0, "at": START + timedelta(hours=2),
        "started_at": START + timedelta(hours=1), "owner_id": "A", "instrument": "X",
        "evidence": {"orders": ("bait",), "trades": ("t1",)},
    }  # fmt: skip
    return Hit(**(values | changes))


def playbacks(view: View, *hits: Hit) -> list[Playback]:
    return playbacks_of(view, hits, Evidence(view, hits))


def test_a_playback_begins_with_the_orders_that_were_open(view: View) -> None:
    (playback,) = playbacks(view, hit())
    first = next(playback.books())
    assert first.bids == (("buy", "99", "7", "0", 1),)
    assert first.asks == (("sell", "101", "3", "0", 1),)
    assert playback.steps[0].ts == START + timedelta(seconds=3598)


def test_an_order_and_what_it_trades_against_are_one_step(view: View) -> None:
    (playback,) = playbacks(view, hit())
    taken = next(step for step in playback.steps if step.ts == START + timedelta(seconds=3602))
    assert {change[:3] for change in taken.changes} == {("sell", "101", "0"), ("sell", "102", "0")}
    assert taken.is_evidence
    assert taken.messages[0] == ("fill", "sell", "102", "2", "own", "own")


def test_orders_of_every_account_of_the_owner_are_marked(view: View) -> None:
    (playback,) = playbacks(view, hit())
    book = list(playback.books())[2]
    assert book.bids[0] == ("buy", "100", "50", "50", 1)
    assert book.asks[-1] == ("sell", "102", "2", "2", 1)
    assert tuple(map(int, book.depth("buy"))) == (57, 50)


def test_the_steps_to_look_at_are_named_in_order(view: View) -> None:
    (playback,) = playbacks(view, hit())
    assert [(name, playback.steps[n].ts.second) for n, name in playback.marks] == [
        ("before", 58),
        ("first order", 0),
        ("most of it shown", 1),
        ("first fill", 2),
        ("after the pull", 5),
        ("after", 6),
    ]


def test_playbacks_made_together_are_as_made_alone(view: View) -> None:
    several = [hit(), hit(instrument="Y"), hit(instrument=None), hit(owner_id=None, trader_id="B")]
    assert playbacks(view, *several) == [playbacks(view, alone)[0] for alone in several]


def test_a_venue_without_order_messages_is_told_plainly(view: View) -> None:
    nowhere, nothing = playbacks(view, hit(instrument="Z"), hit(instrument=None))
    assert nowhere.notes == (
        "the venue gave no order messages of Z around this, so its book cannot be made again",
    )
    assert nothing == Playback()
    with sample_view({"trades": GIVEN["trades"]}, DAY) as silent:
        prepare(silent.connection, ["order_life"])
        (playback,) = playbacks(silent, hit())
    assert (playback.steps, len(playback.notes)) == ((), 1)


def test_a_long_story_is_played_where_most_of_it_is() -> None:
    def at(*seconds: float) -> list[datetime]:
        return [START + timedelta(seconds=second) for second in seconds]

    assert stretch(at(0, 5000, 5008, 9000)) == Window(*at(4998, 5010))
    assert stretch(at(60)) == Window(*at(58, 62))
    assert stretch(at(0, 800, 5000, 5700)) == Window(*at(4940, 5760))


@given(doings=DOINGS)
def test_every_step_shows_the_open_orders_of_the_top_levels(doings: list[tuple[Any, ...]]) -> None:
    venue, _ = acted(doings, True)
    moments = [
        tuple(at_once) for _, at_once in groupby(venue.messages, key=lambda message: message.ts)
    ]
    steps, crossed = steps_of(Ladder(), NOON.replace(tzinfo=START.tzinfo), moments, NOBODY)
    assert crossed == 0
    last = list(Playback(steps).books())[-1]
    for side, levels in zip(SIDES, (last.bids, last.asks), strict=True):
        queues = venue.queues(side)[:LEVELS]
        assert [(int(price), int(shown), count) for _, price, shown, _, count in levels] == [
            (price, sum(shown for *_, shown in queue), len(queue)) for price, queue in queues
        ]
        assert last.depth(side)[0] == sum(shown for _, queue in queues for *_, shown in queue)


@settings(max_examples=deep(20))
@given(doings=DOINGS, place=st.integers(0, 30))
def test_more_moments_than_steps_keep_the_evidence_and_the_levels(
    doings: list[tuple[Any, ...]], place: int
) -> None:
    venue, _ = acted(doings * 20, True)
    moments = [
        tuple(at_once) for _, at_once in groupby(venue.messages, key=lambda message: message.ts)
    ]
    name = moments[place % len(moments)][0].order_id if moments else ""
    subject = Subject(frozenset(), frozenset([name]), frozenset())
    steps, _ = steps_of(Ladder(subject.owns), NOON.replace(tzinfo=START.tzinfo), moments, subject)
    assert len(steps) <= MOST_STEPS + 1
    evident = [moment for moment in moments if any(message.order_id == name for message in moment)]
    assert sum(step.is_evidence for step in steps) == len(evident)
    shown = sum(len(step.messages) + step.more + step.passed for step in steps)
    assert shown <= len(venue.messages)


@settings(max_examples=deep(200))
@given(doings=DOINGS, place=st.integers(0, 30), accounts=st.sampled_from([(), ("T",)]))
def test_the_named_steps_are_there_in_order_whatever_is_evidence(
    doings: list[tuple[Any, ...]], place: int, accounts: tuple[str, ...]
) -> None:
    venue, _ = acted(doings, True)
    moments = [
        tuple(at_once) for _, at_once in groupby(venue.messages, key=lambda message: message.ts)
    ]
    names = {moments[place % len(moments)][0].order_id} if moments else set()
    subject = Subject(frozenset(accounts), frozenset(names), frozenset())
    steps, _ = steps_of(Ladder(subject.owns), NOON.replace(tzinfo=START.tzinfo), moments, subject)
    places = [n for n, _ in marks_of(steps)]
    assert places == sorted(set(places))
    assert all(0 <= n < len(steps) for n in places)
    assert places[-1] == len(steps) - 1 or dict(marks_of(steps))[places[-1]] != "before"


def test_of_an_iceberg_only_the_tip_is_shown_less_what_of_it_traded() -> None:
    ladder = Ladder()
    venue, _ = acted([("enter", "sell", 5, 9, 4), ("enter", "buy", 5, 6, None)], True)
    for message in venue.messages:
        ladder.apply(message)
    (order,) = ladder.level("sell", Decimal(5))
    assert [int(order.open), int(order.shown)] == [3, 2]
