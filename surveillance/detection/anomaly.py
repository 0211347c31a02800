"""Where features, segments and detectors meet: the frozen models of a run.

Models are made once and pinned; a run only reads them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypedDict

from surveillance.activity.lake.view import View
from surveillance.detection import detectors, feature_file, features
from surveillance.detection.history import features_in
from surveillance.detection.hits import verdict_of
from surveillance.detection.judgement import Judgement
from surveillance.detection.segments import (
    Segmentation,
    SegmentSettings,
    clusters,
    owner_segments,
)
from surveillance.detection.segments import calibrate as divide
from surveillance.errors import SurveillanceError
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.compiled import Lines, resolve
from surveillance.rules.logic import Strange
from surveillance.rules.schema import Rule
from surveillance.times import end_of_hop, span, utc

FITTED = 8
"""How many hops a detector is fitted on, at most."""
_LATE = 1 / 7
"""The part of a window after whose beginning its first activity may come."""
_WEEK = timedelta(weeks=1)
Judge = Callable[[Entry, View, Window], Verdict]


@dataclass(frozen=True, slots=True)
class Peers:
    """Who belongs to which segment, and what is usual there.

    ``segments`` maps traders and owners to a segment; ``quantiles`` maps a feature to segment to
    quantile to value; ``divisions`` maps a segment to the division it lies in.
    """

    segments: Mapping[str, str] = field(default_factory=dict)
    quantiles: Mapping[str, Mapping[str, Mapping[float, float]]] = field(default_factory=dict)
    divisions: Mapping[str, str] = field(default_factory=dict)

    def lines(self, rule: Rule) -> Lines:
        """Return the value per segment of each parameter that is not the same for everybody.

        What is said of a division holds for every segment in it of which nothing is said.
        """
        return {
            name: self._inside(resolve(parameter, self.quantiles.get(parameter.of or "")))
            for name, parameter in rule.parameters.items()
            if not parameter.is_plain
        }

    def _inside(self, values: Mapping[str, float]) -> dict[str, float]:
        inherited = {
            segment: values[division]
            for segment, division in sorted(self.divisions.items())
            if division in values
        }
        return inherited | dict(values)


class SegmentsPin(TypedDict):
    """Which segment model a manifest pins."""

    version: int
    digest: str


class Pins(TypedDict):
    """The models that a manifest pins, by their digests; ``detectors`` by rule."""

    features: str
    segments: SegmentsPin | None
    detectors: dict[str, str]


@dataclass(frozen=True)
class Models:
    """What a run rests on: the features file, the segment model, the fitted detectors."""

    definitions: feature_file.Features
    segments: Segmentation | None = None
    version: int = 0
    fitted: Mapping[str, detectors.Fitted] = field(default_factory=dict)

    def pins(self) -> Pins:
        """Return what a manifest says of the models."""
        model = self.segments
        return Pins(
            features=self.definitions.digest,
            segments=SegmentsPin(version=self.version, digest=model.digest) if model else None,
            detectors={rule: detector.digest for rule, detector in sorted(self.fitted.items())},
        )

    def artefacts(self) -> Iterator[tuple[str, bytes]]:
        """Return the kind and the bytes of everything that a manifest pins."""
        yield "features", self.definitions.text.encode()
        if self.segments is not None:
            yield "segments", self.segments.to_text().encode()
        for detector in self.fitted.values():
            yield "detector", detector.to_bytes()

    def peers(self, view: View) -> Peers:
        """Return the segments of traders and owners; ``owners`` must be prepared on the view."""
        if self.segments is None:
            return Peers()
        rows = view.arrow("select trader_id, owner_id from owners order by trader_id").to_pylist()
        owner_of = {row["trader_id"]: row["owner_id"] for row in rows}
        placed = {
            **self.segments.assignment,
            **{name: self.segments.segment_of(name) for name in owner_of},
        }
        owners = {trader: owner_of.get(trader, trader) for trader in placed}
        model = self.segments
        return Peers(owner_segments(model, owners) | placed, model.quantiles, model.divisions)

    def judge(self, peers: Peers) -> Judge:
        """Return how an anomaly rule is judged with these models."""

        def judged(entry: Entry, view: View, window: Window) -> Verdict:
            fitted = self.fitted.get(entry.rule.id)
            reason = fitted.shortfall if fitted else _unfitted(entry.rule)
            if fitted is None or reason:
                return verdict_of(entry, Outcome.INSUFFICIENT_DATA, reason)
            judgement = Judgement(self.definitions, fitted, peers.segments, entry, view)
            return judgement.over(window)

        return judged


def load(manifest: Mapping[str, Any], artefact: Callable[[str], bytes]) -> Models:
    """Bring back the models that a manifest pins; ``artefact`` returns bytes by their digest.

    Raises:
        SurveillanceError: a detector does not score as when it was fitted.
    """
    pinned = manifest["segments"]
    return Models(
        definitions=_definitions(artefact(manifest["features"]).decode()),
        segments=segments_of(manifest, artefact),
        version=pinned["version"] if pinned else 0,
        fitted={
            rule: _refitted(rule, artefact(name)) for rule, name in manifest["detectors"].items()
        },
    )


def segments_of(
    manifest: Mapping[str, Any], artefact: Callable[[str], bytes]
) -> Segmentation | None:
    """Bring back the segment model that a manifest pins, if it pins one."""
    pinned = manifest["segments"]
    return Segmentation.from_text(artefact(pinned["digest"]).decode()) if pinned else None


@lru_cache(maxsize=16)
def _definitions(text: str) -> feature_file.Features:
    return feature_file.parse(text, "features.yml")


def _refitted(rule: str, content: bytes) -> detectors.Fitted:
    try:
        again = fitted(content)
        again.refit()
        return again
    except SurveillanceError as wrong:
        raise SurveillanceError(f"the fitted detector of {rule}: {wrong}") from None


@lru_cache(maxsize=64)
def fitted(content: bytes) -> detectors.Fitted:
    """Bring back a fitted detector; cached, because a scheduler asks for the same at every tick."""
    return detectors.load(content)


def calibrate(
    view: View,
    definitions: feature_file.Features,
    settings: SegmentSettings,
    previous: Segmentation | None,
) -> Segmentation:
    """Divide the traders of a view's whole window into segments.

    Time is a witness for clusters, where any are looked for and there are traders enough: the
    window's two halves, from its first activity on.
    """
    table = features.prepared(view, definitions)
    inside = definitions.only(settings.inside)
    spans = _halves(view) if settings.inside and table.num_rows >= clusters.LEAST else ()
    halves = tuple(features_in(view, inside, spans))
    return divide(table, settings, previous, view.window.end, halves or None)


def _halves(view: View) -> tuple[Window, ...]:
    """Return the two halves of the time in which there is activity, or nothing."""
    first = _first_activity(view)
    if first is None:
        return ()
    start = max(first, view.window.start)
    middle = start + (view.window.end - start) / 2
    return Window(start, middle), Window(middle, view.window.end)


def _first_activity(view: View) -> datetime | None:
    tables = ("orders", "trades", "transfers", "swaps")
    firsts = " union all ".join(f"select min(ts) as ts from {name}" for name in tables)
    [row] = view.arrow(f"select min(ts) as ts from ({firsts})").to_pylist()
    return utc(row["ts"]) if row["ts"] else None


def fit(
    book: Rulebook,
    view: View,
    until: datetime,
    definitions: feature_file.Features,
    model: Segmentation | None,
) -> dict[str, detectors.Fitted]:
    """Fit every anomaly rule on the hops that ended last before ``until``, ``FITTED`` at most.

    Each is a window of the same length and the same hours as those that will be judged; one of
    whose beginning nothing is known is no whole window, and is left out.
    """
    segments = model.assignment if model else {}
    fits = {}
    for name, entry in book.entries.items():
        if isinstance(entry.rule.detect, Strange) and (hops := _fitted_on(entry.rule, view, until)):
            wanted = spec(entry.rule)
            named = definitions.only(wanted.features)
            tables = features_in(view, named, hops, wanted.is_novelty)
            with suppress(detectors.TooFewTraders):
                fits[name] = detectors.fit(wanted, tables, segments)
    return fits


def is_outgrown(rule: Rule, fit: detectors.Fitted, until: datetime, now: datetime) -> bool:
    """Tell whether another hop has ended since a fit that rests on too few, or finds nobody."""
    hop = span(rule.every or rule.lookback)
    is_later = end_of_hop(now, hop) > end_of_hop(until, hop)
    return is_later and (fit.windows < FITTED or bool(fit.shortfall))


def _fitted_on(rule: Rule, view: View, until: datetime) -> list[Window]:
    """Return the windows that a rule's detector is fitted on."""
    hop, lookback = span(rule.every or rule.lookback), span(rule.lookback)
    reach = 2 * lookback if spec(rule).is_novelty else lookback
    last = end_of_hop(until, hop) - hop
    ends = [last - count * hop for count in reversed(range(FITTED))]
    with view.narrow(Window(ends[0] - reach, last)) as trailing:
        first = _first_activity(trailing)
    return [
        Window(end - lookback, end)
        for end in ends
        if first is not None and first <= end - reach + _LATE * lookback
    ]


