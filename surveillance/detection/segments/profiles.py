"""What sets a segment apart, and which traders show it best."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surveillance.detection.scaling import Matrix, cut
from surveillance.detection.segments.space import Space
from surveillance.detection.segments.table import Table

_FEATURES = 6
_EXEMPLARS = 3

Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Trait:
    """A feature in which a segment stands out: its median there and elsewhere, and by how much.

    ``effect`` is in the scaled spread of all traders; ``known`` is for how many of the segment it
    is known, as a share.
    """

    feature: str
    here: float
    elsewhere: float
    effect: float
    known: float


@dataclass(frozen=True, slots=True)
class Profile:
    """How many a segment has, its traits from the strongest, and the traders nearest its middle."""

    traders: int
    traits: tuple[Trait, ...]
    exemplars: tuple[str, ...]


def profiles(
    table: Table, members: Mapping[str, Places], labels: Sequence[str]
) -> dict[str, Profile]:
    """Return the profile of every segment, by all features.

    Args:
        table: Features of traders drawn from every segment.
        members: By segment, the rows of those drawn from it.
        labels: The segments of all traders, whom alone sizes are of.
    """
    names, sizes = list(table.columns), Counter(labels)
    drawn = np.concatenate(list(members.values())) if members else np.arange(0)
    rows = np.asfortranarray(table.rows(names)[drawn])  # read by feature
    whose = np.repeat(np.arange(len(members)), [len(mine) for mine in members.values()])
    points = np.where(np.isnan(rows), np.nan, Space.of(rows).enter(rows)) if len(rows) else rows
    return {
        label: Profile(
            traders=sizes[label],
            traits=_traits(rows, points, whose == place, names),
            exemplars=_exemplars([table.traders[i] for i in mine], points[whose == place]),
        )
        for place, (label, mine) in enumerate(members.items())
    }


def _traits(rows: Matrix, points: Matrix, here: Mask, names: Sequence[str]) -> tuple[Trait, ...]:
    traits = []
    for place, name in enumerate(names):
        inside, outside = points[here, place], points[~here, place]
        known = ~np.isnan(inside)
        if known.mean() >= 0.5 and (~np.isnan(outside)).any():
            effect = float(np.median(inside[known]) - np.nanmedian(outside))
            middles = (np.nanmedian(rows[here, place]), np.nanmedian(rows[~here, place]))
            one, other, effect, share = cut(np.array([*middles, effect, known.mean()]), 6).tolist()
            traits.append(Trait(name, one, other, effect, share))
    traits.sort(key=lambda trait: (-abs(trait.effect), trait.feature))
    return tuple(trait for trait in traits[:_FEATURES] if trait.effect)


def _exemplars(traders: Sequence[str], points: Matrix) -> tuple[str, ...]:
    """Return those whose distance to the middle, over what is known of them, is least."""
    filled = np.nan_to_num(points, nan=0.0)
    away = ((filled - np.median(filled, axis=0)) ** 2).sum(axis=1)
    order = sorted(range(len(traders)), key=lambda i: (round(float(away[i]), 9), traders[i]))
    return tuple(traders[i] for i in order[:_EXEMPLARS])
