"""What segments are called, and who they were before: the same name where the same traders are.

A division that is whole bears its own name. Clusters inside it are told apart by a word for what
sets them apart, from ``segments.yml``, so rules can speak of them. Across calibrations a segment is
the one that most of its traders were in, not the one whose centre lies nearest: markets move
centres. What was born, died, was split or merged is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_APART = 0.7
"""Deviations of the division by which a cluster must be out for a word to fit it."""
_SAME = 0.3
"""Least share of all traders of two segments that must be common for them to be one (Jaccard)."""
_MOST = 0.5
"""Share of a segment's traders that says where it went, or where it came from."""

Effects = Mapping[str, float]
"""By feature, by how many deviations of its division a cluster is out."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of segments: born, died, split or merged; ``segments`` of before and after."""

    kind: str
    before: tuple[str, ...]
    after: tuple[str, ...]


def worded(
    division: str, clusters: Sequence[Effects], words: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Name the clusters of a division: by the first word that fits, or by number."""
    if len(clusters) == 1:
        return [division]
    names: list[str] = []
    for number, effects in enumerate(clusters, start=1):
        fitting = (
            f"{division}_{word}"
            for feature, sides in words.items()
            if abs(effect := effects.get(feature, 0.0)) >= _APART
            and (word := sides.get("high" if effect > 0 else "low"))
        )
        names.append(next((n for n in fitting if n not in names), f"{division}_{number}"))
    return names


def same(
    fresh: Mapping[str, str], before: Mapping[str, str], parts: Mapping[str, str]
) -> dict[str, str]:
    """Return the former name of each fresh segment that had one, by the traders they share.

    ``fresh`` and ``before`` map traders to segments; ``parts`` maps each fresh cluster inside a
    division to the names that may be its: those of clusters, never that of a whole division.
    """
    from scipy.optimize import linear_sum_assignment

    names = sorted(set(fresh.values()))
    olds = sorted(set(before.values()))
    if not names or not olds:
        return {}
    shared = _shared(fresh, before)
    sizes, former = Counter(fresh.values()), Counter(before.values())
    alike = np.array(
        [
            [
                shared[(name, old)] / (sizes[name] + former[old] - shared[(name, old)])
                if _may(name, old, parts)
                else 0.0
                for old in olds
            ]
            for name in names
        ]
    )
    pairs = zip(*linear_sum_assignment(-alike), strict=True)
    return {names[i]: olds[j] for i, j in pairs if alike[i, j] >= _SAME}


def _may(name: str, old: str, parts: Mapping[str, str]) -> bool:
    """A cluster may have been any cluster of its division; a whole division is only itself."""
    division = parts[name]
    return old == name if name == division else old.startswith(f"{division}_")


def changes(after: Mapping[str, str], before: Mapping[str, str]) -> tuple[Change, ...]:
    """Tell what was born, died, split and merged, given traders' segments then and now."""
    shared = _shared(after, before)
    now, then = Counter(after.values()), Counter(before.values())
    told: list[Change] = []
    for new in sorted(now.keys() - then.keys()):
        came = _most(shared, new, is_after=True)
        from_one = came is not None and shared[(new, came)] >= _MOST * now[new]
        parts = tuple(sorted(n for n in now if came and shared[(n, came)] >= 0.1 * then[came]))
        split = from_one and len(parts) > 1 and new in parts
        told.append(Change("split", (str(came),), parts) if split else Change("born", (), (new,)))
    for old in sorted(then.keys() - now.keys()):
        went = _most(shared, old, is_after=False)
        into = went is not None and shared[(went, old)] >= _MOST * then[old]
        if not any(old in change.before for change in told):
            told.append(
                Change("merged", (old,), (str(went),)) if into else Change("died", (old,), ())
            )
    return tuple(dict.fromkeys(told))


def _shared(after: Mapping[str, str], before: Mapping[str, str]) -> Counter[tuple[str, str]]:
    return Counter((after[trader], before[trader]) for trader in after.keys() & before.keys())


def _most(shared: Counter[tuple[str, str]], name: str, *, is_after: bool) -> str | None:
    """Return the segment with which one shares most, on the other side of the calibration."""
    mine, other = (0, 1) if is_after else (1, 0)
    pairs = [(count, pair[other]) for pair, count in shared.items() if pair[mine] == name]
    return max(pairs, key=lambda each: (each[0], each[1]))[1] if pairs else None
