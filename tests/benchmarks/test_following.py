"""Thresholds that follow peers: which variants there are, and what each is told to have come to."""

from pathlib import Path

from benchmarks.segments.followed import Count, page
from benchmarks.segments.following import QUANTILES, Trial, fixed
from surveillance.rules.book import load_rule

RULES = Path("rules")


def counts(trial: Trial) -> list[Count]:
    """The rule sees five acts and is wrong twice; each variant is wrong once less and sees all."""
    return [Count(5, 7, 1, 2), *(Count(5, 6, 0, 1) for _ in trial.entries[1:])]


def test_a_threshold_is_tried_at_every_quantile_from_its_own_floor() -> None:
    trial = Trial.of(fixed(load_rule(RULES, "index_constituent_manipulation")))
    assert trial.plain.rule.parameters["built"].value == 20000
    followed = [entry.rule.parameters["built"] for entry in trial.entries[1:]]
    assert [each.peer_quantile for each in followed] == list(QUANTILES)
    assert {(each.of, each.floor) for each in followed} == {("gross_delta", 20000)}


def test_what_each_came_to_stands_by_its_quantile_and_two_weeks_are_added_up() -> None:
    trial = Trial.of(fixed(load_rule(RULES, "index_constituent_manipulation")))
    rows = [*trial.tried(counts(trial)), *trial.tried(counts(trial))]
    told = page([1, 2], 0.5, rows, {"at": "", "code": "", "rules": ""})
    row = "| built | gross_delta | 0.9 | 10 | 14 → 12 | 4 → 2 | 2 → 0 | yes |"
    assert f"| `index_constituent_manipulation` {row}" in told


def test_a_threshold_that_decides_before_a_segment_is_known_cannot_follow() -> None:
    trial = Trial.of(fixed(load_rule(RULES, "marking_the_close")))
    assert trial.entries == [trial.plain]
    told = page([1], 0.5, list(trial.tried(counts(trial))), {"at": "", "code": "", "rules": ""})
    assert told.count("cannot follow |") == len(QUANTILES)
