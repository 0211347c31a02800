"""The tests in a rule: that they passed is found out once; what failed is judged again."""

from pathlib import Path

import pytest

from surveillance.model import Hit, Window
from surveillance.rules import examples
from surveillance.rules.book import Entry, read_rule
from surveillance.rules.examples import examples_of
from surveillance.rules.inline import Example
from tests.given.probe import RULE


class Judge:
    """Judges without looking: nothing is found, and the names of what was asked are noted."""

    def __init__(self, reason: str = "") -> None:
        self.asked: list[str] = []
        self.reason = reason

    def __call__(
        self, entry: Entry, example: Example, window: Window
    ) -> tuple[str, tuple[Hit, ...]]:
        self.asked.append(example.name)
        return self.reason, ()


def probe(*changes: tuple[str, str]) -> Entry:
    """The probe with tests that nothing is found in, changed a little."""
    text = RULE.replace("expect: [{owner_id: A}]", "expect: []")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_rule(text, "busy_payer.yml")


NAMES = ["three transfers", "two transfers"]


def test_tests_that_passed_are_not_judged_again(own_cache: Path) -> None:
    judge = Judge()
    passed = [examples.Tested("busy_payer", name, passed=True) for name in NAMES]
    assert [examples_of(probe(), judge) for _ in range(2)] == [passed] * 2
    assert judge.asked == NAMES


@pytest.mark.parametrize(
    "change",
    [
        ("value: 3", "value: 4"),
        (">= $least", "> $least"),
        ("times: 3", "times: 4"),
        ("name: two", "name: but two"),
    ],
)
def test_another_rule_or_another_test_is_judged(own_cache: Path, change: tuple[str, str]) -> None:
    judge = Judge()
    examples_of(probe(), judge)
    examples_of(probe(change), judge)
    assert len(judge.asked) == 4


def test_prose_changes_nothing_that_was_judged(own_cache: Path) -> None:
    judge = Judge()
    examples_of(probe(), judge)
    examples_of(probe(("runbook: Look.", "runbook: Look twice.")), judge)
    assert judge.asked == NAMES


@pytest.mark.parametrize("change", [[], [("- name: two", "- known_gap: true\n    name: two")]])
def test_what_failed_or_is_a_known_gap_is_judged_each_time(
    own_cache: Path, change: list[tuple[str, str]]
) -> None:
    judge = Judge("expected an answer within 10 s, was none")
    for _ in range(2):
        assert examples_of(probe(*change), judge)[1].passed is bool(change)
    assert judge.asked == NAMES * 2
