"""From what is measured to who fires and how far beyond: thresholds, scores, the line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.sample import START
from surveillance.detection.anomaly import Peers
from surveillance.errors import RuleError
from surveillance.model import SHADOW_LINE, Hit, Window
from surveillance.rules.book import Rulebook
from surveillance.rules.compiled import resolve
from surveillance.rules.schema import Parameter
from surveillance.times import span
from tests.given.activities import judged
from tests.given.depth import deep
from tests.given.texts import QUERY, entry

HOUR = Window(START, START + span("1h"))


def hits(text: str, quantity: float, peers: Peers | None = None) -> list[Hit]:
    rows = {"trades": [{"at": "1m", "buyer_id": "A", "quantity": quantity, "price": 3}]}
    (verdict,) = judged(Rulebook({"probe": entry(text)}), rows, HOUR, peers)
    assert verdict.outcome in ("hit", "no_hit"), verdict.reason
    return list(verdict.hits)


def graded(score: str, gate: str = 'size: "> 0"', parameters: str = "{}") -> str:
    return (
        QUERY.replace("size: {from: 0, to: 10}", score)
        .replace('size: "> 0"', gate)
        .replace("parameters: {}", f"parameters: {parameters}")
        .replace("quantity as size,", "quantity as size, price * quantity as worth,")
    )


@settings(max_examples=deep(5, 10), deadline=None)
@given(st.integers(1, 12), st.integers(0, 9), st.integers(1, 5), st.integers(1, 5))
def test_a_score_is_fifty_and_how_far_beyond_by_weight(
    quantity: int, low: int, weight: int, second: int
) -> None:
    text = graded(
        f"size: {{from: {low}, to: 10, weight: {weight}}}, "
        f"worth: {{from: 0, to: 36, weight: {second}}}"
    )
    (hit,) = hits(text, quantity)
    beyond = weight * clip((quantity - low) / (10 - low)) + second * clip(3 * quantity / 36)
    assert hit.score == pytest.approx(50 + 50 * beyond / (weight + second), abs=0.0051)


def clip(value: float) -> float:
    return min(1.0, max(0.0, value))


def test_less_may_be_worse() -> None:
    falling = graded("size: {from: 10, to: 0}", 'size: "<= 10"')
    assert [hits(falling, quantity)[0].score for quantity in (10, 5, 1)] == [50.0, 75.0, 95.0]


def test_a_measure_that_is_not_known_adds_nothing() -> None:
    text = graded("size: {from: 0, to: 10}, gone: {from: 0, to: 1}").replace(
        "quantity as size,", "quantity as size, cast(null as double) as gone,"
    )
    assert hits(text, 10)[0].score == 75.0


def test_bounds_may_be_reckoned_from_parameters() -> None:
    text = graded(
        "size: {from: $line, to: 3 * $line}",
        'size: ">= $line"',
        "{line: {value: 4, unit: x, source: y}}",
    )
    assert [hits(text, quantity)[0].score for quantity in (4, 8, 12, 50)] == [
        50.0,
        75.0,
        100.0,
        100.0,
    ]


@pytest.mark.parametrize(("quantity", "score"), [(9.5, 47.49), (9, 45.0), (10, 50.0)])
def test_what_nearly_fires_is_kept_below_the_line(quantity: float, score: float) -> None:
    (hit,) = hits(graded("size: {from: 10, to: 20}", 'size: ">= 10"'), quantity)
    assert hit.score == score
    assert hit.score >= SHADOW_LINE


def test_what_is_far_from_firing_is_not_kept() -> None:
    assert hits(graded("size: {from: 10, to: 20}", 'size: ">= 10"'), 7.9) == []


def test_a_gate_that_is_not_known_does_not_fire() -> None:
    assert hits(graded("size: {from: 10, to: 20}", 'size: ">= nullif(size, 1)"'), 1) == []


RELATIVE = "{line: {peer_quantile: 0.9, of: volume, floor: 5, unit: x, source: y}}"


@pytest.mark.parametrize(
    ("quantile", "line"), [({0.9: 8.0}, 8), ({0.9: 2.0}, 5), ({0.5: 8.0}, 5), ({}, 5)]
)
def test_a_line_among_peers_is_their_quantile_and_never_below_the_floor(
    quantile: dict[float, float], line: float
) -> None:
    text = graded("size: {from: $line, to: 10}", 'size: ">= $line"', RELATIVE)
    peers = Peers({"A": "makers"}, {"volume": {"makers": quantile}})
    assert hits(text, line, peers)[0].score == 50.0
    assert hits(text, line - 0.01, peers)[0].score < 50.0
    assert hits(text, line, peers)[0].thresholds == {"line": float(line)}


def test_who_is_in_no_segment_is_held_to_the_floor() -> None:
    text = graded("size: {from: $line, to: 10}", 'size: ">= $line"', RELATIVE)
    peers = Peers({"B": "makers"}, {"volume": {"makers": {0.9: 8.0}}})
    assert hits(text, 5, peers)[0].thresholds == {"line": 5.0}


def test_a_segment_may_have_any_name() -> None:
    text = graded("size: {from: $line, to: 10}", 'size: ">= $line"', RELATIVE)
    for name in ("it's; drop table trades --", "«line»", "$run_end", 'a "b"'):
        peers = Peers({"A": name}, {"volume": {name: {0.9: 8.0}}})
        assert hits(text, 8, peers)[0].thresholds == {"line": 8.0}
        assert hits(text, 8, peers)[0].segment == name


@pytest.mark.parametrize("mark", ["«score»", "$run_start", "«", "»"])
def test_a_text_in_a_rule_is_not_taken_for_a_mark(mark: str) -> None:
    for text in (
        graded("size: {from: 0, to: 10}", f"size: \"<> '{mark}'\""),
        graded(
            "size: {from: 0, to: 10}", parameters=f"{{a: {{value: '{mark}', unit: x, source: y}}}}"
        ),
    ):
        with pytest.raises(RuleError, match="expected no mark of the product's own"):
            entry(text)


def test_parameters_resolve_to_a_value_a_segment() -> None:
    fixed = Parameter(value=2, segments={"whale": 9}, unit="x", source="y")
    assert resolve(fixed) == {"": 2.0, "whale": 9.0}
    relative = Parameter(peer_quantile=0.9, of="volume", floor=5, unit="x", source="y")
    values = {"small": {0.9: 1.0}, "large": {0.9: 50.0}, "new": {0.5: 7.0}}
    assert resolve(relative, values) == {"": 5.0, "small": 5.0, "large": 50.0}
    assert resolve(relative) == {"": 5.0}
