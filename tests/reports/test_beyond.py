"""Only what is beyond its line speaks for a suspicion, once, in the words of its unit."""

from typing import Any

from surveillance.reports.beyond import beyond
from tests.given.dossiers import dossier, hit

UNITS = {
    "closed": "part of the position left within an hour",
    "often": "requests in six days",
    "floor": "USD",
    "wait": "seconds from the end of the order to leaving first",
    "large": "times the average order of others",
}


def said(
    require: dict[str, Any], measures: dict[str, Any], thresholds: dict[str, Any]
) -> list[str]:
    rule = {
        "detect": {"require": require},
        "parameters": {name: {"value": 1, "unit": unit} for name, unit in UNITS.items()},
    }
    judged = dossier(rule=rule, hit=hit(measures=measures, thresholds=thresholds))
    return [each.words for each in beyond(judged)]


def test_a_measure_that_missed_its_line_does_not_speak() -> None:
    require = {"closed": ">= $closed", "any": [{"hits": ">= $often"}, {"left": ">= $floor"}]}
    measures = {"closed": 0.984, "hits": 1, "left": "2500"}
    assert said(require, measures, {"closed": 0.5, "often": 3, "floor": 2000}) == [
        "part of the position left within an hour: 98 % (at least 50 %)",
        "left: 2,500 USD (at least 2,000 USD)",
    ]


def test_of_alternatives_only_those_speak_that_hold_whole() -> None:
    require = {"any": [{"closed": ">= $closed", "hits": ">= $often"}, {"hits": "= 1"}]}
    assert said(require, {"closed": 0.9, "hits": 1}, {"closed": 0.5, "often": 3}) == []


def test_a_measure_with_two_lines_is_said_once_by_the_stricter_that_it_is_beyond() -> None:
    require = {"closed": [">= $closed", ">= $most", ">= $all"]}
    lines = {"closed": 0.5, "most": 0.75, "all": 0.95}
    assert said(require, {"closed": 0.8}, lines) == ["closed: 0.8 (at least 0.75)"]


def test_a_length_and_a_multiple_are_said_as_people_do() -> None:
    require = {"left_after": "0 to $wait", "large": ">= $large"}
    assert said(require, {"left_after": 240, "large": 24.42}, {"wait": 300, "large": 5}) == [
        "left after: 4 minutes from the end of the order to leaving first (at most 5 minutes)",
        "large: 24.42 times the average order of others (at least 5 times)",
    ]


def test_what_is_unknown_or_has_no_number_in_force_does_not_speak() -> None:
    require = {"closed": ">= $closed", "hits": ">= $often * closed", "known": "is true"}
    assert said(require, {"closed": None, "hits": 9, "known": True}, {"closed": 0.5}) == []
