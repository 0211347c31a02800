"""Where features, segments and detectors meet: the frozen models of a run, and how they judge.

Models are made once and pinned; a run only reads them. An anomaly rule is judged at each hop that
ends within the run, over features of the lookback before it, so that runs cut differently find
the same. False discoveries are controlled among all traders scored at one hop.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pyarrow as pa

from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import text
from surveillance.activity.facts import Use, asked, prepare
from surveillance.activity.lake.view import View
from surveillance.activity.sharing import share
from surveillance.detection import detectors, features
from surveillance.detection.segments import SegmentModel, SegmentSettings, owner_segments
from surveillance.detection.segments import calibrate as divide
from surveillance.errors import SurveillanceError
from surveillance.model import SHADOW_LINE, Hit, Outcome, Scalar, Verdict, Window
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.compiled import Lines, resolve
from surveillance.rules.schema import Rule, Strange
from surveillance.times import EPOCH, span

_EVIDENCE = 200

Judge = Callable[[Entry, View, Window], Verdict]


@dataclass(frozen=True, slots=True)
class Peers:
    """Who belongs to which segment, and what is usual there.

    ``segments`` maps traders and owners to a segment; ``quantiles`` maps a feature to segment to
    quantile to value.
    """

    segments: Mapping[str, str] = field(default_factory=dict)
    quantiles: Mapping[str, Mapping[str, Mapping[float, float]]] = field(default_factory=dict)

    def lines(self, rule: Rule) -> Lines:
        """Return the value per segment of each parameter that is not the same for everybody."""
        return {
            name: resolve(parameter, self.quantiles.get(parameter.of or ""))
            for name, parameter in rule.parameters.items()
            if not parameter.is_plain
        }


@dataclass(frozen=True)
class Models:
    """What a run takes as given: the features file, the segment model, the fitted detectors."""

    definitions: features.Features
    segments: SegmentModel | None = None
    version: int = 0
    fitted: Mapping[str, detectors.Fitted] = field(default_factory=dict)

    def pins(self) -> dict[str, Any]:
        """Return what a manifest says of the models."""
        named = {"version": self.version, "digest": self.segments.digest} if self.segments else None
        return {
            "features": self.definitions.digest,
            "segments": named,
            "detectors": {name: made.digest for name, made in sorted(self.fitted.items())},
        }

    def artefacts(self) -> Iterator[tuple[str, bytes]]:
        """Return the kind and the bytes of everything that a manifest pins."""
        yield "features", self.definitions.text.encode()
        if self.segments is not None:
            yield "segments", self.segments.to_text().encode()
        for made in self.fitted.values():
            yield "detector", made.to_bytes()

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
        return Peers(owner_segments(self.segments, owners) | placed, self.segments.quantiles)

    def judge(self, peers: Peers) -> Judge:
        """Return how an anomaly rule is judged with these models."""

        def judged(entry: Entry, view: View, window: Window) -> Verdict:
            fitted = self.fitted.get(entry.rule.id)
            if fitted is None:
                return _verdict(
                    entry, Outcome.INSUFFICIENT_DATA, "too few traders to fit a detector"
                )
            return _Judgement(self, fitted, peers, entry, view).over(window)

        return judged


def load(manifest: Mapping[str, Any], kept: Callable[[str], bytes]) -> Models:
    """Bring back the models that a manifest pins, given how to find an artefact by its digest.

    Raises:
        SurveillanceError: a detector does not score as when it was fitted.
    """
    definitions = _definitions(kept(manifest["features"]).decode())
    made = {rule: _refitted(rule, kept(name)) for rule, name in manifest["detectors"].items()}
    version = manifest["segments"]["version"] if manifest["segments"] else 0
    return Models(definitions, segments_of(manifest, kept), version, made)


def segments_of(manifest: Mapping[str, Any], kept: Callable[[str], bytes]) -> SegmentModel | None:
    """Bring back the segment model that a manifest pins, if it pins one."""
    pinned = manifest["segments"]
    return SegmentModel.from_text(kept(pinned["digest"]).decode()) if pinned else None


@lru_cache(maxsize=16)
def _definitions(text: str) -> features.Features:
    return features.parse(text, "features.yml")


def _refitted(rule: str, content: bytes) -> detectors.Fitted:
    try:
        again = fitted(content)
        again.refit()
        return again
    except SurveillanceError as wrong:
        raise SurveillanceError(f"the fitted detector of {rule}: {wrong}") from None


@lru_cache(maxsize=64)
def fitted(content: bytes) -> detectors.Fitted:
    """Bring back a fitted detector; kept, because a scheduler asks for the same at every tick."""
    return detectors.load(content)


def calibrate(
    view: View,
    definitions: features.Features,
    settings: SegmentSettings,
    previous: SegmentModel | None,
) -> SegmentModel:
    """Divide the traders of a view's whole window into segments."""
    table = _features(view, definitions)
    return divide(table, settings, previous, view.window.end)


def fit(
    book: Rulebook,
    view: View,
    until: datetime,
    definitions: features.Features,
    model: SegmentModel | None,
) -> dict[str, detectors.Fitted]:
    """Fit every anomaly rule on its last hop before ``until``, where there are traders enough.

    A fit sees a window of the same length and the same hours as those it will judge.
    """
    made = {}
    for name, entry in book.entries.items():
        if not isinstance(entry.rule.detect, Strange):
            continue
        told, end = spec(entry.rule), _last_hop(entry.rule, until)
        with view.narrow(Window(end - span(entry.rule.lookback), end)) as cut:
            table = _features(cut, definitions.only(told.features))
        try:
            made[name] = detectors.fit(told, table, model.assignment if model else {})
        except detectors.TooFewTraders:
            continue
    return made


