"""The setting of a study: one window of stored activity, open once, and how rules judge it.

Every version and every value of a study is judged on the same view, at the same knowledge, with
the same segments, and facts are derived once for all. Nothing is stored and nothing is filed:
models that are not there yet are fitted for the study alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from surveillance import software
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.detection import anomaly
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.errors import SurveillanceError
from surveillance.governance import calibration, lifecycle
from surveillance.installation import Installation
from surveillance.model import ALERT_LINE, Hit, Outcome, Verdict, Window
from surveillance.proof import rulebooks
from surveillance.records.answers import Ends, RuleSummary, SettingRecord
from surveillance.rules.book import Entry, Rulebook, recall_rule
from surveillance.times import EPOCH, RIPENING, format_time, micros

_DAY = timedelta(days=1)
_DAYS = 30
"""How many days of activity are looked at unless somebody says otherwise."""


@dataclass(frozen=True)
class Setting:
    """An open window of activity, and what every version is judged with."""

    place: Installation
    view: View
    window: Window
    models: anomaly.Models
    """What every rule is judged with; a detector is fitted beside them."""
    peers: Peers
    fitted: dict[str, anomaly.Models] = field(default_factory=dict)

    @property
    def span(self) -> tuple[int, int]:
        """Return the window in microseconds since the epoch."""
        return micros(self.window.start - EPOCH), micros(self.window.end - EPOCH)

    def verdict(self, entry: Entry) -> Verdict:
        """Judge the window by one rule version.

        Raises:
            SurveillanceError: it cannot be judged; the message says why.
        """
        models = self.models_of(entry)
        book = Rulebook({entry.rule.id: entry})
        (verdict,) = detect(book, self.view, self.window, self.peers, models.judge(self.peers))
        if verdict.outcome is Outcome.ERROR:
            name = f"{entry.rule.id}@{entry.rule.version}"
            raise SurveillanceError(f"expected {name} to judge the window, was: {verdict.reason}")
        return verdict

    def models_of(self, entry: Entry) -> anomaly.Models:
        """Return what a rule version is judged with: its detector too, where it has one."""
        if entry.digest not in self.fitted:
            fitted = calibration.with_detector_of(
                self.place, self.view, entry, self.window.end, self.models
            )
            self.fitted[entry.digest] = fitted
        return self.fitted[entry.digest]

    def record(self) -> SettingRecord:
        """Return what a study stores of its setting, so that it can be laid again."""
        start, end = self.window.start, self.window.end
        return {
            "window": {"from": format_time(start), "to": format_time(end)},
            "activity": self._landed(),
            "as_of": format_time(self.view.as_of),
            "lake": dict(sorted(self.view.versions.items())),
            "segments": self.models.pins()["segments"],
            "features": self.models.definitions.digest,
            "libraries": software.libraries(),
            "code": software.code(),
            "alert_line": ALERT_LINE,
        }

    def _landed(self) -> Ends | None:
        """Return the part of the window in which there is activity: the rest proves nothing."""
        landed = self.place.lake.span()
        if landed is None:
            return None
        start, end = max(landed.start, self.window.start), min(landed.end, self.window.end)
        return {"from": format_time(start), "to": format_time(end)} if start < end else None


@contextmanager
def opened(
    place: Installation, window: Window, as_of: datetime, *entries: Entry
) -> Iterator[Setting]:
    """Open the window, as far back as the longest of the rule versions needs."""
    reach = max(entry.reach for entry in entries)
    threads = place.settings.threads
    with place.lake.view(window.back_to(reach), as_of, None, threads, keeps=True) as view:
        models = calibration.study_models(place, view, window)
        prepare(view.connection, [])
        yield Setting(place, view, window, models, models.peers(view))


def window_of(place: Installation, start: datetime | None, end: datetime | None) -> Window:
    """Return the window asked for, as far as activity has landed; by default its last 30 days.

    Activity counts in whole days: a study must not claim to have looked where nothing could be
    seen, because how much was looked at is what speaks for a rule.

    Raises:
        SurveillanceError: nothing has landed, or not then, or only one end is given.
    """
    if (start is None) != (end is None):
        raise SurveillanceError("expected both --from and --to, or neither")
    landed = place.lake.span()
    if landed is None:
        raise SurveillanceError("expected activity in the lake, was none; pull some first")
    last = EPOCH - (EPOCH - landed.end) // _DAY * _DAY
    first = EPOCH + (landed.start - EPOCH) // _DAY * _DAY
    if start is None or end is None:
        return Window(max(first, last - _DAYS * _DAY), last + RIPENING)
    if start >= last or end <= first:
        there = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
        raise SurveillanceError(f"expected a window with activity, which is there from {there}")
    return Window(max(first, start), min(last + RIPENING, end))


def expect_judged(entry: Entry, verdict: Verdict) -> None:
    """Refuse a verdict that found nothing because it could not look: it speaks for no rule.

    Raises:
        SurveillanceError: feeds or traders are missing; the message says which.
    """
    if verdict.outcome is Outcome.INSUFFICIENT_DATA:
        raise SurveillanceError(
            f"expected what {entry.rule.id} needs to judge the window, was: {verdict.reason}"
        )


def version_in_force(session: Session, rule_id: str, at: datetime) -> Entry | None:
    """Return the version of a rule that judges a window which ends at ``at``, or None."""
    version = lifecycle.active(session, at).get(rule_id)
    if version is None:
        return None
    return recall_rule(rulebooks.rule_text(session, rule_id, version), f"{rule_id}@{version}")


def alerts(verdict: Verdict) -> list[Hit]:
    """Return the hits that an officer would be shown."""
    return [hit for hit in verdict.hits if hit.score >= ALERT_LINE]


def rule_summary(setting: Setting, entry: Entry) -> RuleSummary:
    """Return what a study stores of a rule version."""
    rule, detectors = entry.rule, setting.models_of(entry).pins()["detectors"]
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "risk": rule.risk,
        "typology": rule.typology,
        "severity": rule.severity,
        "description": rule.description,
        "digest": entry.digest,
        "text_digest": entry.text_digest,
        "text": entry.text,
        "detector": detectors.get(rule.id),
        "parameters": {name: parameter.model_dump() for name, parameter in rule.parameters.items()},
    }
