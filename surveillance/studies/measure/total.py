"""The figures of a measure: what weeks counted, put together for each rule, typology and kind.

An alert on related abuse is not wrong. Shares carry Wilson's intervals. Alerts of one act and
weeks of one seed are not independent of one another, so the truth is wider.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from surveillance.records.measures import (
    Agreement,
    Aims,
    Delays,
    Figures,
    RowFigures,
    RuleCount,
    RuleFigures,
    RuleMeasure,
    TypologyFigures,
    TypologyMeasure,
    WeekCount,
)
from surveillance.studies.intervals import wilson
from surveillance.studies.measure.clean import Weeks, clean, owner_days, rate
from surveillance.studies.measure.conduct import conduct

_ROWS: tuple[Literal["tp"], Literal["fp"], Literal["fn"]] = ("tp", "fp", "fn")
AIMS: Aims = {"recall": 0.9, "precision": 0.8, "clean": 1.0, "severity": 0.5}
"""What rules should reach where the severity is this or more; alerts a 1,000 clean owners a day."""


def total(weeks: Weeks) -> Figures:
    """Put the counts of weeks together."""
    return {
        "aims": AIMS,
        "rules": _rules(weeks),
        "typologies": _typologies(weeks),
        "clean": clean(weeks),
        "conduct": conduct(weeks, AIMS["severity"]),
    }


def _rules(weeks: Weeks) -> dict[str, RuleMeasure]:
    names = sorted({name for week in weeks for name in week["rules"]})
    return {name: _rule(name, [w for w in weeks if name in w["rules"]]) for name in names}


def _rule(name: str, weeks: Weeks) -> RuleMeasure:
    (first, *_) = (week["rules"][name] for week in weeks)
    at_aim = [week for week in weeks if week["week"]["severity"] >= AIMS["severity"]]
    return {
        "version": first["version"],
        "risk": first["risk"],
        "typology": first["typology"],
        "outcomes": dict(Counter(week["rules"][name]["outcome"] for week in weeks)),
        "unable": sorted({week["rules"][name]["reason"] for week in weeks} - {""}),
        "judged_by": sorted({week["rules"][name]["judged_by"] for week in _with(name, weeks)}),
        "at_aim": _figures(name, at_aim),
        "severities": {
            f"{severity:g}": _figures(name, [w for w in weeks if w["week"]["severity"] == severity])
            for severity in _severities(weeks)
        },
        "on_clean": _summed(weeks, lambda week: week["rules"][name]["on_clean"]),
        "on_other": _summed(weeks, lambda week: week["rules"][name]["on_other"]),
        "besides": sum(week["rules"][name]["besides"] for week in weeks),
    }


def _with(name: str, weeks: Weeks) -> list[WeekCount]:
    """Return the weeks that have a label of a rule's typology."""
    return [week for week in weeks if week["rules"][name]["typology"] in week["typologies"]]


def _severities(weeks: Weeks) -> list[float]:
    return sorted({week["week"]["severity"] for week in weeks})


def _figures(name: str, weeks: Weeks) -> RuleFigures:
    counts = [week["rules"][name] for week in weeks]
    alerts = sum(count["alerts"] for count in counts)
    right = sum(count["right"] for count in counts)
    related = sum(count["related"] for count in counts)
    acts = sum(_acts_of(week, count["typology"]) for week, count in zip(weeks, counts, strict=True))
    detected = [act for count in counts for act in count["detected"]]
    on_clean = sum(sum(count["on_clean"].values()) for count in counts)
    return {
        "alerts": alerts,
        "right": right,
        "related": related,
        "on_other": sum(count["other"] for count in counts),
        "on_clean": on_clean,
        "acts": acts,
        "detected": len(detected),
        **_agreement(right + related, alerts, len(detected), acts),
        "rows": _row_figures(counts),
        "delay_s": _spread([act["delay_s"] for act in detected if act["delay_s"] is not None]),
        "filed_s": _spread([act["filed_s"] for act in detected if act["filed_s"] is not None]),
        "per_1000_clean": rate(on_clean, owner_days(weeks)),
    }


def _acts_of(week: WeekCount, typology: str) -> int:
    """Return how many acts of a typology a week has."""
    count = week["typologies"].get(typology)
    return count["acts"] if count else 0


def _agreement(right: int, named: int, detected: int, there: int) -> Agreement:
    """Return precision, recall and F1; nothing where there was nothing to name or to detect."""
    precision, recall = _share(right, named), _share(detected, there)
    whole = (precision or 0) + (recall or 0)
    both = None if precision is None or recall is None else 2 * precision * recall
    return {
        "precision": precision,
        "precision_interval": wilson(right, named),
        "recall": recall,
        "recall_interval": wilson(detected, there),
        "f1": None if both is None else round(both / whole, 4) if whole else 0.0,
    }


def _row_figures(counts: Iterable[RuleCount]) -> RowFigures:
    rows = [count["rows"] for count in counts]
    tp, fp, fn = (sum(row[key] for row in rows) for key in _ROWS)
    return {"tp": tp, "fp": fp, "fn": fn, **_agreement(tp, tp + fp, tp, tp + fn)}


def _spread(seconds: Sequence[int]) -> Delays | None:
    """Return median, 90th percentile and most, each of an act that was seen."""
    if not seconds:
        return None
    ordered = sorted(seconds)

    def at(share: float) -> int:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return {"median": at(0.5), "p90": at(0.9), "most": at(1.0)}


def _typologies(weeks: Weeks) -> dict[str, TypologyMeasure]:
    names = sorted(
        {name for week in weeks for name in week["typologies"]}
        | {rule["typology"] for week in weeks for rule in week["rules"].values()}
    )
    return {name: _typology(name, weeks) for name in names}


def _typology(name: str, weeks: Weeks) -> TypologyMeasure:
    rules = sorted(
        {rule for week in weeks for rule, of in week["rules"].items() if of["typology"] == name}
    )
    return {
        "rules": rules,
        "severities": {
            f"{severity:g}": _by_any(
                name, rules, [week for week in weeks if week["week"]["severity"] == severity]
            )
            for severity in _severities(weeks)
        },
    }


def _by_any(name: str, rules: Sequence[str], weeks: Weeks) -> TypologyFigures:
    """Return how many acts of a typology any of its rules detected."""
    acts = sum(_acts_of(week, name) for week in weeks)
    detected = sum(
        len({act["act"] for rule in rules for act in week["rules"][rule]["detected"]})
        for week in weeks
    )
    return {
        "acts": acts,
        "detected": detected,
        "recall": _share(detected, acts),
        "recall_interval": wilson(detected, acts),
    }


def _summed(weeks: Weeks, of: Callable[[WeekCount], Mapping[str, int]]) -> dict[str, int]:
    counts = Counter[str]()
    for week in weeks:
        counts.update(of(week))
    return dict(counts.most_common())


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
