"""Segments in words: what each is, what sets it apart, what changed, and why a trader is in one."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

from surveillance.activity.lake.view import View
from surveillance.chart.traits import plain
from surveillance.detection import feature_file, features
from surveillance.detection.segments.criteria import holds
from surveillance.detection.segments.model import Part, Segmentation
from surveillance.detection.segments.placing import placed
from surveillance.detection.segments.profiles import Trait
from surveillance.detection.segments.settings import Condition
from surveillance.detection.segments.table import Table, table_of
from surveillance.errors import SurveillanceError
from surveillance.governance import calibration
from surveillance.installation import Installation
from surveillance.model import Window

NONE = "expected calibrated segments, was none; run: surveillance segments calibrate"


@dataclass(frozen=True, slots=True)
class TraitRow:
    """A feature in which a segment, or a trader, stands out."""

    feature: str
    meaning: str
    unit: str
    here: float
    elsewhere: float
    effect: float


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """One segment of a model."""

    segment: str
    division: str
    title: str
    why: str
    criteria: tuple[str, ...]
    traders: int
    leaning: int
    """How many lean to it from elsewhere, and move if they do so at the next fit."""
    traits: tuple[TraitRow, ...]
    exemplars: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrialRow:
    """Evidence for or against a number of clusters in a division."""

    division: str
    asked: int
    kept: int
    stability: float
    separation: float
    in_time: float | None
    is_taken: bool


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What became of a segment since the model before, in words."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A segment model in words."""

    segments: tuple[SegmentRow, ...]
    trials: tuple[TrialRow, ...]
    changes: tuple[ChangeRow, ...]
    moved: tuple[tuple[str, str, str], ...]
    """Trader, segment before and after."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Criteria of a division that must hold together, for any of its alternatives to take one."""

    holds: bool
    criteria: tuple[tuple[str, str, float | None, bool], ...]
    """Feature, bound, the trader's value, and whether the bound was met."""


@dataclass(frozen=True, slots=True)
class Step:
    """One division, in the order in which they are tried: whether it takes a trader, and how.

    One without alternatives takes everybody who is left.
    """

    division: str
    title: str
    holds: bool
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a trader is in a segment: the steps until one held, and what they share with others."""

    trader_id: str
    segment: str
    falls_in: str
    """Where they would be by this activity alone."""
    leaning: str
    steps: tuple[Step, ...]
    distances: tuple[tuple[str, float], ...]
    """Segments of the division and how far their middles are, the nearest first."""
    traits: tuple[tuple[TraitRow, float | None], ...]
    """What sets the segment apart, and the trader's own value."""


def overview(model: Segmentation, definitions: feature_file.Features) -> Overview:
    """Return what a model says, with the meaning of every feature it speaks of."""
    members = Counter(model.assignment.values())
    leaning = Counter(model.leaning.values())
    rows = tuple(
        SegmentRow(
            segment=name,
            division=division,
            title=part.title,
            why=part.why,
            criteria=tuple(" and ".join(_words(f, c) for f, c in each.items())
                           for each in part.criteria),
            traders=members[name],
            leaning=leaning[name],
            traits=_traits(model, name, definitions),
            exemplars=model.profiles[name].exemplars if name in model.profiles else (),
        )
        for division, part in model.parts.items()
        for name in part.centroids
    )  # fmt: skip
    return Overview(
        segments=rows,
        trials=tuple(row for name, part in model.parts.items() for row in _trials(name, part)),
        changes=tuple(
            ChangeRow(change.kind, _changed(change.before, change.after))
            for change in model.changes
        ),
        moved=tuple((who, *pair) for who, pair in sorted(model.moved.items())),
    )


def shown(place: Installation) -> tuple[Overview, int] | None:
    """Return the segments in force in words, and their version; nothing where there are none."""
    definitions = feature_file.load(place.settings.rules / "features.yml")
    with place.session() as session:
        model, version = calibration.segments_in_force(session)
    return (overview(model, definitions), version) if model else None


