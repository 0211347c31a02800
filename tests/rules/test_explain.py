"""Why a candidate fired or not: the parts of a gate add up to what the rule decided."""

from typing import Any

import pytest

from surveillance.activity.sample import sample_view
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.compiled import resolve
from surveillance.rules.examples import window_of
from surveillance.rules.explain import Explained, Part, Parts, explain
from surveillance.rules.inline import Example
from surveillance.times import EPOCH, micros
from tests.given.activities import plain, shipped, unfitted
from tests.given.depth import deep, one_in

JUDGED = plain(shipped()).entries
ALSO_QUIET = frozenset(one_in(4, list(JUDGED)))
"""Rules of which what stays quiet is explained too; in depth it is of all."""


def explained(entry: Entry, example: Example) -> list[Explained]:
    """Return every candidate of whom a rule's own test finds, or nearly finds."""
    window = window_of(entry, example)
    span = micros(window.start - EPOCH), micros(window.end - EPOCH)
    lines = {
        name: resolve(parameter)
        for name, parameter in entry.rule.parameters.items()
        if not parameter.is_plain
    }
    with sample_view(example.given, window.back_to(entry.reach)) as view:
        peers = Peers(example.segments)
        (verdict,) = detect(Rulebook({entry.rule.id: entry}), view, window, peers, unfitted)
        asked = sorted({(hit.subject, hit.instrument) for hit in verdict.hits}, key=str)
        return explain(entry, view, *span, lines, asked)


def leaves(part: Part | Parts) -> list[Part]:
    return (
        [part] if isinstance(part, Part) else [leaf for each in part.parts for leaf in leaves(each)]
    )


@pytest.mark.deep
@pytest.mark.parametrize("name", one_in(2, list(JUDGED)))
def test_the_parts_of_a_gate_hold_together_where_the_rule_fires(name: str) -> None:
    entry = JUDGED[name]
    fires = [example for example in entry.rule.examples if example.expect]
    quiet = [e for e in entry.rule.examples if not e.expect and name in ALSO_QUIET]
    candidates = [
        candidate
        for example in (*fires[: deep(1)], *quiet[: deep(1)])
        for candidate in explained(entry, example)
    ]

    assert candidates
    for candidate in candidates:
        assert candidate.gate.holds is candidate.row["fired"]
        assert (candidate.row["score"] >= 50) is candidate.row["fired"]
    assert {candidate.gate.holds for candidate in candidates} >= {True}


def test_each_comparison_has_what_was_measured_and_where_the_line_is() -> None:
    entry = JUDGED["structuring"]
    candidate, *_ = explained(entry, entry.rule.examples[0])
    parts: dict[str, Any] = {f"{part.measure} {part.relation} {part.line}": part
                             for part in leaves(candidate.gate)}  # fmt: skip

    assert candidate.gate.kind == "all"
    assert parts.keys() >= {"bunching >= $bunching", "day >= $day"}
    measured = parts["day >= $day"]
    assert (measured.value, measured.at) == (candidate.row["day"], 3)


def test_a_rule_without_a_gate_cannot_be_asked() -> None:
    strange = shipped().entries["strange_order_flow"]
    view: Any = None
    with pytest.raises(TypeError, match="expected a rule with a gate, was strange_order_flow"):
        explain(strange, view, 0, 1, {}, [])
