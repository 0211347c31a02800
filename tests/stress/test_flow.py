"""How flow moves around events: seen over what is usual, with intervals that can be drawn again."""

from decimal import Decimal

import numpy as np

from surveillance.stress.flow import AROUND, Event, Flows, around, taking, withdrawing

HERE = frozenset({"BTC-PERP"})
EVENTS = [Event("news", span, HERE) for span in range(20, 320, 30)]
LONG = 340


def done(pulled: float = 0.0, taken: float = 0.0) -> Flows:
    """A maker who places and withdraws a hundred in ten minutes, and does more at events."""
    rows = np.array([[10.0] * LONG, [100.0] * LONG, [100.0] * LONG])
    for event in EVENTS:
        rows[2, event.span - 1] += pulled
        rows[0, event.span + 2] += taken
    return Flows(0, LONG - 1, {("makers", "BTC-PERP"): rows})


def noise(seed: int) -> Flows:
    """A maker of whom every ten minutes are drawn alike, at events as ever."""
    rows = np.random.default_rng(seed).lognormal(4, 0.5, (3, LONG))
    return Flows(0, LONG - 1, {("makers", "BTC-PERP"): rows})


def test_flow_as_always_is_one_of_what_is_usual_and_nothing_is_pulled() -> None:
    flow = around("news", "makers", EVENTS, done())
    assert flow is not None
    assert flow.events == 10
    assert [flow.usual_taken, flow.usual_placed] == [10, 100]
    assert {cell.taken for cell in flow.cells} == {1}
    assert {cell.pulled for cell in flow.cells} == {0}
    assert withdrawing([flow]) == []
    assert taking([flow]) == []


def test_who_withdraws_before_every_event_is_named_with_the_minute() -> None:
    flow = around("news", "makers", EVENTS, done(pulled=80))
    assert flow is not None
    [(_, cell)] = withdrawing([flow])
    assert cell.minute == -10
    assert cell.pulled == Decimal("0.776")
    assert cell.pulled_low is not None
    assert cell.pulled_high is not None
    assert cell.pulled_low <= cell.pulled <= cell.pulled_high


def test_who_takes_after_every_event_is_named_with_the_minute() -> None:
    flow = around("news", "makers", EVENTS, done(taken=30))
    assert flow is not None
    [(_, cell)] = taking([flow])
    assert cell.minute == 20
    assert cell.taken is not None
    assert cell.taken > 3


def test_of_forty_who_do_as_ever_hardly_anybody_is_named_for_a_lucky_ten_minutes() -> None:
    flows = [around("news", "makers", EVENTS, noise(seed)) for seed in range(40)]
    named = [flow for flow in flows if flow and (withdrawing([flow]) or taking([flow]))]
    assert len(named) <= 6


def test_the_same_flow_has_the_same_interval_again() -> None:
    first, again = (around("news", "makers", EVENTS, noise(3)) for _ in range(2))
    assert first == again
    assert first is not None
    assert all(cell.taken_low != cell.taken_high for cell in first.cells)


def test_below_eight_events_there_is_a_figure_and_no_interval() -> None:
    flow = around("news", "makers", EVENTS[:7], done())
    assert flow is not None
    assert {(cell.taken, cell.taken_low) for cell in flow.cells} == {(Decimal("1.000"), None)}
    assert len(flow.cells) == len(AROUND)


def test_a_segment_that_does_nothing_there_has_no_flow() -> None:
    assert around("news", "options", EVENTS, done()) is None
