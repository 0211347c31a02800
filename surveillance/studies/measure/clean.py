"""How often the honest are alerted on: alerts a 1,000 clean owners a day, by kind of trader.

The clean owners of a seed are nearly the same people at every severity, so weeks are not
independent: a rate carries its lowest and highest seed, not an interval.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Counts: TypeAlias = Sequence[Mapping[str, Any]]
"""What weeks count, as they are kept."""


def clean(weeks: Counts) -> dict[str, Any]:
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


def _of_kind(weeks: Counts, risk: str, kind: str | None) -> dict[str, Any]:
    seeds = sorted({week["week"]["seed"] for week in weeks})
    by_seed = []
    for seed in seeds:
        mine = [week for week in weeks if week["week"]["seed"] == seed]
        by_seed.append((_alerts_on(mine, risk, kind), owner_days(mine, kind)))
    rates = [one for alerts, days in by_seed if (one := rate(alerts, days)) is not None]
    alerts, days = (sum(one[place] for one in by_seed) for place in (0, 1))
    return {
        "alerts": alerts,
        "owner_days": days,
        "per_1000": rate(alerts, days),
        "seeds": [min(rates), max(rates)] if rates else None,
        "rules": _by_rule(weeks, risk, kind),
    }


def _alerts_on(weeks: Counts, risk: str, kind: str | None) -> int:
    return sum(_by_rule(weeks, risk, kind).values())


def _by_rule(weeks: Counts, risk: str, kind: str | None) -> dict[str, int]:
    found = Counter[str]()
    for week in weeks:
        for name, rule in week["rules"].items():
            if rule["risk"] == risk:
                on = rule["on_clean"]
                found[name] += sum(on.values()) if kind is None else on.get(kind, 0)
    return {name: count for name, count in found.most_common() if count}


def owner_days(weeks: Counts, kind: str | None = None) -> int:
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
