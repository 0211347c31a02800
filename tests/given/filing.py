"""Dossiers of made-up owners, filed, for tests of what officers do with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from surveillance.canonical import digest
from surveillance.casework import cases, filings, intake
from surveillance.model import Dossier, Severity, Sighting
from surveillance.records.tables import (
    Alert,
    Case,
    CaseState,
    FilingRow,
    Officer,
    Report,
    Role,
)
from tests.given.dossiers import NOON, after, dossier, hit

LATER = NOON + timedelta(hours=1)
"""When tests file what was found at noon."""


def dossier_of(
    owner: str | None = "OWN-1",
    trader: str | None = "T-1",
    *,
    score: float = 80.0,
    severity: Severity = Severity.HIGH,
    seconds: float = 0,
    **of_hit: Any,
) -> Dossier:
    """Build a dossier of an owner's (or only a trader's) hit, ``seconds`` after noon."""
    judged = replace(
        hit(),
        trader_id=trader,
        owner_id=owner,
        score=score,
        severity=severity,
        at=after(seconds),
    )
    return dossier(
        hit=replace(judged, **of_hit),
        subject={"trader_id": trader, "owner_id": owner},
        accounts=(trader,) if trader else (),
    )


def file(
    session: Session, dossiers: Sequence[Dossier], at: datetime, apart: timedelta | None = None
) -> intake.Filed:
    """File the hits of dossiers as a run files its own; alone, unless ``apart`` says otherwise."""
    sightings = [sighting_of(dossier, apart) for dossier in dossiers]
    of_hit = {dossier.hit.id: dossier for dossier in dossiers}
    return intake.file(session, sightings, lambda hits: [of_hit[hit.id] for hit in hits], at)


def sighting_of(dossier: Dossier, apart: timedelta | None = None) -> Sighting:
    """Return what filing needs to know of the hit of a dossier."""
    hit = dossier.hit
    return Sighting(
        hit=hit,
        run_id=dossier.run_id,
        owner_id=hit.owner_id or dossier.subject.get("owner_id"),
        accounts=dossier.accounts,
        started_at=hit.started_at,
        ended_at=hit.at,
        apart=apart,
    )


def opened(session: Session, *dossiers: Dossier) -> Case:
    """File dossiers (one by default) and return the case of the last one."""
    filed = dossiers or (dossier_of(),)
    file(session, filed, LATER)
    alert = session.get_one(Alert, filed[-1].hit.id)
    return session.get_one(Case, alert.case_id)


def taken(session: Session, officer: Officer, *dossiers: Dossier) -> Case:
    """File dossiers and have ``officer`` take the case of the last one."""
    case = opened(session, *dossiers)
    return cases.assign(session, case.id, officer, officer, LATER)


def drafted(
    session: Session, case: Case, officer: Officer, kind: str = "stor-mar", at: datetime = LATER
) -> FilingRow:
    """Have ``officer`` draft a filing of a case, escalated for it, of a PDF that nobody wrote."""
    if case.state is CaseState.INVESTIGATING:
        cases.escalate(session, case.id, officer, "bait", at)
    report = Report(
        kind=kind,
        case_id=case.id,
        sha256=digest(f"{case.id} {kind} {at}"),
        path="none.pdf",
        created_at=at,
        journal_head="0",
    )
    session.add(report)
    session.flush()
    return filings.draft(session, officer, report, reason="It is real.", at=at)


def sent(session: Session, case: Case, officer: Officer, boss: Officer) -> FilingRow:
    """Have a filing of a case drafted, approved and sent."""
    filing = drafted(session, case, officer)
    filings.approve(session, filing.id, boss, LATER)
    return filings.sent(
        session, filing.id, officer, authority="BaFin", reference="S-1", sent_at=LATER, at=LATER
    )


def enrol_staff(session: Session) -> dict[str, Officer]:
    """Add officers who need no password to act, and return them by id."""
    roles = {
        "officer-1": Role.OFFICER,
        "officer-2": Role.OFFICER,
        "supervisor-1": Role.SUPERVISOR,
        "supervisor-2": Role.SUPERVISOR,
        "auditor-1": Role.AUDITOR,
        "admin-1": Role.ADMIN,
    }
    people = [
        Officer(id=name, role=role, password_hash="", created_at=NOON)
        for name, role in roles.items()
    ]
    session.add_all(people)
    session.commit()
    return {person.id: person for person in people}