def why(place: Installation, trader_id: str) -> Reasons:
    """Return why a trader is in the segment that is in force.

    Raises:
        SurveillanceError: there are no segments, or no activity of theirs.
    """
    definitions = feature_file.load(place.settings.rules / "features.yml")
    with place.session() as session:
        row = calibration.version_in_force(session)
        model = calibration.model_of(session, row) if row else None
    if row is None or model is None:
        raise SurveillanceError(NONE)
    window = Window(row.fitted_from, row.fitted_to)
    with place.lake.view(window, row.created_at, None, place.settings.threads) as view:
        return reasons(model, definitions, view, trader_id)


def reasons(
    model: Segmentation,
    definitions: feature_file.Features,
    view: View,
    trader_id: str,
) -> Reasons:
    """Return why a trader is where they are; ``view`` is of what the model was made of.

    Raises:
        SurveillanceError: there is no such activity of theirs.
    """
    bounds = {name for part in model.parts.values() for each in part.criteria for name in each}
    inside = {name for part in model.parts.values() for name in part.features}
    segment = model.segment_of(trader_id)
    shown = {trait.feature for trait in _traits(model, segment, definitions)}
    needed = sorted({*bounds, *inside, *shown} & definitions.features.keys())
    found = features.prepared(view, definitions.only(needed))
    names = found.column("trader_id").to_pylist()
    if trader_id not in names:
        raise SurveillanceError(
            f"expected activity of {trader_id} in the time that segments were made of, was none"
        )
    table = table_of(found.slice(names.index(trader_id), 1), needed)
    now = placed(model.parts, table)
    away = {name: float(at[0]) ** 0.5 for name, at in now.away.items() if not isnan(at[0])}
    return Reasons(
        trader_id=trader_id,
        segment=segment,
        falls_in=now.segments[0],
        leaning=model.leaning.get(trader_id, ""),
        steps=tuple(steps_of(model.parts, table, now.parts[0])),
        distances=tuple(sorted(away.items(), key=lambda pair: (pair[1], pair[0]))),
        traits=tuple(
            (trait, _known(table, trait.feature)) for trait in _traits(model, segment, definitions)
        ),
    )


def steps_of(parts: Mapping[str, Part], table: Table, last: str) -> list[Step]:
    """Return each division up to ``last``, and how one trader's values meet its criteria."""
    steps = []
    for name, part in parts.items():
        met = bool(holds(part.criteria, table.columns, 1)[0])
        steps.append(
            Step(name, part.title, met, tuple(_alternative(each, table) for each in part.criteria))
        )
        if name == last:
            break
    return steps


def _alternative(criteria: Mapping[str, Condition], table: Table) -> Alternative:
    return Alternative(
        bool(holds([criteria], table.columns, 1)[0]),
        tuple(
            (feature, _bound(bound), _known(table, feature),
             bool(holds([{feature: bound}], table.columns, 1)[0]))
            for feature, bound in criteria.items()
        ),
    )  # fmt: skip


def _known(table: Table, feature: str) -> float | None:
    value = float(table.columns[feature][0])
    return None if isnan(value) else value


def _traits(
    model: Segmentation, segment: str, definitions: feature_file.Features
) -> tuple[TraitRow, ...]:
    profile = model.profiles.get(segment)
    traits = profile.traits if profile else ()
    return tuple(_trait(trait, definitions) for trait in traits)


def _trait(trait: Trait, definitions: feature_file.Features) -> TraitRow:
    said = definitions.features.get(trait.feature)
    meaning, unit = (said.meaning, said.unit) if said else ("", "")
    return TraitRow(trait.feature, meaning, unit, trait.here, trait.elsewhere, trait.effect)


def _trials(division: str, part: Part) -> list[TrialRow]:
    taken = len(part.centroids)
    return [
        TrialRow(
            division, trial.asked, trial.kept, trial.stability, trial.separation, trial.in_time,
            taken > 1 and trial.kept == taken,
        )
        for trial in part.trials
    ]  # fmt: skip


def _bound(bound: Condition) -> str:
    return f"{bound.sign} {bound.value:g}" + (" or unknown" if bound.unknown else "")


def bound_of(feature: str, bound: str, value: float | None) -> str:
    """Say what a trader's value is, and the bound that it is held against."""
    known = "unknown" if value is None else plain(value)
    return f"{feature.replace('_', ' ')} {known} ({bound})"


def _words(feature: str, bound: Condition) -> str:
    return f"{feature.replace('_', ' ')} {_bound(bound)}"


def _changed(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    return " → ".join(", ".join(names) for names in (before, after) if names)
