"""The file of a case: all that is known of it, and nothing that writes.

It parses the dossiers back into the values that detection filed, so that a screen and a report
draw from the same nouns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from surveillance.casework import filings
from surveillance.casework.alerts import STANDING, hits_of
from surveillance.casework.findings import findings
from surveillance.casework.queue import BY_SCORE, CaseSummary, summaries
from surveillance.casework.stored import dossier_of, hit_of
from surveillance.errors import CaseError
from surveillance.model import Dossier, Hit
from surveillance.records.tables import (
    Alert,
    AlertHit,
    Approval,
    Case,
    CaseRead,
    Comment,
    FilingRow,
    JournalEntry,
    Matter,
    NearHit,
    PatternHit,
    Report,
)


@dataclass(frozen=True, slots=True)
class CountedHit:
    """A hit that an alert counts; one below the line that is an alert by now counts there."""

    id: str
    run_id: str
    added_at: datetime
    hit: Hit
    is_alert: bool


@dataclass(frozen=True, slots=True)
class AlertFile:
    """One alert with everything that was gathered of it; ``digest`` is the dossier's.

    ``hits`` are all that it counts, ``counted`` those below the line that make up a pattern, both
    in order of time; ``first_act`` and ``last_act`` are the times of the rows behind them, and
    ``money`` is what their trades and transfers are worth, USD, or empty.
    """

    id: str
    filed_at: datetime
    digest: str
    dossier: Dossier
    first_act: datetime
    last_act: datetime
    money: str = ""
    hits: tuple[CountedHit, ...] = ()
    counted: tuple[CountedHit, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that is known of a case; alerts by score from the top, the rest in order of time.

    ``findings`` are the same alerts, those on the same conduct together.
    """

    case: Case
    summary: CaseSummary
    alerts: tuple[AlertFile, ...]
    findings: tuple[tuple[AlertFile, ...], ...]
    comments: tuple[Comment, ...]
    approvals: tuple[Approval, ...]
    journal: tuple[JournalEntry, ...]
    reports: tuple[Report, ...]
    filings: tuple[FilingRow, ...]
    reads: tuple[CaseRead, ...]
    earlier: tuple[CaseSummary, ...]


def case_file(session: Session, case_id: str, *, now: datetime) -> CaseFile:
    """Return everything known of a case; log the access first with ``cases.read``."""
    case = session.get(Case, case_id)
    if case is None:
        raise CaseError(f"expected the id of a case, was {case_id!r}")
    standing = select(Alert).where(Alert.case_id == case_id, STANDING)
    alerts = session.exec(standing.order_by(*BY_SCORE)).all()
    counted = counted_of(session, case_id)
    alert_files = tuple(alert_file(session, alert, counted.get(alert.id, ())) for alert in alerts)
    filed = filings.of_case(session, case_id)
    subjects_of = [f"case:{case_id}", *(f"filing:{filing.id}" for filing in filed)]
    entries = select(JournalEntry).where(col(JournalEntry.subject).in_(subjects_of))
    asked = [case_id, *(filing.id for filing in filed)]
    about = (Matter.CASE, Matter.FILING)
    approvals = select(Approval).where(
        col(Approval.matter).in_(about), col(Approval.subject).in_(asked)
    )
    return CaseFile(
        case=case,
        summary=summaries(session, [case], now)[0],
        alerts=alert_files,
        findings=tuple(tuple(alert_files[n] for n in places) for places in _kindred(alert_files)),
        comments=_all(session, select(Comment).where(Comment.case_id == case_id), Comment.id),
        approvals=_all(session, approvals, Approval.id),
        journal=_all(session, entries, JournalEntry.seq),
        reports=_all(session, select(Report).where(Report.case_id == case_id), Report.id),
        filings=tuple(filed),
        reads=_all(session, select(CaseRead).where(CaseRead.case_id == case_id), CaseRead.id),
        earlier=summaries(session, earlier_of(session, case), now),
    )


def earlier_of(session: Session, case: Case) -> tuple[Case, ...]:
    """Return the earlier cases of a subject, the first opened first."""
    subjects = {case.subject, case.owner_id or case.subject}
    earlier = select(Case).where(
        or_(col(Case.subject).in_(subjects), col(Case.owner_id).in_(subjects)),
        Case.id != case.id,
        Case.opened_at <= case.opened_at,
    )
    return _all(session, earlier, Case.opened_at)


def alert_file(session: Session, alert: Alert, counted: tuple[CountedHit, ...]) -> AlertFile:
    """Return an alert with all that was gathered of it."""
    hits = tuple(
        CountedHit(
            id=row.hit_id,
            run_id=row.run_id,
            added_at=row.added_at,
            hit=hit_of(row),
            is_alert=False,
        )
        for row in hits_of(session, [alert.id])
    )
    return AlertFile(
        id=alert.id,
        filed_at=alert.filed_at,
        digest=alert.dossier_digest,
        dossier=dossier_of(session, alert),
        first_act=alert.first_act,
        last_act=alert.last_act,
        money=alert.money,
        hits=hits,
        counted=counted,
    )


def _kindred(alert_files: Sequence[AlertFile]) -> list[list[int]]:
    return findings([[counted.hit for counted in each.hits] for each in alert_files])


def counted_of(session: Session, case_id: str) -> dict[str, tuple[CountedHit, ...]]:
    """Return the hits below the line that each pattern of a case counts."""
    theirs = select(Alert.id).where(Alert.case_id == case_id)
    rows = session.exec(
        select(NearHit, PatternHit)
        .join(PatternHit)
        .where(col(PatternHit.alert_id).in_(theirs))
        .order_by(col(NearHit.at), col(NearHit.hit_id))
    ).all()
    names = [near.hit_id for near, _ in rows]
    filed = select(AlertHit.hit_id).where(col(AlertHit.hit_id).in_(names))
    risen = set(session.exec(filed))
    by_alert: dict[str, tuple[CountedHit, ...]] = {}
    for near, member in rows:
        counted = CountedHit(
            id=near.hit_id,
            run_id=near.run_id,
            added_at=member.added_at,
            hit=hit_of(near),
            is_alert=near.hit_id in risen,
        )
        by_alert[member.alert_id] = (*by_alert.get(member.alert_id, ()), counted)
    return by_alert


def _all(session: Session, rows: Any, order: Any) -> tuple[Any, ...]:
    return tuple(session.exec(rows.order_by(order)))
