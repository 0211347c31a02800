"""What is shown as allowed is exactly what is not refused: for cases and for suppressions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from surveillance.casework import cases, permissions, suppressions
from surveillance.casework.permissions import CaseAction
from surveillance.casework.suppressions import SuppressionAction
from surveillance.errors import CaseError
from surveillance.governance import lifecycle
from surveillance.records import approvals
from surveillance.records.tables import Case, CaseState, Disposition, Matter, Officer
from tests.given.dossiers import NOON
from tests.given.filing import LATER, opened
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
    CaseAction.APPROVE: lambda s, case, who: cases.approve(s, case.id, who, LATER),
    CaseAction.REFUSE: lambda s, case, who: cases.refuse(s, case.id, who, "thin", LATER),
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


def bring_to(session: Session, state: CaseState | str, staff: Staff) -> Case:
    case = opened(session)
    if state is not CaseState.OPEN:
        cases.assign(session, case.id, staff["officer-1"], staff["officer-1"], LATER)
    if state is CaseState.ESCALATED:
        cases.escalate(session, case.id, staff["officer-1"], "bait", LATER)
    if state is CaseState.CLOSED:
        dispose(session, case, staff["officer-1"], Disposition.FALSE_POSITIVE)
    if state in EVERYBODY:
        dispose(session, case, staff[state], Disposition.REPORTED)
    session.commit()
    return case


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("state", [*CaseState, "officer-1", "supervisor-1"])
def test_of_a_case_whatever_is_allowed_can_be_done_and_nothing_else(
    session: Session, staff: Staff, state: CaseState | str, who: str
) -> None:
    case = bring_to(session, state, staff)
    proposal = approvals.pending(session, Matter.CASE, case.id)
    allowed = permissions.allowed(case, staff[who], proposal)
    done = {
        action
        for action, verb in VERBS.items()
        if passes(session, lambda verb=verb: verb(session, case, staff[who]))  # type: ignore[misc]
    }
    assert allowed - {CaseAction.REPORT} == done
    assert (CaseAction.REPORT in allowed) == who.startswith(("officer", "supervisor"))


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
