"""A model made anew: everybody divided, clusters proved, named, and set against those before."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import compress

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from surveillance.detection.scaling import Matrix, cut
from surveillance.detection.segments import clusters
from surveillance.detection.segments.clusters import proved
from surveillance.detection.segments.criteria import divided, freeze
from surveillance.detection.segments.drift import baseline
from surveillance.detection.segments.model import ALL, NEW, Numbers, Part, Segmentation
from surveillance.detection.segments.moves import settle
from surveillance.detection.segments.names import changes, same, worded
from surveillance.detection.segments.placing import Placed, clearly, placed
from surveillance.detection.segments.profiles import profiles
from surveillance.detection.segments.settings import SegmentSettings
from surveillance.detection.segments.space import Space
from surveillance.detection.segments.table import Table, table_of
from surveillance.times import format_time

Halves = tuple[pa.Table, pa.Table]
"""Features over the first half of the window, and over the second."""
_GRID = 201
"""Values kept of a segment's feature: every quantile that a threshold may follow is one of them."""
_SAMPLE = 10_000
"""Traders of a group that its values are taken of."""
_PROFILED = 2_000
"""Traders of a segment that its profile is taken of."""


def calibrate(
    features: pa.Table,
    settings: SegmentSettings,
    previous: Segmentation | None,
    as_of: datetime,
    halves: Halves | None = None,
) -> Segmentation:
    """Divide the traders of a feature table; names stay with segments that did.

    ``halves`` let time be a witness for clusters; without them it is none.

    Raises:
        SurveillanceError: a feature the settings name is not in the table.
    """
    table = table_of(features, settings.needed)
    parts = _parts(table, settings, halves)
    now = placed(parts, table)
    parts, now = _named(parts, now, table, previous)
    was = _was(table, parts, previous)
    settled = settle(
        table.traders,
        now.segments,
        was,
        clearly(parts, table, now, was, settings.margin),
        previous.leaning if previous else {},
    )
    every = [name for name in features.column_names if name != "trader_id"]
    labels = list(settled.assignment.values())
    groups = _groups(labels, parts)
    drawn = np.unique(np.concatenate(list(groups.values()))) if table.size else np.arange(0)
    some = table_of(features.take(drawn), every)
    members = {group: np.searchsorted(drawn, rows) for group, rows in groups.items()}
    return Segmentation(
        as_of=format_time(as_of),
        settings_digest=settings.digest,
        parts=parts,
        assignment=settled.assignment,
        leaning=settled.leaning,
        moved=settled.moved,
        changes=changes(settled.assignment, previous.assignment) if previous else (),
        profiles=profiles(
            some, {name: _few(members[name]) for name in sorted(set(labels))}, labels
        ),
        values={
            group: {name: _thinned(column[rows]) for name, column in some.columns.items()}
            for group, rows in members.items()
        },
        baseline={name: baseline(table.columns[name]) for name in settings.needed},
    )


def _parts(table: Table, settings: SegmentSettings, halves: Halves | None) -> dict[str, Part]:
    frozen = freeze(settings, table.columns, table.size)
    whose = divided(frozen, table.columns, table.size)
    tables = [table_of(half, settings.inside) for half in halves or ()]
    parts = {}
    for place, (name, division) in enumerate(settings.divisions.items()):
        inside, mine = settings.features_of(name), whose == place
        rows = table.rows(inside, mine)
        space = Space.of(rows[np.random.default_rng(0).permutation(len(rows))[:_SAMPLE]])
        witnesses = _in_halves(tables, inside, space, compress(table.traders, mine))
        sample = space.enter(rows[clusters.drawn(len(rows), settings.seed)])
        found = proved(sample, settings.evidence, settings.seed, witnesses)
        points = space.enter(rows) if len(found.centres) > 1 else found.centres
        parts[name] = Part(
            title=division.title,
            why=division.why,
            criteria=frozen[name],
            features=tuple(inside),
            space=space,
            centroids=_worded(name, found.centres, points, inside, settings),
            trials=found.trials,
        )
    return parts


