"""What disguises hide, whom of the honest it costs, and whether the score ranks.

Recall is counted where the severity is that of the aims; everything else is over all weeks. Twins
are far more frequent here than anywhere, and count among the clean.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from surveillance.records.measures import (
    CleanBound,
    Conduct,
    ConductAims,
    DisguiseFigures,
    Ranking,
    RuleCount,
    TwinFigures,
)
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.studies.intervals import poisson_upper, wilson
from surveillance.studies.measure.clean import Weeks, owner_days, rate

AIMS: ConductAims = {"clean": 0.5, "twins": 0.05, "auc": 0.8}


def conduct(weeks: Weeks, severity: float) -> Conduct:
    """Put together what weeks counted of disguises and twins; recall from a severity on."""
    at_aim = [week for week in weeks if week["week"]["severity"] >= severity]
    names = sorted({name for week in weeks for name in week["rules"]})
    rules = {name: of for name in names if (of := _by_disguise(name, at_aim))}
    counts = {name: [week["rules"][name] for week in weeks if name in week["rules"]]
              for name in names}  # fmt: skip
    ranked = {name: auc for name in names if (auc := ranking(counts[name])["auc"]) is not None}
    return {
        "aims": AIMS,
        "meaning": {disguise.value: disguise.sentence for disguise in Disguise},
        "disguises": _over_all(at_aim),
        "rules": rules,
        "twins": _twins(weeks),
        "clean": _clean(weeks),
        "ranking": ranking([count for of in counts.values() for count in of]),
        "ranking_by_rule": ranked,
        "no_near": [name for name in names
                    if not any(count["scores"]["near"] for count in counts[name])],
    }  # fmt: skip


def _by_disguise(name: str, weeks: Weeks) -> dict[str, DisguiseFigures]:
    acts, detected = Counter[str](), Counter[str]()
    for week in weeks:
        if name in week["rules"]:
            rule = week["rules"][name]
            typology = week["typologies"].get(rule["typology"])
            acts.update(typology["disguises"] if typology else {})
            detected.update(act["disguise"] for act in rule["detected"])
    return {disguise: _figures(acts[disguise], detected[disguise]) for disguise in sorted(acts)}


def _over_all(weeks: Weeks) -> dict[str, DisguiseFigures]:
    """Count acts that any rule of their typology detected."""
    acts, detected = Counter[str](), Counter[str]()
    for week in weeks:
        seen = {(act["act"], act["disguise"])
                for rule in week["rules"].values() for act in rule["detected"]}  # fmt: skip
        detected.update(disguise for _, disguise in seen)
        for name in {rule["typology"] for rule in week["rules"].values()}:
            if typology := week["typologies"].get(name):
                acts.update(typology["disguises"])
    return {disguise: _figures(acts[disguise], detected[disguise]) for disguise in sorted(acts)}


def _figures(acts: int, detected: int) -> DisguiseFigures:
    return {
        "acts": acts,
        "detected": detected,
        "recall": round(detected / acts, 4) if acts else None,
        "recall_interval": wilson(detected, acts),
    }


def _twins(weeks: Weeks) -> dict[str, TwinFigures]:
    kinds = {kind: twin for week in weeks for kind, twin in week["twins"].items()}
    return {kind: _twin(kind, weeks) for kind in sorted(kinds)}


def _twin(kind: str, weeks: Weeks) -> TwinFigures:
    counts = [week["twins"][kind] for week in weeks if kind in week["twins"]]
    owners = sum(count["owners"] for count in counts)
    accused, rules = sum(count["accused"] for count in counts), Counter[str]()
    for count in counts:
        rules.update(count["rules"])
    return {
        "resembles": counts[0]["resembles"],
        "differs": counts[0]["differs"],
        "owners": owners,
        "accused": accused,
        "rules": dict(rules.most_common()),
        "share": round(accused / owners, 4) if owners else None,
        "share_interval": wilson(accused, owners),
    }


def _clean(weeks: Weeks) -> CleanBound:
    days = owner_days(weeks)
    alerts = sum(
        sum(rule["on_clean"].values()) for week in weeks for rule in week["rules"].values()
    )
    return {
        "alerts": alerts,
        "owner_days": days,
        "per_1000": rate(alerts, days),
        "upper": round(1000 * poisson_upper(alerts) / days, 3) if days else None,
    }


def ranking(counts: Sequence[RuleCount]) -> Ranking:
    """Say how often a right alert scores above what is none; ties count half."""
    right = [score for count in counts for score in count["scores"]["right"]]
    wrong = [score for count in counts for score in count["scores"]["wrong"]]
    near = [score for count in counts for score in count["scores"]["near"]]
    return {
        "right": len(right),
        "wrong": len(wrong),
        "near": len(near),
        "auc": _auc(right, wrong + near),
        "auc_of_alerts": _auc(right, wrong),
    }


def _auc(above: Sequence[float], below: Sequence[float]) -> float | None:
    if not above or not below:
        return None
    ordered = sorted(below)
    halves = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in above)
    return round(halves / (2 * len(above) * len(below)), 4)
