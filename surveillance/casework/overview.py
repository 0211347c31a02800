"""A case as a page opens it: a line for each alert, and in full the few that are looked at.

A case may have hundreds of alerts with thousands of hits. The lines come of columns and of one
sentence each, so that what a page costs hardly grows with the case; a report reads it all
(``files``).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.casework import filings, parties
from surveillance.casework.alerts import STANDING
from surveillance.casework.files import AlertFile, alert_file, counted_of, earlier_of
from surveillance.casework.findings import findings
from surveillance.casework.queue import BY_SCORE, CaseSummary, summaries, summed_up
from surveillance.casework.stored import headline_of, sketch_of
from surveillance.model import Hit
from surveillance.records.tables import (
    Alert,
    AlertHit,
    Case,
    CaseRead,
    FilingRow,
    JournalEntry,
    Officer,
    Report,
)

MOST_READ = 3
"""Findings beside the chosen one that are shown with their picture."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert as a list of its case shows it."""

    alert: Alert
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Alerts on the same conduct, the highest score first; ``lead`` is the one that stands for it.

    ``first_act`` and ``last_act`` span the conduct.
    """

    lines: tuple[AlertLine, ...]
    first_act: datetime
    last_act: datetime

    @property
    def lead(self) -> AlertLine:
        """Return the alert of the highest score."""
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class Overview:
    """A case as its page shows it: ``chosen`` in full, then the leads of the next findings."""

    case: Case
    summary: CaseSummary
    findings: tuple[Finding, ...]
    chosen: AlertFile
    leads: tuple[AlertFile, ...]
    journal: tuple[JournalEntry, ...]
    reports: tuple[Report, ...]
    filings: tuple[FilingRow, ...]
    reads: tuple[CaseRead, ...]
    earlier: tuple[CaseSummary, ...]


def overview(
    session: Session, case_id: str, viewer: Officer, *, now: datetime, shown: str = ""
) -> Overview:
    """Return a case as its page shows it; log the access first with ``cases.read``.

    ``shown`` is the id of the alert to show in full; where the case has none of that id it is the
    first. Earlier cases that ``viewer`` must not know of are left out.
    """
    case = session.get_one(Case, case_id)
    standing = select(Alert).where(Alert.case_id == case_id, STANDING)
    alerts = session.exec(standing.order_by(*BY_SCORE)).all()
    chosen = next((alert for alert in alerts if alert.id == shown), alerts[0])
    found = _findings(session, alerts)
    others = [f.lead.alert for f in found if chosen not in [line.alert for line in f.lines]]
    counted = counted_of(session, case_id)
    in_full = [
        alert_file(session, alert, counted.get(alert.id, ()))
        for alert in (chosen, *others[:MOST_READ])
    ]
    kept = parties.hidden_ids(session, viewer)
    earlier = [each for each in earlier_of(session, case) if each.id not in kept]
    filed = filings.of_case(session, case_id)
    subjects = [f"case:{case_id}", *(f"filing:{filing.id}" for filing in filed)]
    entries = select(JournalEntry).where(col(JournalEntry.subject).in_(subjects))
    reports = select(Report).where(Report.case_id == case_id)
    reads = select(CaseRead).where(CaseRead.case_id == case_id)
    return Overview(
        case=case,
        summary=summed_up(session, [case], {case.id: alerts}, now)[0],
        findings=found,
        chosen=in_full[0],
        leads=tuple(in_full[1:]),
        journal=tuple(session.exec(entries.order_by(col(JournalEntry.seq)))),
        reports=tuple(session.exec(reports.order_by(col(Report.id)))),
        filings=tuple(filed),
        reads=tuple(session.exec(reads.order_by(col(CaseRead.id)))),
        earlier=summaries(session, earlier, now),
    )


def _findings(session: Session, alerts: Sequence[Alert]) -> tuple[Finding, ...]:
    hits = _hits(session, alerts)
    titles: dict[str, str] = {}
    lines = [AlertLine(alert, *headline_of(session, alert, titles)) for alert in alerts]
    places = findings([hits[alert.id] for alert in alerts])
    return tuple(_finding(tuple(lines[n] for n in of)) for of in places)


def _finding(lines: tuple[AlertLine, ...]) -> Finding:
    return Finding(
        lines=lines,
        first_act=min(line.alert.first_act for line in lines),
        last_act=max(line.alert.last_act for line in lines),
    )


def _hits(session: Session, alerts: Iterable[Alert]) -> dict[str, list[Hit]]:
    """Return the hits of alerts, with those of alerts that were joined to them."""
    standing = {alert.id: alert.id for alert in alerts}
    case_ids = {alert.case_id for alert in alerts}
    joined = select(Alert.id, Alert.joined_to).where(
        col(Alert.case_id).in_(case_ids), col(Alert.joined_to).is_not(None)
    )
    standing |= {name: to or name for name, to in session.exec(joined)}
    of_case = select(Alert.id).where(col(Alert.case_id).in_(case_ids))
    rows = select(AlertHit.alert_id, AlertHit.body).where(col(AlertHit.alert_id).in_(of_case))
    dealt: dict[str, list[Hit]] = defaultdict(list)
    for alert_id, body in session.exec(rows.order_by(col(AlertHit.at), col(AlertHit.hit_id))):
        dealt[standing[alert_id]].append(sketch_of(body))
    return dealt
