"""How flow moves around events: seen over what is usual, with intervals that can be drawn again."""

from decimal import Decimal

import numpy as np

from surveillance.stress.flow import AROUND, Event, Flows, around, leading

HERE = frozenset({"BTC-PERP"})
EVENTS = [Event("news", span, HERE) for span in (20, 50, 80, 110)]


def done(pulled: float = 0.0) -> Flows:
    """A maker who places and withdraws a hundred in ten minutes, and withdraws more at events."""
    rows = np.array([[10.0] * 130, [100.0] * 130, [100.0] * 130])
    for event in EVENTS:
        rows[2, event.span - 1] += pulled
    return Flows(0, 129, {("makers", "BTC-PERP"): rows})


def test_flow_as_always_is_one_of_what_is_usual_and_nothing_is_pulled() -> None:
    flow = around("news", "makers", EVENTS, done())
    assert flow is not None
    assert flow.events == 4
    assert [flow.usual_taken, flow.usual_placed] == [10, 100]
    assert {cell.taken for cell in flow.cells} == {1}
    assert {cell.pulled for cell in flow.cells} == {0}
    assert leading([flow]) == []


def test_who_withdraws_before_every_event_is_named_with_the_minute() -> None:
    flow = around("news", "makers", EVENTS, done(pulled=80))
    assert flow is not None
    [(_, cell)] = leading([flow])
    assert cell.minute == -10
    assert cell.pulled == Decimal("0.775")
    assert cell.pulled_low is not None
    assert cell.pulled_high is not None
    assert cell.pulled_low <= cell.pulled <= cell.pulled_high


def test_the_same_flow_has_the_same_interval_again() -> None:
    chance = np.random.default_rng(3)
    noisy = {("makers", "BTC-PERP"): chance.random((3, 130)) * 100}
    first, again = (around("news", "makers", EVENTS, Flows(0, 129, noisy)) for _ in range(2))
    assert first == again
    assert first is not None
    assert all(cell.taken_low != cell.taken_high for cell in first.cells)


def test_below_three_events_there_is_a_figure_and_no_interval() -> None:
    flow = around("news", "makers", EVENTS[:2], done())
    assert flow is not None
    assert {(cell.taken, cell.taken_low) for cell in flow.cells} == {(Decimal("1.000"), None)}
    assert len(flow.cells) == len(AROUND)


def test_a_segment_that_does_nothing_there_has_no_flow() -> None:
    assert around("news", "options", EVENTS, done()) is None
