"""What is shown as allowed is exactly what is not refused: for cases and for suppressions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from surveillance.casework import cases, filings, permissions, suppressions
from surveillance.casework.filings import FilingAction
from surveillance.casework.permissions import CaseAction
from surveillance.casework.suppressions import SuppressionAction
from surveillance.errors import CaseError
from surveillance.governance import lifecycle
from surveillance.records.tables import Case, CaseState, Disposition, FilingState, Officer
from tests.given.dossiers import NOON
from tests.given.filing import LATER, drafted, opened, sent, taken
from tests.given.rulebooks import book, entry

DAY = timedelta(days=1)
EVERYBODY = ("officer-1", "officer-2", "supervisor-1", "supervisor-2", "auditor-1", "admin-1")
Staff = dict[str, Officer]


def dispose(session: Session, case: Case, officer: Officer, disposition: Disposition) -> None:
    cases.dispose(session, case.id, officer, disposition, reason="a hedge", at=LATER)


VERBS: dict[CaseAction, Callable[[Session, Case, Officer], object]] = {
    CaseAction.ASSIGN: lambda s, case, who: cases.assign(s, case.id, who, who, LATER),
    CaseAction.COMMENT: lambda s, case, who: cases.comment(s, case.id, who, "a note", LATER),
    CaseAction.ESCALATE: lambda s, case, who: cases.escalate(s, case.id, who, "bait", LATER),
    CaseAction.DISPOSE: lambda s, case, who: dispose(s, case, who, Disposition.CONFIRMED),
    CaseAction.REOPEN: lambda s, case, who: cases.reopen(s, case.id, who, "new facts", LATER),
}
SUPPRESSION_VERBS: dict[SuppressionAction, Callable[[Session, int, Officer], object]] = {
    SuppressionAction.APPROVE: lambda s, n, who: suppressions.grant(s, n, who, LATER),
    SuppressionAction.REFUSE: lambda s, n, who: suppressions.refuse(s, n, who, "No.", LATER),
    SuppressionAction.LIFT: lambda s, n, who: suppressions.lift(s, n, who, "Over.", LATER),
}


def passes(session: Session, verb: Callable[[], object]) -> bool:
    try:
        verb()
    except CaseError:
        return False
    finally:
        session.rollback()
    return True


def bring_to(session: Session, state: CaseState, staff: Staff) -> Case:
    case = opened(session)
    if state is not CaseState.OPEN:
        cases.assign(session, case.id, staff["officer-1"], staff["officer-1"], LATER)
    if state is CaseState.ESCALATED:
        cases.escalate(session, case.id, staff["officer-1"], "bait", LATER)
    if state is CaseState.CLOSED:
        dispose(session, case, staff["officer-1"], Disposition.FALSE_POSITIVE)
    session.commit()
    return case


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("state", CaseState)
def test_of_a_case_whatever_is_allowed_can_be_done_and_nothing_else(
    session: Session, staff: Staff, state: CaseState, who: str
) -> None:
    case = bring_to(session, state, staff)
    allowed = permissions.allowed(case, staff[who])
    done = {
        action
        for action, verb in VERBS.items()
        if passes(session, lambda verb=verb: verb(session, case, staff[who]))  # type: ignore[misc]
    }
    assert allowed - {CaseAction.REPORT} == done
    assert (CaseAction.REPORT in allowed) == who.startswith(("officer", "supervisor"))


FILING_VERBS: dict[FilingAction, Callable[[Session, str, Officer], object]] = {
    FilingAction.APPROVE: lambda s, name, who: filings.approve(s, name, who, LATER),
    FilingAction.REFUSE: lambda s, name, who: filings.refuse(s, name, who, "Thin.", LATER),
    FilingAction.SEND: lambda s, name, who: filings.sent(
        s, name, who, authority="BaFin", reference="S-1", sent_at=LATER, at=LATER
    ),
    FilingAction.ACKNOWLEDGE: lambda s, name, who: filings.acknowledged(
        s, name, who, answer="R-1", answered_at=LATER, at=LATER
    ),
    FilingAction.RETURN: lambda s, name, who: filings.returned(
        s, name, who, answer="No LEI.", answered_at=LATER, at=LATER
    ),
}


def filing_in(session: Session, state: FilingState, staff: Staff) -> str:
    officer, boss = staff["officer-1"], staff["supervisor-1"]
    case = taken(session, officer)
    if state in (FilingState.DRAFT, FilingState.REFUSED, FilingState.APPROVED):
        row = drafted(session, case, officer)
    else:
        row = sent(session, case, officer, boss)
    steps: dict[FilingState, Callable[[], object]] = {
        FilingState.REFUSED: lambda: filings.refuse(session, row.id, boss, "Thin.", LATER),
        FilingState.APPROVED: lambda: filings.approve(session, row.id, boss, LATER),
        FilingState.ACKNOWLEDGED: lambda: FILING_VERBS[FilingAction.ACKNOWLEDGE](
            session, row.id, officer
        ),
        FilingState.RETURNED: lambda: FILING_VERBS[FilingAction.RETURN](session, row.id, officer),
    }
    steps.get(state, lambda: None)()
    session.commit()
    return row.id


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("state", [state for state in FilingState if state != "amended"])
def test_of_a_filing_whatever_is_allowed_can_be_done_and_nothing_else(
    session: Session, staff: Staff, state: FilingState, who: str
) -> None:
    name = filing_in(session, state, staff)
    row = next(row for row in filings.listed(session, closed=True) if row.id == name)
    allowed = filings.allowed(session, row, staff[who])
    done = {
        action
        for action, verb in FILING_VERBS.items()
        if passes(session, lambda verb=verb: verb(session, name, staff[who]))  # type: ignore[misc]
    }
    assert allowed - {FilingAction.AMEND} == done


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("state", ["waiting", "refused", "in_force", "expired", "lapsed"])
def test_of_a_suppression_whatever_is_allowed_can_be_done_and_nothing_else(
    session: Session, staff: Staff, state: str, who: str
) -> None:
    lifecycle.adopt(session, book(entry(name="spoofing")), NOON - DAY)
    until = LATER if state in ("expired", "lapsed") else LATER + DAY
    row = suppressions.propose(
        session, staff["officer-1"], "spoofing", "OWN-1", until=until, reason="Known.", at=NOON
    )
    number = row.id or 0
    if state in ("in_force", "expired"):
        suppressions.grant(session, number, staff["supervisor-1"], NOON)
    if state == "refused":
        suppressions.refuse(session, number, staff["supervisor-1"], "Too wide.", NOON)
    session.commit()

    [summary] = suppressions.listed(session, LATER)
    done = {
        action
        for action, verb in SUPPRESSION_VERBS.items()
        if passes(session, lambda verb=verb: verb(session, number, staff[who]))  # type: ignore[misc]
    }
    assert suppressions.allowed(summary, staff[who]) == done


def test_a_proposal_whose_date_has_passed_can_still_be_taken_back(
    session: Session, staff: Staff
) -> None:
    lifecycle.adopt(session, book(entry(name="spoofing")), NOON - DAY)
    suppressions.propose(
        session, staff["officer-1"], "spoofing", "OWN-1", until=LATER, reason="Known.", at=NOON
    )
    [summary] = suppressions.listed(session, LATER)
    assert suppressions.allowed(summary, staff["officer-1"]) == {SuppressionAction.REFUSE}
