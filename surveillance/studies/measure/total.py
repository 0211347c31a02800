"""The figures of a measure: what weeks counted, put together for each rule, typology and kind.

An alert on related abuse is not wrong. Shares carry Wilson's intervals. Alerts of one episode and
weeks of one seed are not independent of one another, so the truth is wider.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from surveillance.studies.intervals import wilson
from surveillance.studies.measure.clean import Counts, clean, owner_days, rate

AIMS = {"recall": 0.9, "precision": 0.8, "clean": 1.0, "severity": 0.5}
"""What rules should reach where the severity is this or more; alerts a 1,000 clean owners a day."""


def total(weeks: Counts) -> dict[str, Any]:
    """Put the counts of weeks together."""
    return {
        "aims": AIMS,
        "rules": _rules(weeks),
        "typologies": _typologies(weeks),
        "clean": clean(weeks),
    }


def _rules(weeks: Counts) -> dict[str, Any]:
    names = sorted({name for week in weeks for name in week["rules"]})
    return {name: _rule(name, [w for w in weeks if name in w["rules"]]) for name in names}


def _rule(name: str, weeks: Counts) -> dict[str, Any]:
    (first, *_) = (week["rules"][name] for week in weeks)
    at_aim = [week for week in weeks if week["week"]["severity"] >= AIMS["severity"]]
    return {
        **{key: first[key] for key in ("version", "risk", "typology")},
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


def _with(name: str, weeks: Counts) -> list[Mapping[str, Any]]:
    """Return the weeks that have a label of a rule's typology."""
    return [week for week in weeks if week["rules"][name]["typology"] in week["typologies"]]


def _severities(weeks: Counts) -> list[float]:
    return sorted({week["week"]["severity"] for week in weeks})


def _figures(name: str, weeks: Counts) -> dict[str, Any]:
    mine = [week["rules"][name] for week in weeks]
    alerts, right, related = (sum(one[of] for one in mine) for of in ("alerts", "right", "kin"))
    typologies = [
        week["typologies"].get(one["typology"], {}) for week, one in zip(weeks, mine, strict=True)
    ]
    episodes = sum(one.get("episodes", 0) for one in typologies)
    found = [one for week in mine for one in week["found"]]
    days = owner_days(weeks)
    on_clean = sum(sum(one["on_clean"].values()) for one in mine)
    return {
        "alerts": alerts,
        "right": right,
        "kin": related,
        "on_other": sum(one["other"] for one in mine),
        "on_clean": on_clean,
        "episodes": episodes,
        "found": len(found),
        **_agreement(right + related, alerts, len(found), episodes),
        "rows": _row_figures(mine),
        "delay_s": _spread([one["delay_s"] for one in found if one["delay_s"] is not None]),
        "filed_s": _spread([one["filed_s"] for one in found if one["filed_s"] is not None]),
        "per_1000_clean": rate(on_clean, days),
    }


def _agreement(right: int, named: int, found: int, there: int) -> dict[str, Any]:
    """Return precision, recall and F1; nothing where there was nothing to name or to find."""
    precision, recall = _share(right, named), _share(found, there)
    whole = (precision or 0) + (recall or 0)
    both = None if precision is None or recall is None else 2 * precision * recall
    return {
        "precision": precision,
        "precision_interval": wilson(right, named),
        "recall": recall,
        "recall_interval": wilson(found, there),
        "f1": None if both is None else round(both / whole, 4) if whole else 0.0,
    }


def _row_figures(mine: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    counts = Counter[str]()
    for one in mine:
        counts.update(one["rows"])
    tp, fp, fn = (counts[name] for name in ("tp", "fp", "fn"))
    return {"tp": tp, "fp": fp, "fn": fn, **_agreement(tp, tp + fp, tp, tp + fn)}


def _spread(seconds: Sequence[int]) -> dict[str, int] | None:
    """Return median, 90th percentile and most, each one that was seen."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    at = {"median": 0.5, "p90": 0.9, "most": 1.0}
    return {
        name: ordered[max(0, math.ceil(share * len(ordered)) - 1)] for name, share in at.items()
    }


def _typologies(weeks: Counts) -> dict[str, Any]:
    names = sorted(
        {name for week in weeks for name in week["typologies"]}
        | {rule["typology"] for week in weeks for rule in week["rules"].values()}
    )
    return {name: _typology(name, weeks) for name in names}


def _typology(name: str, weeks: Counts) -> dict[str, Any]:
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


def _by_any(name: str, rules: Sequence[str], weeks: Counts) -> dict[str, Any]:
    """Return how many episodes of a typology any of its rules found."""
    there = sum(week["typologies"].get(name, {}).get("episodes", 0) for week in weeks)
    found = sum(
        len({one["episode"] for rule in rules for one in week["rules"][rule]["found"]})
        for week in weeks
    )
    return {
        "episodes": there,
        "found": found,
        "recall": _share(found, there),
        "recall_interval": wilson(found, there),
    }


def _summed(weeks: Counts, of: Callable[[Mapping[str, Any]], Mapping[str, int]]) -> dict[str, int]:
    found = Counter[str]()
    for week in weeks:
        found.update(of(week))
    return dict(found.most_common())


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
