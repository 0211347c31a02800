"""How likely it is that a trader did what rules see in them: one formula for traders and cases.

What speaks against a trader are parts, each with a probability that it alone is worth an officer's
time. Parts are combined by noisy-or (Pearl, 1988), 1 - prod(1 - p), which counts causes that are
independent. Parts of one rule, and rules of one family, look at the same activity and are not; so
the strongest counts in full and each further one half as much as the one before (engineering
default), which keeps a hundred hits of one rule from being a certainty. Families are independent.

The parts of a rule rest on its precision, the share of its alerts that are productive:

* Precision is a prior by severity (engineering default; published rates of transaction monitoring
  are lower still) until officers have decided. Then it is the mean of a beta distribution in which
  the prior weighs as much as ``PRIOR_WEIGHT`` decisions: (productive + w * prior) / (decided + w).
* A hit counts for three quarters of it at the alert line, and five quarters at a score of 100.
* A near miss, 40 to 50, counts for half of it at most, falling to nothing at 40.
* An anomaly below the line is graded by -log p; it counts for the square of its grade, so that
  the middle of the peers counts for next to nothing and nobody is level with anybody.
* Who takes part in what a rule sees, such as a payer of a gathering, is not accused of it and
  carries ``PARTICIPANT_SHARE`` of the probability (engineering default: half).

A score is 100 times a probability, in hundredths. The tier follows from it, from a critical hit and
from the customer's own rating: FATF recommendation 10 and AMLR Art. 20 ask for diligence by risk,
the lines between tiers and the months are engineering defaults.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveillance.model import ALERT_LINE, SHADOW_LINE, Hit, Risk, Severity

PRIORS = {Severity.LOW: 0.1, Severity.MEDIUM: 0.25, Severity.HIGH: 0.4, Severity.CRITICAL: 0.7}
PRIOR_WEIGHT = 10
PARTICIPANT_SHARE = 0.5
_NEXT = 0.5
"""What each further part of one kind counts for, of what it would in the place before."""
_CERTAIN = 0.99
_ENHANCED, _HEIGHTENED = 40.0, 15.0


class Kind(StrEnum):
    """What a part of a risk is."""

    HIT = "hit"
    NEAR_MISS = "near_miss"
    ANOMALY = "anomaly"
    PARTICIPATION = "participation"


class Tier(StrEnum):
    """How closely a trader is watched, and what is asked of them."""

    STANDARD = "standard"
    HEIGHTENED = "heightened"
    ENHANCED = "enhanced"

    @property
    def review_months(self) -> int:
        """Return in how many months the customer's file is reviewed again, at the latest."""
        return {Tier.STANDARD: 36, Tier.HEIGHTENED: 12, Tier.ENHANCED: 3}[self]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What officers decided of a rule's alerts: how many cases, and how many were productive."""

    decided: int = 0
    productive: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that speaks against a trader: by which rule, how likely, how often, in words."""

    kind: Kind
    family: Risk
    rule_id: str
    probability: float
    times: int
    words: str


def precision(severity: Severity, decisions: Decisions) -> float:
    """Return which share of a rule's alerts is expected to be productive."""
    weight = PRIOR_WEIGHT * PRIORS[severity]
    return (decisions.productive + weight) / (decisions.decided + PRIOR_WEIGHT)


def of_score(score: float, precise: float) -> float:
    """Return how likely a hit or near miss of such a score is productive, of such a rule."""
    if score < ALERT_LINE:
        return precise * max(0.0, score - SHADOW_LINE) / (ALERT_LINE - SHADOW_LINE) / 2
    beyond = (score - ALERT_LINE) / (100 - ALERT_LINE)
    return min(_CERTAIN, precise * (0.75 + 0.5 * beyond))


def part_of_hits(rule_id: str, hits: Iterable[Hit], precise: float) -> Part:
    """Return what the hits of one rule say together, of each day the strongest."""
    best: dict[date, Hit] = {}
    for hit in sorted(hits, key=lambda hit: (-hit.score, hit.id)):
        best.setdefault(hit.at.date(), hit)
    strongest = next(iter(best.values()))
    return Part(
        kind=Kind.HIT if strongest.score >= ALERT_LINE else Kind.NEAR_MISS,
        family=strongest.risk,
        rule_id=rule_id,
        probability=combined(of_score(hit.score, precise) for hit in best.values()),
        times=len(best),
        words=f"{rule_id.replace('_', ' ')}: {'; '.join(strongest.words)}",
    )


def of_grade(grade: float, precise: float) -> float:
    """Return how likely somebody is productive whom a rule that ranks everybody graded so."""
    return of_score(grade, precise) if grade >= ALERT_LINE else precise * (grade / 100) ** 2


def combined(probabilities: Iterable[float]) -> float:
    """Combine what is not independent: the largest in full, each further one half as much."""
    spared = 1.0
    for place, probability in enumerate(sorted(probabilities, reverse=True)):
        spared *= 1 - probability * _NEXT**place
    return 1 - spared


def independent(probabilities: Iterable[float]) -> float:
    """Combine what is independent, by noisy-or."""
    spared = 1.0
    for probability in probabilities:
        spared *= 1 - probability
    return 1 - spared


def families(parts: Sequence[Part]) -> Mapping[Risk, float]:
    """Return the probability of each family of risk."""
    of: dict[Risk, list[float]] = defaultdict(list)
    for part in parts:
        of[part.family].append(part.probability)
    return {family: combined(of[family]) for family in Risk}


def graded(probability: float) -> float:
    """Write a probability as a score, 0-100 in hundredths."""
    return round(100 * probability, 2)


def tier(
    score: float, parts: Sequence[Part], critical: bool, rating: str
) -> tuple[Tier, list[str]]:
    """Return how closely to watch a trader, and why; ``rating`` is of the customer's own file."""
    reasons = []
    if critical:
        reasons.append("a rule of critical severity fired")
    if score >= _HEIGHTENED:
        line = _ENHANCED if score >= _ENHANCED else _HEIGHTENED
        reasons.append(f"score {score:g} is at or beyond {line:g}")
    if rating == "high":
        reasons.append("the customer is rated high")
    if not reasons:
        return Tier.STANDARD, [f"score {score:g} is below {_HEIGHTENED:g}"]
    strongest = sorted(parts, key=lambda part: (-part.probability, part.rule_id))[:3]
    reasons += [part.words for part in strongest if score >= _HEIGHTENED or critical]
    enhanced = critical or score >= _ENHANCED
    return Tier.ENHANCED if enhanced else Tier.HEIGHTENED, reasons
