"""From scores to probabilities, and from probabilities to a list with a stated error rate.

A score is compared with those of peers that the scoring model was not fitted on. Its rank among
n of them is a valid p-value whatever the scores look like (conformal), but never below 1/(n + 1):
in a population that calibrates itself, the i-th strangest has p of about i/n, and
Benjamini-Hochberg at any rate below one then picks nobody. So beyond a high quantile the tail is
continued by a generalised Pareto distribution (peaks over threshold, as Siffer et al., 2017).

What that assumes, and how it is kept honest:

* The far tail goes on as the near tail does. The shape is kept at 0 or above (exponential or
  heavier): a bounded tail would call everything beyond its end impossible.
* The anomalies themselves sit among the calibration scores. The strangest ``MASKED`` of them are
  therefore censored: the fit knows that they are beyond a point, not how far. Up to that share
  of anomalies cannot stretch the tail over themselves; beyond it, detection only gets weaker.
* The tail is an estimate. The rate is controlled as well as the tail is known, not exactly: on
  simulated scores without an anomaly, in 60 draws of 2,000, somebody was picked at a rate of 0.1
  in none where tails were normal, in 17 % where log-normal, in 37 % where Student with 4 degrees.

A false discovery here is a trader who is ordinary. A true one is unlike their peers, which is
not the same as guilty: what share of hits is worth an officer's time only dispositions can say.
"""

from dataclasses import dataclass
from math import log10

import numpy as np

from surveillance.detection.scaling import Matrix
from surveillance.model import ALERT_LINE

TAIL = 0.10
MASKED = 0.02
MIN_TAIL = 30
CERTAIN = 1e-6
"""The probability at and below which a score is 100."""
_FLOOR = 1e-12
_SHAPES = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True, slots=True)
class Tail:
    """A Pareto tail: ``share`` of scores lie beyond ``start``."""

    start: float
    share: float
    shape: float
    scale: float

    def beyond(self, score: float) -> float:
        """Return the probability of a score at or above this one, which is past ``start``."""
        return self.share * float(
            _survival(np.array([score - self.start]), self.shape, self.scale)[0]
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores of peers by models that had not seen them, in order, and the tail beyond them."""

    scores: Matrix
    tail: Tail | None

    @classmethod
    def of(cls, scores: Matrix) -> "Calibration":
        """Order the scores and fit their tail, if enough of them differ."""
        ordered = np.sort(scores)
        return cls(ordered, _tail(ordered))

    def p_value(self, score: float, own: float | None = None) -> float:
        """Return the probability that a peer scores at least this much.

        ``own`` is the subject's own score among the peers', if it is one of them: nobody is
        evidence that they themselves are ordinary.
        """
        above = len(self.scores) - int(np.searchsorted(self.scores, score, side="left"))
        others = len(self.scores) - (own is not None)
        above -= own is not None and own >= score
        ranked = (1 + above) / (1 + others)
        if self.tail is None or score <= self.tail.start:
            return ranked
        return max(_FLOOR, min(ranked, self.tail.beyond(score)))


def discoveries(p_values: Matrix, rate: float) -> tuple[int, float]:
    """Return how many of the smallest p-values Benjamini-Hochberg accepts, and up to which value.

    Where it accepts none, the value is what the smallest would have had to be.
    """
    count = len(p_values)
    if not count:
        return 0, rate
    lines = rate * np.arange(1, count + 1) / count
    under = np.flatnonzero(np.sort(p_values) <= lines)
    accepted = int(under[-1]) + 1 if len(under) else 0
    return accepted, float(lines[max(accepted, 1) - 1])


def grade(p_value: float, line: float) -> float:
    """Return 0-100: the alert line at ``line``, 100 when certain, and below it ranked by -log p."""
    here, queue = -log10(p_value), -log10(line)
    if p_value > line:
        return min(round(ALERT_LINE * here / queue, 2), ALERT_LINE - 0.01)
    full = max(-log10(CERTAIN), queue + 1)
    return round(min(100.0, ALERT_LINE + (100 - ALERT_LINE) * (here - queue) / (full - queue)), 2)


def _tail(ordered: Matrix) -> Tail | None:
    count = len(ordered)
    size = max(MIN_TAIL, round(TAIL * count))
    masked = max(1, round(MASKED * count))
    if count < 2 * size or ordered[-masked] <= ordered[-size - 1]:
        return None
    start = float(ordered[-size - 1])
    excess = ordered[-size:] - start
    shape, scale = _fit(excess[:-masked], float(excess[-masked]), masked)
    return Tail(start, size / count, shape, scale)


def _fit(seen: Matrix, limit: float, masked: int) -> tuple[float, float]:
    """Fit shape and scale by maximum likelihood, ``masked`` of the excesses known as > limit."""
    from scipy.optimize import minimize_scalar

    middle = float(np.log(max(seen.mean(), limit * 1e-6)))
    best = (-np.inf, 0.0, 1.0)
    for shape in _SHAPES:
        # A shape that cannot give what was seen has no likelihood; the search walks past it.
        with np.errstate(invalid="ignore", over="ignore"):
            optimum = minimize_scalar(
                lambda log, shape=shape: -_likelihood(seen, limit, masked, shape, np.exp(log)),
                bounds=(middle - 4, middle + 4),
                method="bounded",
            )
        best = max(best, (-float(optimum.fun), float(shape), float(np.exp(optimum.x))))
    return best[1], best[2]


def _likelihood(seen: Matrix, limit: float, masked: int, shape: float, scale: float) -> float:
    density = np.log(_survival(seen, shape, scale)) - np.log(scale + shape * seen)
    beyond = np.log(_survival(np.array([limit]), shape, scale)[0])
    return float(density.sum() + masked * beyond)


def _survival(excess: Matrix, shape: float, scale: float) -> Matrix:
    if shape == 0:
        return np.asarray(np.exp(-excess / scale))
    return np.asarray((1 + shape * excess / scale) ** (-1 / shape))
