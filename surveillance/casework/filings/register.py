"""What is filed of which case: asked, not changed."""

from sqlmodel import Session, col, select

from surveillance.casework.filings.states import OPEN, STANDING, FilingAction, require
from surveillance.errors import CaseError
from surveillance.records import approvals, permissions
from surveillance.records.tables import (
    Approval,
    Case,
    CaseState,
    Disposition,
    FilingRow,
    FilingState,
    Matter,
    Officer,
)


def expect_none_under_way(session: Session, case_id: str) -> None:
    """Raise a CaseError while a filing of a case waits to be approved or sent."""
    for row in of_case(session, case_id):
        if row.state in OPEN:
            raise CaseError(f"expected no filing under way, was {row.id}, {row.state}")


def require_sent(session: Session, case_id: str) -> None:
    """Raise a CaseError unless an authority has a filing of this case that it did not return."""
    rows = of_case(session, case_id)
    if not any(row.state in STANDING for row in rows):
        states = ", ".join(row.state for row in rows) or "none"
        raise CaseError(f"expected a filing of the case that was sent, was {states}")


def closings(session: Session, case_id: str) -> tuple[list[Disposition], str]:
    """Return how a case may be closed by its filings, and a word why not otherwise."""
    rows = of_case(session, case_id)
    if way := [row for row in rows if row.state in OPEN]:
        return [], f"Filing {way[0].id} is under way ({way[0].state}): it is sent or refused first."
    if any(row.state in STANDING for row in rows):
        return list(Disposition), ""
    rest: list[Disposition] = [each for each in Disposition if each is not Disposition.REPORTED]
    return rest, "Not as reported: no authority has a filing of this case yet."


def of_case(session: Session, case_id: str) -> list[FilingRow]:
    """Return the filings of a case in the order they were prepared."""
    wanted = select(FilingRow).where(FilingRow.case_id == case_id)
    return list(session.exec(wanted.order_by(col(FilingRow.prepared_at), col(FilingRow.id))))


def listed(session: Session, *, closed: bool = False) -> list[FilingRow]:
    """Return the filings on which something is open, or all, the newest first."""
    wanted = select(FilingRow).order_by(col(FilingRow.prepared_at).desc(), col(FilingRow.id))
    if not closed:
        wanted = wanted.where(
            col(FilingRow.state).in_((*OPEN, FilingState.SENT, FilingState.RETURNED))
        )
    return list(session.exec(wanted))


def unreported(session: Session) -> list[Case]:
    """Return the cases of which suspicion was formed and nothing stands with an authority."""
    reported = select(FilingRow.case_id).where(col(FilingRow.state).in_(STANDING))
    wanted = select(Case).where(Case.state == CaseState.ESCALATED, col(Case.id).not_in(reported))
    return list(session.exec(wanted.order_by(col(Case.suspicion_formed_at), col(Case.id))))


def approval_of(session: Session, filing: FilingRow) -> Approval | None:
    """Return the proposal to file this, decided or not."""
    wanted = select(Approval).where(Approval.matter == Matter.FILING, Approval.subject == filing.id)
    return session.exec(wanted).first()


def allowed(session: Session, filing: FilingRow, officer: Officer) -> frozenset[FilingAction]:
    """Return what an officer may do with a filing as it stands."""
    proposal = approvals.pending(session, Matter.FILING, filing.id)
    return permissions.allowed(
        FilingAction, lambda action: require(filing, action, officer, proposal)
    )


def by_id(session: Session, filing_id: str) -> FilingRow:
    """Return a filing as it stands now; raise a CaseError for an unknown id."""
    filing = session.get(FilingRow, filing_id, populate_existing=True)
    if filing is None:
        raise CaseError(f"expected the id of a filing, was {filing_id!r}")
    return filing
