"""How often the honest are alerted on: alerts a 1,000 clean owners a day, by kind of trader.

The clean owners of a seed are nearly the same people at every severity, so weeks are not
independent: a rate carries its lowest and highest seed, not an interval.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

from surveillance.records.measures import CleanMeasure, CleanRate, WeekCount

Weeks: TypeAlias = Sequence[WeekCount]


def clean(weeks: Weeks) -> dict[str, CleanMeasure]:
    """Return alerts a 1,000 clean owners a day, by family of risk and kind of honest trader."""
    risks = sorted({rule["risk"] for week in weeks for rule in week["rules"].values()})
    kinds = sorted({kind for week in weeks for kind in week["clean_owners"]})
    return {
        risk: {
            "all": _of_kind(weeks, risk, None),
            "kinds": {kind: _of_kind(weeks, risk, kind) for kind in kinds},
        }
        for risk in risks
    }


def _of_kind(weeks: Weeks, risk: str, kind: str | None) -> CleanRate:
    seeds = sorted({week["week"]["seed"] for week in weeks})
    by_seed = []
    for seed in seeds:
        of_seed = [week for week in weeks if week["week"]["seed"] == seed]
        by_seed.append((_alerts_on(of_seed, risk, kind), owner_days(of_seed, kind)))
    rates = [of for alerts, days in by_seed if (of := rate(alerts, days)) is not None]
    alerts, days = (sum(counts) for counts in zip(*by_seed, strict=True))
    return {
        "alerts": alerts,
        "owner_days": days,
        "per_1000": rate(alerts, days),
        "seeds": [min(rates), max(rates)] if rates else None,
        "rules": _by_rule(weeks, risk, kind),
    }


def _alerts_on(weeks: Weeks, risk: str, kind: str | None) -> int:
    return sum(_by_rule(weeks, risk, kind).values())


def _by_rule(weeks: Weeks, risk: str, kind: str | None) -> dict[str, int]:
    alerts = Counter[str]()
    for week in weeks:
        for name, rule in week["rules"].items():
            if rule["risk"] == risk:
                on = rule["on_clean"]
                alerts[name] += sum(on.values()) if kind is None else on.get(kind, 0)
    return {name: count for name, count in alerts.most_common() if count}


def owner_days(weeks: Weeks, kind: str | None = None) -> int:
    """Count the days of clean owners, of one kind or of all."""
    return sum(
        count * week["week"]["days"]
        for week in weeks
        for name, count in week["clean_owners"].items()
        if kind in (None, name)
    )


def rate(alerts: int, days: int) -> float | None:
    """Return alerts a 1,000 owners a day; nothing where there was nobody."""
    return round(1000 * alerts / days, 3) if days else None
