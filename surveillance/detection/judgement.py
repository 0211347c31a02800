"""How an anomaly rule is judged: at each hop that ends within a run, among all traders then.

Features are those of the lookback before the hop's end, so that runs cut differently find the
same. Each trader is judged alone: who else is there makes no difference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan

from surveillance.activity.catalogue import TABLES
from surveillance.activity.contract import text
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.detection import detectors, feature_file
from surveillance.detection.history import features_in
from surveillance.detection.hits import verdict_of
from surveillance.model import SHADOW_LINE, Hit, Outcome, Scalar, Verdict, Window
from surveillance.rules.book import Entry
from surveillance.times import end_of_hop, span

_EVIDENCE = 200
"""The most rows of a table that are named as evidence, the latest."""


@dataclass(frozen=True)
class Judgement:
    """One anomaly rule over one run; ``segments`` maps traders to theirs."""

    definitions: feature_file.Features
    fitted: detectors.Fitted
    segments: Mapping[str, str]
    entry: Entry
    view: View

    def over(self, window: Window) -> Verdict:
        """Score every trader at every hop, and report the strange."""
        rule = self.entry.rule
        named = self.definitions.only(self.fitted.spec.features)
        hits, scores = list[Hit](), dict[str, float]()
        for end in _hops(window, span(rule.every or rule.lookback)):
            reach = Window(end - span(rule.lookback), end)
            with self.view.narrow(reach) as cut:
                [table] = features_in(self.view, named, [reach], self.fitted.spec.is_novelty)
                traders = detectors.score(self.fitted, table, self.segments)
                hits += [self._hit(t, cut, reach) for t in traders if t.score >= SHADOW_LINE]
            for trader in traders:
                best = scores.get(trader.trader_id, 0.0)
                scores[trader.trader_id] = max(best, round(trader.score, 2))
        return self._verdict(hits, scores)

    def _verdict(self, hits: Iterable[Hit], scores: Mapping[str, float]) -> Verdict:
        is_strange = any(hit.measures["is_anomaly"] for hit in hits)
        outcome = Outcome.HIT if is_strange else Outcome.NO_HIT
        return verdict_of(self.entry, outcome, hits=hits, scores=dict(sorted(scores.items())))

    def _hit(self, trader: detectors.Scored, cut: View, reach: Window) -> Hit:
        rule, spec = self.entry.rule, self.fitted.spec
        return Hit(
            rule_id=rule.id,
            version=rule.version,
            risk=rule.risk_family,
            typology=rule.typology,
            severity=rule.how_bad,
            score=round(trader.score, 2),
            at=reach.end - timedelta(microseconds=1),
            started_at=reach.start,
            trader_id=trader.trader_id,
            segment=self.segments.get(trader.trader_id, ""),
            measures=_measures(trader),
            thresholds={"false_alerts": spec.false_alerts, "quantile": trader.quantile},
            evidence=self._evidence(trader.trader_id, cut),
            reasons=tuple(_sentence(reason, trader) for reason in trader.reasons),
        )

    def _evidence(self, trader: str, cut: View) -> dict[str, tuple[str, ...]]:
        """Return the ids of the trader's latest rows in the relations that the rule names."""
        ids = {}
        for table, relation in self.entry.rule.evidence.items():
            key = TABLES[table].names
            prepare(cut.connection, [relation])
            rows = cut.arrow(
                f"select {key} as id, max(ts) as ts from {relation} where trader_id = "
                f"{text(trader)} group by all order by ts desc, id limit {_EVIDENCE}"
            ).to_pylist()
            ids[table] = tuple(sorted(str(row["id"]) for row in rows))
        return ids


def _hops(window: Window, hop: timedelta) -> Iterator[datetime]:
    """Yield every hop's end whose last microsecond lies within the window."""
    end = end_of_hop(window.start, hop)
    while end <= window.end:
        yield end
        end += hop


def _measures(trader: detectors.Scored) -> dict[str, Scalar]:
    return {
        "p_value": trader.p_value,
        "raw_score": trader.raw,
        "is_anomaly": trader.is_anomaly,
        "peers": trader.members,
        **{reason.feature: reason.value for reason in trader.reasons},
    }


def _sentence(reason: detectors.Reason, trader: detectors.Scored) -> str:
    words, before = reason.feature.replace("_", " "), ""
    if reason.before is not None:
        is_known = not isnan(reason.before)
        before = f", and {f'{reason.before:,.4g}' if is_known else 'not known'} the time before,"
    return (
        f"{words} was {reason.value:,.4g}{before} where {trader.members} peers have "
        f"{reason.peer_median:,.4g} in the middle, further out than {reason.beyond:.1%} of their "
        f"weeks ({reason.share:.0%} of what makes the score)"
    )
