"""Measures made up for pages and reports: two rules, one of which misses its aims."""

from surveillance.records.measures import Measure, RuleCount, WeekCount
from surveillance.reports.measure.figures import MeasureReport
from surveillance.studies.measure.total import total

RULES = {"spoofing": "manipulation", "structuring": "kyc_aml", "ramping": "manipulation"}


def rule(name: str, alerts: int, right: int, detected: int, *, clean: int = 0) -> RuleCount:
    """Return what a week counts of a rule."""
    return {
        "version": 1,
        "risk": RULES[name],
        "typology": name,
        "outcome": "hit" if alerts else "no_hit",
        "reason": "",
        "alerts": alerts,
        "right": right,
        "related": 0,
        "other": alerts - right - clean,
        "besides": 0,
        "on_other": {"layering": alerts - right - clean} if alerts > right + clean else {},
        "on_clean": {"maker": clean} if clean else {},
        "judged_by": "rows",
        "rows": {"tp": 10 * right, "fp": alerts - right, "fn": 3},
        "detected": [
            {"act": number, "disguise": "plain", "delay_s": 90 * number, "filed_s": 1800}
            for number in range(detected)
        ],
        "scores": {
            "right": [80.0] * right,
            "wrong": [60.0] * (alerts - right),
            "near": [45.0] if name == "spoofing" else [],
        },
    }


def week(seed: int, severity: float) -> WeekCount:
    """Return what is counted of a week."""
    return {
        "week": {"seed": seed, "severity": severity, "days": 7, "traders": 200},
        "clean_owners": {"maker": 6, "retail": 150},
        "feeds": {"orders": 300_000 + seed, "trades": 40_000},
        "typologies": {
            "spoofing": {"acts": 4, "rows": 50, "disguises": {"late": 2, "plain": 2}},
            "structuring": {"acts": 4, "rows": 9, "disguises": {"plain": 4}},
        },
        "twins": {
            "news puller": {
                "resembles": "spoofing",
                "differs": "something becomes public",
                "owners": 2,
                "accused": 1,
                "rules": {"spoofing": 1},
            }
        },
        "rules": {
            "spoofing": rule("spoofing", 9, 6, 2, clean=1),
            "structuring": rule("structuring", 5, 5, 4),
            "ramping": rule("ramping", 0, 0, 0),
        },
    }


def measure() -> Measure:
    """Return a measure of four weeks."""
    weeks = [week(seed, severity) for seed in (7, 11) for severity in (0.1, 0.5)]
    return {
        "format": "surveillance-measure/2",
        "at": "2026-11-23T12:00:00.000000Z",
        "command": "surveillance measure --seeds 7,11 --severities 0.1,0.5",
        "seeds": [7, 11],
        "seeds_tuned": [7, 8],
        "severities": [0.1, 0.5],
        "days": 7,
        "traders": 200,
        "rulebook": "a" * 64,
        "code": "0.1.0+abc",
        "libraries": {"duckdb": "2.0.0"},
        "orders": [300_007, 300_011],
        "trades": [40_000, 40_000],
        "clean_owners": [156, 156],
        **total(weeks),
    }


def report(**reasons: str) -> MeasureReport:
    """Return the measure as its page and its report show it."""
    return MeasureReport(measure(), reasons)
