"""The tests that live in a rule: each judged on its own few rows, by the engine that judges all.

That they passed follows from the rule, the code and the libraries, and is found out once a machine;
what failed is judged again, because it may have been the time that one test may take.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from surveillance import cache
from surveillance.model import Hit, Window
from surveillance.rules.book import Entry
from surveillance.rules.inline import Example
from surveillance.times import format_time, span

Judged = Callable[[Entry, Example, Window], tuple[str, tuple[Hit, ...]]]
"""Judges one example in a window, and returns the outcome or error and what fired."""


@dataclass(frozen=True, slots=True)
class Tested:
    """One example of a rule: whether it passed, and if not, what was expected and found."""

    rule_id: str
    name: str
    passed: bool
    message: str = ""
    known_gap: bool = False


def examples_of(entry: Entry, judged: Judged) -> list[Tested]:
    """Judge every example of a rule; one marked as a known gap passes when it still fails."""
    return cache.once(
        "inline tests",
        follows_from(entry),
        lambda: [_tested(entry, example, judged) for example in entry.rule.examples],
        lambda tested: [each.name for each in tested] if all(map(_is_plain, tested)) else None,
        lambda names: [Tested(entry.rule.id, name, passed=True) for name in names],
    )


def follows_from(entry: Entry) -> list[object]:
    """Return all that what a rule says of its own examples depends on, as it is run."""
    tests = [example.model_dump() for example in entry.rule.examples]
    return [entry.rule.id, entry.digest, entry.compiled.plain(), tests]


def _is_plain(tested: Tested) -> bool:
    return tested.passed and not tested.known_gap


def window_of(entry: Entry, example: Example) -> Window:
    """Return a window long enough for everything in an example to be judged."""
    from surveillance.activity.sample import START, latest

    hop = span(entry.rule.every or "1h")
    return Window(START, START + latest(example.given) + entry.compiled.reach + 2 * hop)


def _tested(entry: Entry, example: Example, judged: Judged) -> Tested:
    reason, hits = judged(entry, example, window_of(entry, example))
    message = reason or _difference(example, hits)
    passed = bool(message) if example.known_gap else not message
    if example.known_gap and passed:
        return Tested(entry.rule.id, example.name, True, message, known_gap=True)
    wrong = message or ("expected a known gap, was found after all" if not passed else "")
    return Tested(entry.rule.id, example.name, passed, wrong, example.known_gap)


def _difference(example: Example, hits: tuple[Hit, ...]) -> str:
    fired = [_plain(hit) for hit in hits]
    left = list(fired)
    for expected in example.expect:
        match = next((hit for hit in left if _matches(expected, hit)), None)
        if match is None:
            return f"expected a hit {expected}, was {fired}"
        left.remove(match)
    return f"expected {len(example.expect)} hits, was also {left}" if left else ""


def _plain(hit: Hit) -> dict[str, Any]:
    subject = {"trader_id": hit.trader_id, "owner_id": hit.owner_id, "instrument": hit.instrument}
    known = {name: value for name, value in subject.items() if value is not None}
    return {**known, "at": format_time(hit.at), "score": hit.score, **hit.measures}


def _matches(expected: Mapping[str, Any], hit: Mapping[str, Any]) -> bool:
    return all(_same(hit.get(name), value) for name, value in expected.items())


def _same(value: Any, expected: Any) -> bool:
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        try:
            return abs(float(value) - expected) < 1e-9
        except (TypeError, ValueError):
            return False
    return str(value) == str(expected)
