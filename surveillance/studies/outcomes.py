"""What alerts turned out to be worth: against labels, and against what officers decided.

An alert is *productive* if its case was closed as confirmed or reported. Officers decide on cases,
so all alerts of one case share its disposition; and only what was once filed was ever decided on,
so of alerts that only the studied version raises nothing is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from surveillance.activity.venue import Venue
from surveillance.activity.venue.labels import TypologyTruth
from surveillance.casework.decisions import PRODUCTIVE
from surveillance.model import Hit
from surveillance.records.answers import ProductiveRate, Score
from surveillance.records.tables import Alert, AlertHit, Case, CaseState, Disposition
from surveillance.rules.schema import Rule
from surveillance.studies.evaluate import Ids, excused, known, score
from surveillance.studies.intervals import wilson
from surveillance.studies.setting import Setting


@dataclass(frozen=True)
class Outcomes:
    """What is known about the alerts of one rule: dispositions by hit, labels if there are any."""

    decided: Mapping[str, Disposition]
    truths: Sequence[tuple[TypologyTruth, Mapping[str, Ids]]] = ()
    """What is true of a typology, and what of it is no fault of a rule."""
    owned: Mapping[str, set[str]] = field(default_factory=dict)

    def labels(self, alerts: list[Hit]) -> list[Score]:
        """Return precision, recall and F1 per labelled typology that the rule looks for."""
        return [score(truth, alerts, self.owned, excuse) for truth, excuse in self.truths]

    def rate(self, alerts: Iterable[Hit]) -> ProductiveRate:
        """Return how many alerts were decided on, how many were productive, and the share."""
        dispositions = [self.decided[hit.id] for hit in alerts if hit.id in self.decided]
        good = sum(disposition in PRODUCTIVE for disposition in dispositions)
        return {
            "decided": len(dispositions),
            "productive": good,
            "rate": round(good / len(dispositions), 4) if dispositions else None,
            "interval": wilson(good, len(dispositions)),
        }

    def is_productive(self, hit_id: str) -> bool:
        """Say whether an alert is known to have been worth it."""
        return self.decided.get(hit_id) in PRODUCTIVE


def outcomes(session: Session, setting: Setting, rule: Rule, venue: Venue | None) -> Outcomes:
    """Gather what is known about the alerts of a rule in the window of a study.

    Raises:
        SurveillanceError: the labels cannot be read.
    """
    decided = _decided(session, setting, rule.id)
    if venue is None:
        return Outcomes(decided)
    with setting.view.narrow(setting.window) as cut:
        truths, owned = known(cut, venue)
    related = {rule.id: rule.related}
    of_rule = [
        (truth, excused(truths, truth, related))
        for truth in truths.typologies
        if rule.typology in truth.rules
    ]
    return Outcomes(decided, of_rule, owned)


def _decided(session: Session, setting: Setting, rule_id: str) -> dict[str, Disposition]:
    wanted = (
        select(AlertHit.hit_id, Case.disposition)
        .select_from(AlertHit)
        .join(Alert, col(Alert.id) == col(AlertHit.alert_id))
        .join(Case, col(Case.id) == col(Alert.case_id))
        .where(Alert.rule_id == rule_id, Case.state == CaseState.CLOSED)
        .where(AlertHit.at >= setting.window.start, AlertHit.at < setting.window.end)
    )
    return {
        name: Disposition(disposition)
        for name, disposition in session.exec(wanted)
        if disposition is not None
    }