def check(book: Rulebook, definitions: features.Features) -> None:
    """Say whether every anomaly rule names features and a detector that are there.

    Raises:
        SurveillanceError: one does not; the message names the rule.
    """
    for name, entry in book.entries.items():
        if isinstance(entry.rule.detect, Strange):
            told = spec(entry.rule)
            try:
                definitions.only(told.features)
                detectors.check(told)
            except SurveillanceError as wrong:
                raise SurveillanceError(f"{name}: {wrong}") from None


def spec(rule: Rule) -> detectors.Spec:
    """Return what an anomaly rule says of its detector."""
    if not isinstance(rule.detect, Strange):
        raise TypeError(f"expected an anomaly rule, was {rule.id}")
    told = rule.detect.anomaly
    return detectors.Spec(
        detector=told.detector,
        features=tuple(told.features),
        false_discovery_rate=told.false_discovery_rate,
        settings=told.settings,
        min_traders=told.min_traders,
    )


def _features(view: View, definitions: features.Features, wide: View | None = None) -> pa.Table:
    asks = asked([Use(definitions.reads, definitions.words)])
    if wide is not None:
        share(wide, view, asks)
    prepare(view.connection, sorted(definitions.reads), asks)
    return features.features(view, definitions)


def _verdict(entry: Entry, outcome: Outcome, reason: str = "") -> Verdict:
    return Verdict(entry.rule.id, entry.rule.version, entry.digest, outcome, reason)


@dataclass(frozen=True)
class _Judgement:
    """One anomaly rule over one run."""

    models: Models
    fitted: detectors.Fitted
    peers: Peers
    entry: Entry
    view: View

    def over(self, window: Window) -> Verdict:
        """Score every trader at every hop, and report the strange."""
        rule, hits = self.entry.rule, list[Hit]()
        named = self.models.definitions.only(self.fitted.spec.features)
        scores: dict[str, float] = {}
        for end in _hops(window, span(rule.every or rule.lookback)):
            reach = Window(end - span(rule.lookback), end)
            with self.view.narrow(reach) as cut:
                table = _features(cut, named, self.view)
                for one in detectors.score(self.fitted, table, self.peers.segments):
                    known = scores.get(one.trader_id, 0.0)
                    scores[one.trader_id] = max(known, round(one.score, 2))
                    if one.score >= SHADOW_LINE:
                        hits.append(self._hit(one, cut, reach))
        strange = any(hit.measures["is_anomaly"] for hit in hits)
        outcome = Outcome.HIT if strange else Outcome.NO_HIT
        return Verdict(
            rule.id,
            rule.version,
            self.entry.digest,
            outcome,
            "",
            tuple(hits),
            dict(sorted(scores.items())),
        )

    def _hit(self, one: detectors.Scored, cut: View, reach: Window) -> Hit:
        rule = self.entry.rule
        measures: dict[str, Scalar] = {
            "p_value": one.p_value,
            "raw_score": one.raw,
            "is_anomaly": one.is_anomaly,
            "peers": one.members,
            **{reason.feature: reason.value for reason in one.reasons},
        }
        rate = self.fitted.spec.false_discovery_rate
        return Hit(
            rule.id, rule.version, rule.risk_family, rule.typology, rule.how_bad,
            round(one.score, 2), reach.end - timedelta(microseconds=1), reach.start,
            trader_id=one.trader_id, segment=self.peers.segments.get(one.trader_id, ""),
            measures=measures, thresholds={"false_discovery_rate": rate},
            evidence=self._evidence(one.trader_id, cut),
            reasons=tuple(_said(reason, one) for reason in one.reasons),
        )  # fmt: skip

    def _evidence(self, trader: str, cut: View) -> dict[str, tuple[str, ...]]:
        """Return the ids of the trader's latest rows in the relations that the rule names."""
        found = {}
        for table, relation in self.entry.rule.evidence.items():
            key = TABLES[table].key[0]
            prepare(cut.connection, [relation])
            rows = cut.arrow(
                f"select {key} as id, max(ts) as ts from {relation} where trader_id = "
                f"{text(trader)} group by all order by ts desc, id limit {_EVIDENCE}"
            ).to_pylist()
            found[table] = tuple(sorted(str(row["id"]) for row in rows))
        return found


def _last_hop(rule: Rule, until: datetime) -> datetime:
    hop = span(rule.every or rule.lookback)
    return EPOCH + (until - EPOCH) // hop * hop


def _hops(window: Window, hop: timedelta) -> Iterator[datetime]:
    """Yield every hop's end whose last microsecond lies within the window."""
    end = EPOCH + ((window.start - EPOCH) // hop + 1) * hop
    while end <= window.end:
        yield end
        end += hop


def _said(reason: detectors.Reason, one: detectors.Scored) -> str:
    words = reason.feature.replace("_", " ")
    return (
        f"{words} was {reason.value:,.4g} where {one.members} peers have {reason.peer_median:,.4g} "
        f"in the middle ({reason.share:.0%} of what makes the score)"
    )
