"""A furnished floor: officers who can sign in, and cases in every state."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.casework import cases, closings
from surveillance.model import Dossier, Risk, Scene, Severity
from surveillance.playback import Playback
from surveillance.records import officers
from surveillance.records.tables import Alert, Case, Disposition, Officer, Role
from tests.given import filing
from tests.given.dossiers import DAY, after, dossier, hit, transfer_rows

PASSWORD = "correct horse battery"
STAFF = {
    "admin-1": Role.ADMIN,
    "auditor-1": Role.AUDITOR,
    "officer-1": Role.OFFICER,
    "officer-2": Role.OFFICER,
    "supervisor-1": Role.SUPERVISOR,
    "supervisor-2": Role.SUPERVISOR,
}


def furnish(engine: Engine, now: datetime) -> None:
    """Enrol everybody, file alerts over the last weeks, and work on some of the cases."""
    with Session(engine, expire_on_commit=False) as session:
        people = enrol(session, now - timedelta(days=90))
        for number, recent in enumerate(recent_dossiers()):
            filing.file(session, [recent], now - timedelta(hours=3 + 31 * number))
        work(session, people, now)
        session.commit()


def enrol(session: Session, at: datetime) -> dict[str, Officer]:
    """Add the staff, the admin first; all have the same password."""
    people: dict[str, Officer] = {}
    for name, role in STAFF.items():
        admin = people.get("admin-1")
        people[name] = officers.enrol(session, admin, name, PASSWORD, role, at=at)
    return people


def recent_dossiers() -> list[Dossier]:
    """Return dossiers of several owners: trading, payments, one of them twice."""
    return [
        spoofing("T-1042", 97.5, severity=Severity.CRITICAL),
        spoofing("T-1042", 81.25, seconds=600),
        passed_through("T-3307", 88.0),
        spoofing("T-2210", 74.5, severity=Severity.MEDIUM),
        passed_through("T-4471", 69.0, severity=Severity.MEDIUM),
        spoofing("T-5120", 91.0),
        spoofing("T-6009", 63.5, severity=Severity.LOW),
        spoofing("T-7734", 79.0),
        passed_through("T-8108", 72.25, severity=Severity.LOW),
    ]


def spoofing(trader: str, score: float, *, seconds: float = 42, **of_hit: object) -> Dossier:
    """Build a dossier of an order-book scene."""
    more: dict[str, Any] = {"at": after(seconds), "score": score, **of_hit}
    return dossier(hit=hit(trader=trader, **more), subject=holder(trader), accounts=(trader,))


def passed_through(trader: str, score: float, **of_hit: object) -> Dossier:
    """Build a dossier of money that came in pieces and left at once."""
    measured = {"share_out": "0.97", "minutes_held": 107, "deposits": 7}
    passing = hit(
        "pass_through",
        trader,
        risk=Risk.KYC_AML,
        typology="structuring",
        instrument=None,
        score=score,
        measures=measured,
        thresholds={"share_out": "0.9", "minutes_held": 240, "deposits": 5},
        evidence={"transfers": tuple(f"x-{i}" for i in range(7))},
        reasons=("97 % of what came in since 08:15 left for one address within two hours.",),
        **of_hit,
    )
    rule = {**dossier().rule, "id": "pass_through", "title": "Pass-Through of Deposits"}
    return dossier(
        hit=passing,
        rule={**rule, "risk": "kyc_aml", "typology": "structuring"},
        scene=Scene(DAY),
        rows={"transfers": transfer_rows()},
        row_counts={"transfers": 8},
        subject=holder(trader),
        accounts=(trader,),
        instrument={},
        peers={"share_out p95": "0.41"},
        playback=Playback(),
    )


def holder(trader: str) -> Mapping[str, str | None]:
    """Return the account record of a made-up holder."""
    known = {"trader_id": trader, "owner_id": f"OWN-{trader[2:]}", "country": "LT"}
    return {**dossier().subject, **known, "name": f"Account Holder {trader[2:]}"}


def work(session: Session, people: Mapping[str, Officer], now: datetime) -> None:
    """Take some cases through their states."""
    officer, colleague = people["officer-1"], people["officer-2"]
    first, second, third, fourth = (case_of(session, f"OWN-{n}") for n in (2210, 3307, 4471, 5120))
    for case, assignee in (
        (first, officer),
        (second, officer),
        (third, colleague),
        (fourth, colleague),
    ):
        cases.assign(session, case.id, assignee, assignee, now - timedelta(hours=2))
    cases.comment(session, first.id, officer, "Asked the desk for its quoting agreement.", now)
    cases.escalate(session, second.id, officer, "Same address as two closed cases.", now)
    nothing = Disposition.FALSE_POSITIVE
    why = "Refreshes both sides of its quote under a market-making agreement."
    closings.dispose(session, third.id, colleague, nothing, reason=why, at=now)
    filing.drafted(session, fourth, colleague, at=now)


def case_of(session: Session, subject: str) -> Case:
    """Return the case of an owner."""
    return session.exec(select(Case).where(Case.subject == subject)).one()


def alerts_of(session: Session, case: Case) -> list[Alert]:
    """Return the alerts of a case."""
    return list(session.exec(select(Alert).where(Alert.case_id == case.id)))
