"""The pictures of a measure: shares by severity, delays, and alerts on the clean."""

from collections.abc import Iterator, Sequence
from typing import Literal

from surveillance.chart import (
    Curve,
    Delay,
    Rate,
    Share,
    delays_svg,
    rates_svg,
    severity_svg,
)
from surveillance.records.measures import RuleMeasure
from surveillance.reports.measure.figures import MeasureReport
from surveillance.reports.measure.words import family

_PANELS, _ACROSS = 28, 4
"""As many panels as fit on one page of paper, and side by side."""
_INTERVALS: dict[str, Literal["recall_interval", "precision_interval"]] = {
    "recall": "recall_interval",
    "precision": "precision_interval",
}


def pictures(report: MeasureReport) -> dict[str, str]:
    """Return every picture by its name, as standalone SVG."""
    return {**_by_severity(report), "delays": _delays(report), "clean": _clean(report)}


def _by_severity(report: MeasureReport) -> dict[str, str]:
    aims = report.measure["aims"]
    lines = {"recall": aims["recall"], "precision": aims["precision"]}
    names = [f"{severity:g}" for severity in report.measure["severities"]]
    drawn = {}
    for risk, rules in _families(report).items():
        for number, part in enumerate(_parted(rules), 1):
            curves = [_curve(name, report.rules[name], names) for name in part]
            title = f"{family(risk)}: precision and recall by severity"
            picture = f"{risk}-{number}".replace("_", "-")
            drawn[picture] = severity_svg(title, names, curves, lines)
    return drawn


def _parted(rules: Sequence[str]) -> list[Sequence[str]]:
    """Divide rules into as few pictures as there must be, about equal and of whole rows."""
    parts = -(-len(rules) // _PANELS)
    size = -(-len(rules) // (parts * _ACROSS)) * _ACROSS
    return [rules[at : at + size] for at in range(0, len(rules), size)]


def _families(report: MeasureReport) -> dict[str, list[str]]:
    families: dict[str, list[str]] = {}
    for name, rule in report.rules.items():
        families.setdefault(rule["risk"], []).append(name)
    return dict(sorted(families.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def _curve(name: str, rule: RuleMeasure, severities: Sequence[str]) -> Curve:
    def shares(word: Literal["recall", "precision"]) -> Iterator[Share]:
        for severity in severities:
            figures = rule["severities"][severity]
            share, interval = figures[word], figures[_INTERVALS[word]]
            if share is not None and interval is not None:
                yield Share(severity, share, *interval)

    return Curve(name, list(shares("recall")), list(shares("precision")))


def _delays(report: MeasureReport) -> str:
    delays = [
        Delay(name, **delay, filed=until_filed["median"])
        for name, rule in report.rules.items()
        if (delay := rule["at_aim"]["delay_s"]) and (until_filed := rule["at_aim"]["filed_s"])
    ]
    ordered = sorted(delays, key=lambda delay: (delay.median, delay.name))
    return delays_svg("From the first event of an act to the alert", ordered)


def _clean(report: MeasureReport) -> str:
    title = "Manipulation alerts per 1,000 clean owners a day"
    family_rates = report.measure["clean"].get("manipulation")
    if family_rates is None:
        return rates_svg(title, [], 1.0)
    kinds = sorted(
        family_rates["kinds"].items(), key=lambda pair: (-(pair[1]["per_1000"] or 0), pair[0])
    )
    rates = [
        Rate(name, on_clean["per_1000"], min(seeds), max(seeds), name == "everybody")
        for name, on_clean in [("everybody", family_rates["all"]), *kinds]
        if on_clean["per_1000"] is not None and (seeds := on_clean["seeds"])
    ]
    return rates_svg(title, rates, report.measure["aims"]["clean"])
