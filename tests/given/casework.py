"""A real case in a real database, worked on by officers, for reports to be made of."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from surveillance.casework import cases, files, queue
from surveillance.config.sections import Institution
from surveillance.model import Dossier
from surveillance.records import database, journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer, Role
from tests.given import filing
from tests.given.dossiers import dossier, hit

AT = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
VENUE = Institution(
    name="Example Derivatives Venue",
    legal_form="UAB",
    lei="00000000000000000098",
    address="1 Exchange Square\n01103 Vilnius",
    country="LT",
    acting_capacity="Operating a trading platform",
    trading_activity="Operation of an order book; no trading on own account",
    contact_name="Market Surveillance Desk",
    contact_email="surveillance@venue.example",
    mic="XVEN",
)
OFFICER = Officer(
    id="officer-1",
    name="Compliance Officer 1",
    position="Head of surveillance",
    email="officer-1@venue.example",
    role=Role.OFFICER,
    password_hash="none",
    created_at=AT,
)


def case_file(
    dossiers: Sequence[Dossier] = (), comment: str = "The pattern repeats."
) -> tuple[files.CaseFile, Anchor]:
    """File dossiers, escalate the case, and return it as the reports see it."""
    engine = database.engine("sqlite://")
    database.migrate(engine)
    boss = Officer(
        id="supervisor-1", role=Role.SUPERVISOR, password_hash="none", created_at=AT, name="S 1"
    )
    with Session(engine, expire_on_commit=False) as session:
        officer = session.merge(OFFICER)
        session.add(boss)
        session.flush()
        filing.file(session, dossiers or [dossier()], AT)
        [case] = queue.queue(session, now=AT).cases
        moments = (AT + timedelta(minutes=11 * i) for i in range(1, 9))
        cases.assign(session, case.id, officer, officer, next(moments))
        cases.read(session, case.id, officer, next(moments))
        cases.comment(session, case.id, officer, comment, next(moments))
        cases.escalate(session, case.id, officer, "Bait and switch, six times.", next(moments))
        cases.read(session, case.id, boss, next(moments))
        session.flush()
        file = files.case_file(session, case.id, now=AT)
        head = journal.head(session)
        session.commit()
    return file, head


def several(count: int = 6) -> list[Dossier]:
    """Return dossiers of one trader, an hour apart."""
    shift = timedelta(hours=1)
    start = hit().at
    return [
        dossier(hit=hit(at=start + i * shift, started_at=start + i * shift - shift / 90))
        for i in range(count)
    ]


__all__ = ["AT", "OFFICER", "VENUE", "case_file", "several"]
