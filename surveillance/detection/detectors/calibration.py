"""From a score to a probability that is not too small, and from that to a grade.

A score is compared with those of peers whom the scoring model was not fitted on, over several
weeks. How much the weeks of one trader resemble one another says what they count for: whoever is
odd every week is one odd peer, and weeks that have nothing to do with one another count as so many
peers (the design effect of samples in clusters). Of a few hundred peers the share beyond a score
is known only so well, and whoever takes the estimate for the truth gives too many small p-values;
so what is said is an upper confidence bound: Clopper and Pearson's of the share beyond it (as Bates
et al., 2023, do with conformal p-values).

Ranks among n peers never bound a probability below about 3 / n. Beyond the strangest of them the
tail goes on as a generalised Pareto distribution (peaks over threshold), and the bound is the
largest probability that any shape and scale gives which the scores do not speak against (profile
likelihood). What that assumes, and how it is kept honest:

* The far tail goes on as the near tail does. Its shape lies between 0 (exponential) and the last
  of ``SHAPES``: scores grow with the logarithm of a distance, which makes of a power law's tail an
  exponential one.
* Among the peers only ranks count: what is ordinary may stand in a cluster of its own, far out,
  and a tail that is drawn on from nearer scores would call all of it strange. So the tail speaks
  only beyond the farthest other peer.
* It lowers what ranks say by no more than ``FARTHER``. Where that is not enough for a budget there
  are too few peers, and more traders or weeks are asked for.
* Nobody is evidence that they themselves are ordinary: all weeks of the subject are left out.

An ordinary trader has p at most x with a probability of at most x; usually of less. What is picked
is unlike its peers, which is not the same as guilty.
"""

from dataclasses import dataclass
from functools import cached_property
from math import log, log1p, log10

import numpy as np

from surveillance.detection.scaling import Matrix
from surveillance.model import ALERT_LINE

TAIL = 0.10
FARTHER = 10
"""How many times less likely than ranks bound it the tail may make a score."""
MIN_TAIL = 20
"""Fewest peers beyond where the tail begins."""
CONFIDENCE = 0.95
CERTAIN = 1e-6
"""The probability at and below which a score is 100."""
SHAPES = np.linspace(0.0, 0.5, 11)
_SCALES = np.exp(np.linspace(-2.5, 2.5, 101))
"""In excesses that are usual: a few who are far out do not move a median."""
_LOSS = 1.353
"""Log-likelihood that a curve may lose to the best: half of 1.645 squared, one-sided 0.95."""


@dataclass(frozen=True)
class Tail:
    """The scores beyond ``start``, and how likely each shape and scale makes them."""

    start: float
    excess: Matrix
    weights: Matrix
    owners: Matrix
    """The place of each score's trader."""

    @cached_property
    def grid(self) -> tuple[Matrix, Matrix]:
        """Return shape and scale of every curve that is tried."""
        middle = np.median(self.excess) / np.log(2)
        shapes, scales = np.meshgrid(SHAPES, _SCALES * middle, indexing="ij")
        return shapes.ravel(), scales.ravel()

    @cached_property
    def likelihoods(self) -> Matrix:
        """Return the log-likelihood by curve and score."""
        shapes, scales = (each[:, np.newaxis] for each in self.grid)
        beyond = _log_survival(self.excess[np.newaxis], shapes, scales)
        density = beyond - np.log(scales + shapes * self.excess[np.newaxis])
        return np.asarray(density * self.weights)

    @cached_property
    def likelihood(self) -> Matrix:
        """Return the log-likelihood of each curve."""
        return np.asarray(self.likelihoods.sum(axis=1))

    def beyond(self, score: float, owner: int | None) -> tuple[float, float]:
        """Return the likeliest share of the tail at or above a score, and its upper bound."""
        total = self.likelihood
        if owner is not None and (own := self.owners == owner).any():
            total = total - self.likelihoods[:, own].sum(axis=1)
        shapes, scales = self.grid
        best = int(total.argmax())
        kept = total >= total[best] - _LOSS
        shares = np.exp(_log_survival(score - self.start, shapes[kept], scales[kept]))
        likeliest = _log_survival(score - self.start, shapes[best], scales[best])
        return float(np.exp(likeliest)), float(shares.max())


