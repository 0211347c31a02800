"""The pictures of a measure: shares by severity, delays, and alerts on the clean."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from surveillance.chart import (
    Curve,
    Delay,
    Rate,
    Share,
    delays_svg,
    rates_svg,
    severity_svg,
)
from surveillance.reports.measure.figures import Told
from surveillance.reports.measure.words import family

_PANELS, _ACROSS = 28, 4
"""As many panels as fit on one page of paper, and side by side."""


def pictures(told: Told) -> dict[str, str]:
    """Return every picture by its name, as standalone SVG."""
    return {**_by_severity(told), "delays": _delays(told), "clean": _clean(told)}


def _by_severity(told: Told) -> dict[str, str]:
    names = [f"{one:g}" for one in told.measure["severities"]]
    found = {}
    for risk, rules in _families(told).items():
        for number, part in enumerate(_parted(rules), 1):
            curves = [_curve(name, told.rules[name], names) for name in part]
            title = f"{family(risk)}: precision and recall by severity"
            which = f"{risk}-{number}".replace("_", "-")
            found[which] = severity_svg(title, names, curves, told.measure["aims"])
    return found


def _parted(rules: Sequence[str]) -> list[Sequence[str]]:
    """Divide rules into as few pictures as there must be, about equal and of whole rows."""
    parts = -(-len(rules) // _PANELS)
    size = -(-len(rules) // (parts * _ACROSS)) * _ACROSS
    return [rules[at : at + size] for at in range(0, len(rules), size)]


def _families(told: Told) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, rule in told.rules.items():
        found.setdefault(rule["risk"], []).append(name)
    return dict(sorted(found.items(), key=lambda one: (-len(one[1]), one[0])))


def _curve(name: str, rule: Mapping[str, Any], severities: Sequence[str]) -> Curve:
    def shares(word: str) -> Iterator[Share]:
        for severity in severities:
            of = rule["severities"][severity]
            if of[word] is not None:
                yield Share(severity, of[word], *of[f"{word}_interval"])

    return Curve(name, list(shares("recall")), list(shares("precision")))


def _delays(told: Told) -> str:
    spans = [
        Delay(name, **of["delay_s"], filed=of["filed_s"]["median"])
        for name, rule in told.rules.items()
        if (of := rule["at_aim"])["delay_s"]
    ]
    ordered = sorted(spans, key=lambda one: (one.median, one.name))
    return delays_svg("From the first event of an episode to the alert", ordered)


def _clean(told: Told) -> str:
    of = told.measure["clean"].get("manipulation")
    if of is None:
        return rates_svg("Manipulation alerts per 1,000 clean owners a day", [], 1.0)
    kinds = sorted(of["kinds"].items(), key=lambda one: (-(one[1]["per_1000"] or 0), one[0]))
    named = [("everybody", of["all"]), *kinds]
    rates = [
        Rate(name, one["per_1000"], min(one["seeds"]), max(one["seeds"]), name == "everybody")
        for name, one in named
        if one["per_1000"] is not None
    ]
    aim = told.measure["aims"]["clean"]
    return rates_svg("Manipulation alerts per 1,000 clean owners a day", rates, aim)
