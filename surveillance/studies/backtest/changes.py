"""What two versions of a rule say differently: alerts gained, lost and changed, and why.

Hits are the same where subject, instrument and moment are. A lost alert is explained by the
version that no longer raises it, a gained one by the version that did not; one that both raise is
changed where its score or a measure is. That only the lines have moved is no change.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from surveillance.model import ALERT_LINE, Hit
from surveillance.records.answers import AlertChange
from surveillance.rules.book import Entry
from surveillance.studies.backtest.reasons import Crossing, Explainer, figure
from surveillance.studies.backtest.wording import scored_by
from surveillance.studies.setting import Setting
from surveillance.times import format_time


@dataclass(frozen=True, slots=True)
class Change:
    """One alert that comes, goes or comes out otherwise, with the reasons in words.

    ``kind`` is gained, lost or changed; a score is empty where there is no hit at all.
    """

    kind: str
    hit_id: str
    subject: str
    trader_id: str | None
    owner_id: str | None
    instrument: str | None
    segment: str
    at: datetime
    before: float | None
    after: float | None
    reasons: tuple[str, ...]
    crossings: tuple[Crossing, ...] = ()

    def record(self) -> AlertChange:
        """Return the change as a study stores it."""
        return {
            "kind": self.kind,
            "hit_id": self.hit_id,
            "subject": self.subject,
            "trader_id": self.trader_id,
            "owner_id": self.owner_id,
            "instrument": self.instrument,
            "segment": self.segment,
            "at": format_time(self.at),
            "before": self.before,
            "after": self.after,
            "reasons": self.reasons,
            "crossings": [crossing.record() for crossing in self.crossings],
        }


def changes(
    setting: Setting, old: Entry, new: Entry, before: Sequence[Hit], after: Sequence[Hit]
) -> list[Change]:
    """Return every alert that differs between two versions, in order of time and subject."""
    was, now = ({hit.id: hit for hit in hits} for hits in (before, after))
    lost = [hit for hit in before if alerts(hit) and not alerts(now.get(hit.id))]
    gained = [hit for hit in after if alerts(hit) and not alerts(was.get(hit.id))]
    stays = [hit for hit in before if alerts(hit) and alerts(now.get(hit.id))]
    graded = scored_by(new.rule, old.rule, "in force")
    differ = [
        *_explained("lost", lost, now, Explainer(setting, new, old, "in force", lost)),
        *_explained("gained", gained, was, Explainer(setting, old, new, "as studied", gained)),
        *(_moved(hit, now[hit.id], graded) for hit in stays),
    ]
    ordered = sorted(
        differ, key=lambda change: (change.at, change.subject, change.instrument or "", change.kind)
    )
    return [change for change in ordered if change.reasons]


def alerts(hit: Hit | None) -> bool:
    """Say whether an officer would be shown it."""
    return hit is not None and hit.score >= ALERT_LINE


def _explained(
    kind: str, hits: Sequence[Hit], others: dict[str, Hit], explainer: Explainer
) -> Iterator[Change]:
    for hit in hits:
        own = others.get(hit.id)
        scores = (hit.score, own.score if own else None)
        before, after = scores if kind == "lost" else reversed(scores)
        reasons, crossings = explainer.why_not(hit, own)
        if kind == "gained":
            reasons = tuple(f"in force: {reason}" for reason in reasons)
        yield _change(kind, hit, before, after, reasons, crossings)


def _moved(before: Hit, after: Hit, graded: Sequence[str]) -> Change:
    """Say how an alert that stays came out otherwise: by its measures, else by how it is graded."""
    reasons = list(_differs(before, after))
    if before.measures == after.measures and reasons:
        reasons += graded
    return _change("changed", before, before.score, after.score, tuple(reasons))


def _differs(before: Hit, after: Hit) -> Iterator[str]:
    if before.score != after.score:
        yield f"score {before.score:g} became {after.score:g}"
    for name in dict.fromkeys([*before.measures, *after.measures]):
        was, now = before.measures.get(name), after.measures.get(name)
        if was != now:
            yield f"{name} {figure(was)} became {figure(now)}"


def _change(
    kind: str,
    hit: Hit,
    before: float | None,
    after: float | None,
    reasons: tuple[str, ...],
    crossings: tuple[Crossing, ...] = (),
) -> Change:
    return Change(
        kind=kind,
        hit_id=hit.id,
        subject=hit.subject,
        trader_id=hit.trader_id,
        owner_id=hit.owner_id,
        instrument=hit.instrument,
        segment=hit.segment,
        at=hit.at,
        before=before,
        after=after,
        reasons=reasons,
        crossings=crossings,
    )