@dataclass(frozen=True)
class Calibration:
    """Scores of peers by models that had not seen them, in order, and the tail beyond them.

    ``weights`` say how many peers a score counts for; ``owners`` are places of its trader.
    """

    scores: Matrix
    weights: Matrix
    owners: Matrix
    tail: Tail | None

    @classmethod
    def of(cls, scores: Matrix, owners: Matrix) -> "Calibration":
        """Order the scores, and take those that make the tail, if enough of them differ."""
        order = np.argsort(scores, kind="stable")
        ordered, whose = scores[order], owners[order]
        weeks = np.bincount(owners)[whose]
        weights = 1 / (1 + (weeks - 1) * _likeness(ordered, whose))
        return cls(ordered, weights, whose, _tail(ordered, weights, whose))

    @cached_property
    def _from_top(self) -> Matrix:
        return np.append(np.cumsum(self.weights[::-1])[::-1], 0.0)

    @cached_property
    def _of_owner(self) -> Matrix:
        return np.bincount(self.owners, weights=self.weights).astype(np.float64)

    def p_value(self, score: float, owner: int | None = None) -> float:
        """Return what the probability that a peer scores at least this much is at most.

        ``owner`` is the subject's own place among the peers, if it is one of them.
        """
        return self._bounds(score, owner)[1]

    def likeliest(self, score: float) -> float:
        """Return the likeliest probability that a peer scores at least this much."""
        return self._bounds(score, None)[0]

    def _bounds(self, score: float, owner: int | None) -> tuple[float, float]:
        peers = self._all_but(owner)
        above = self._above(score, owner)
        ranked = above / max(peers, 1.0), _at_most(above, peers)
        tail = self.tail
        if tail is None or score <= tail.start or score <= self._farthest(owner):
            return ranked
        begun = self._above(tail.start, owner)
        likeliest, bound = tail.beyond(score, owner)
        bound = max(ranked[1] / FARTHER, min(ranked[1], bound * (begun + 1) / (peers + 1)))
        return likeliest * begun / max(peers, 1.0), bound

    def _farthest(self, owner: int | None) -> float:
        """Return the highest score of anybody else."""
        if len(self.scores) and self.owners[-1] != owner:
            return float(self.scores[-1])
        others = self.scores[self.owners != owner]
        return float(others[-1]) if len(others) else -np.inf

    def _all_but(self, owner: int | None) -> float:
        """Return how many peers there are, in parts of a peer."""
        own = 0.0 if owner is None else float(self._of_owner[owner])
        return max(float(self._from_top[0]) - own, 0.0)

    def _above(self, score: float, owner: int | None) -> float:
        """Return how many peers score at least this much, in parts of a peer."""
        first = int(np.searchsorted(self.scores, score, side="left"))
        above = float(self._from_top[first])
        if owner is not None:
            above -= float(self.weights[first:][self.owners[first:] == owner].sum())
        return max(above, 0.0)


def fewest(line: float) -> float:
    """Return of how many peers ranks alone say that a probability is ``line`` at most."""
    return log(1 - CONFIDENCE) / log1p(-line)


def grade(p_value: float, line: float) -> float:
    """Return 0-100: the alert line at ``line``, 100 when certain, and below it ranked by -log p."""
    here, queue = -log10(p_value), -log10(line)
    if p_value > line:
        return min(round(ALERT_LINE * here / queue, 2), ALERT_LINE - 0.01)
    full = max(-log10(CERTAIN), queue + 1)
    return round(min(100.0, ALERT_LINE + (100 - ALERT_LINE) * (here - queue) / (full - queue)), 2)


def _likeness(ordered: Matrix, owners: Matrix) -> float:
    """Return the correlation of being beyond the tail's beginning in two weeks of one trader.

    1 where nobody has two weeks, or nothing is to be said.
    """
    share = 1 - round((1 - TAIL) * len(ordered)) / len(ordered)
    weeks = np.bincount(owners)
    beyond = np.bincount(owners[len(ordered) - round(share * len(ordered)) :], minlength=len(weeks))
    pairs = float((weeks * (weeks - 1)).sum())
    if not pairs or not 0 < share < 1:
        return 1.0
    both = float((beyond * (beyond - 1)).sum()) / pairs
    return min(1.0, max(0.0, (both - share**2) / (share - share**2)))


def _at_most(above: float, peers: float) -> float:
    """Return the upper confidence bound of a share of which ``above`` of ``peers`` were seen."""
    from scipy.special import betaincinv

    if above >= peers - 1e-9:
        return 1.0
    return float(betaincinv(above + 1, peers - above, CONFIDENCE))


def _tail(ordered: Matrix, weights: Matrix, owners: Matrix) -> Tail | None:
    """Begin the tail where a tenth of the peers lie beyond, if so many differ."""
    from_top = np.cumsum(weights[::-1])[::-1]
    size = max(MIN_TAIL, TAIL * weights.sum())
    if weights.sum() < 3 * MIN_TAIL:
        return None
    first = int(np.flatnonzero(from_top >= size - 1e-9)[-1])
    start = float(ordered[max(first - 1, 0)])
    beyond = ordered > start
    if len(np.unique(ordered[beyond])) < MIN_TAIL // 2:
        return None
    return Tail(start, ordered[beyond] - start, weights[beyond], owners[beyond])


def _log_survival(excess: Matrix | float, shapes: Matrix, scales: Matrix) -> Matrix:
    with np.errstate(divide="ignore", invalid="ignore"):
        heavy = -np.log1p(shapes * excess / scales) / shapes
    return np.asarray(np.where(shapes == 0, -excess / scales, heavy))
