"""From where on a rule fires is said in amounts and units, and not in its own short names."""

from typing import Any

from surveillance.rules.conditions import conditions


def said(require: dict[str, Any], in_force: dict[str, str] | None = None) -> list[str]:
    rule = {
        "parameters": {
            "floor": {"value": 10000, "unit": "USD"},
            "times": {"value": 5, "unit": "times the usual transfer"},
            "shown": {"value": "0.9", "unit": "share of what was shown"},
            "filled": {"value": "0.05", "unit": "share of what was shown"},
            "control": {"value": 3, "unit": "orders stood ahead of over orders stood against"},
        },
        "detect": {
            "measure": {"heavy": "row.received / least($floor, $times * row.usual)"},
            "require": require,
        },
    }
    return conditions(rule, in_force or {})


def test_a_line_within_a_measure_is_said_by_what_it_is_made_of() -> None:
    assert said({"heavy": ">= 1"}, {"floor": "3000"}) == [
        "heavy, as a multiple of its line, is at least 1; "
        "the line is made of 3,000 USD and 5 times the usual transfer"
    ]


def test_two_measures_of_one_unit_are_told_apart() -> None:
    assert said({"withdrawn": ">= $shown", "traded": "<= $filled"}) == [
        "withdrawn (share of what was shown) is at least 90 %",
        "traded (share of what was shown) is at most 5 %",
    ]
    assert said({"withdrawn": ">= $shown"}) == ["share of what was shown is at least 90 %"]


def test_a_product_is_worked_out_or_said_by_its_unit() -> None:
    assert said({"to_unknown": ">= 0.5 * $shown"}) == ["to unknown is at least 45 %"]
    assert said({"hits": ">= $control * against"}) == [
        "orders stood ahead of over orders stood against is at least 3"
    ]
    assert said({"lift": ">= within / $times"}) == ["lift is at least within over times"]