def _unfitted(rule: Rule) -> str:
    anomaly = rule.detect.anomaly if isinstance(rule.detect, Strange) else None
    least = anomaly.min_traders if anomaly else 0
    windows = "twice a whole" if anomaly and anomaly.is_novelty else "a whole"
    return (
        f"no detector is fitted: expected {windows} {rule.lookback} of activity of at least "
        f"{least} traders"
    )


def check(book: Rulebook, definitions: feature_file.Features) -> None:
    """Say whether every anomaly rule names features and a detector that are there.

    Raises:
        SurveillanceError: one does not; the message names the rule.
    """
    for name, entry in book.entries.items():
        if isinstance(entry.rule.detect, Strange):
            wanted = spec(entry.rule)
            try:
                definitions.only(wanted.features)
                detectors.check(wanted)
            except SurveillanceError as wrong:
                raise SurveillanceError(f"{name}: {wrong}") from None


def spec(rule: Rule) -> detectors.Spec:
    """Return what an anomaly rule says of its detector."""
    if not isinstance(rule.detect, Strange):
        raise TypeError(f"expected an anomaly rule, was {rule.id}")
    anomaly = rule.detect.anomaly
    return detectors.Spec(
        detector=anomaly.detector,
        features=tuple(anomaly.features),
        false_alerts=anomaly.false_alerts,
        settings=anomaly.settings,
        min_traders=anomaly.min_traders,
        is_novelty=anomaly.is_novelty,
        hops=max(1.0, _WEEK / span(rule.every or rule.lookback)),
    )