def _in_halves(
    tables: list[Table], inside: list[str], space: Space, mates: Iterable[str]
) -> clusters.Halves | None:
    """Return the points of a part's traders in both halves of the time, one row a trader."""
    if not tables:
        return None
    both = sorted(set(mates) & set(tables[0].traders) & set(tables[1].traders))
    points = []
    for table in tables:
        row_of = {trader: row for row, trader in enumerate(table.traders)}
        rows = [row_of[trader] for trader in both]
        points.append(space.enter(table.rows(inside)[rows]))
    return points[0], points[1]


def _worded(
    name: str, centres: Matrix, points: Matrix, inside: list[str], settings: SegmentSettings
) -> dict[str, Numbers]:
    """Name centres by what sets them apart from the rest of their part."""
    spread = np.where(points.std(axis=0) > 0, points.std(axis=0), 1.0) if len(points) else 1.0
    effects = []
    for place in range(len(centres)):
        others = np.delete(centres, place, axis=0)
        middle = others.mean(axis=0) if len(others) else centres[place]
        out = (centres[place] - middle) / spread
        effects.append(dict(zip(inside, out.tolist(), strict=True)))
    names = worded(name, effects, settings.words)
    return {each: tuple(at) for each, at in zip(names, centres.tolist(), strict=True)}


def _named(
    parts: dict[str, Part], now: Placed, table: Table, previous: Segmentation | None
) -> tuple[dict[str, Part], Placed]:
    """Give back their names to clusters that the same traders are in as before."""
    if previous is None:
        return parts, now
    home = {
        name: part if len(of.centroids) > 1 else name
        for part, of in parts.items()
        for name in of.centroids
    }
    fresh = dict(zip(table.traders, now.segments, strict=True))
    kept = {new: old for new, old in same(fresh, previous.assignment, home).items() if new != old}
    taken = set(kept.values())
    names = {name: kept.get(name, name) for name in home}
    for name in home:
        if name not in kept and name in taken:  # its word went to another, which had it before
            names[name] = next(n for n in kept if kept[n] == name)
    renamed = {
        part: replace(of, centroids={names[n]: at for n, at in of.centroids.items()})
        for part, of in parts.items()
    }
    return renamed, placed(renamed, table)


def _was(
    table: Table, parts: Mapping[str, Part], previous: Segmentation | None
) -> list[str | None]:
    """Return the segment each trader was in; nothing for who was in none that still is."""
    if previous is None:
        return [None] * table.size
    still = {name for part in parts.values() for name in part.centroids} - {NEW}
    before = previous.assignment
    return [name if (name := before.get(t)) in still else None for t in table.traders]


def _groups(labels: list[str], parts: Mapping[str, Part]) -> dict[str, npt.NDArray[np.int64]]:
    """Return the rows of every segment, division, and of all; of many, some drawn by chance."""
    whose = np.array(labels, dtype=object)
    groups = {ALL: np.arange(len(labels))}
    for part, of in parts.items():
        inside = list(of.centroids)
        for name in {part, *inside}:
            rows = np.flatnonzero(np.isin(whose, inside if name == part else [name]))
            if len(rows):
                groups[name] = rows
    chance = np.random.default_rng(0)
    return {
        group: np.sort(chance.permutation(rows)[:_SAMPLE]) if len(rows) > _SAMPLE else rows
        for group, rows in sorted(groups.items())
    }


def _few(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return rows evenly taken, enough to say what is in the middle."""
    return rows[:: -(-len(rows) // _PROFILED)] if len(rows) else rows


def _thinned(column: Matrix) -> Numbers:
    known = np.sort(column[~np.isnan(column)])
    if len(known) > _GRID:
        known = cut(np.quantile(known, np.linspace(0, 1, _GRID)))
    return tuple(known.tolist())
