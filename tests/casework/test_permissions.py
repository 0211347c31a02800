"""What is shown as allowed is exactly what is not refused: for cases and for suppressions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from surveillance.casework import (
    attachments,
    cases,
    closings,
    filings,
    links,
    permissions,
    reviews,
    suppressions,
)
from surveillance.casework.filings import FilingAction
from surveillance.casework.permissions import CaseAction
from surveillance.casework.policy import Policy
from surveillance.casework.suppressions import SuppressionAction
from surveillance.errors import CaseError
from surveillance.governance import lifecycle
from surveillance.model import Severity
from surveillance.records import approvals
from surveillance.records.tables import (
    Case,
    CaseState,
    Disposition,
    FilingState,
    Matter,
    Officer,
)
from tests.given.dossiers import NOON
from tests.given.filing import LATER, dossier_of, drafted, opened, sent, taken
from tests.given.rulebooks import book, entry

DAY = timedelta(days=1)
# Who may do what does not depend on the database: test_cases.py works on both.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
EVERYBODY = ("officer-1", "officer-2", "supervisor-1", "supervisor-2", "auditor-1", "admin-1")
Staff = dict[str, Officer]


def dispose(session: Session, case: Case, officer: Officer, disposition: Disposition) -> None:
    closings.dispose(session, case.id, officer, disposition, reason="a hedge", at=LATER)


VERBS: dict[CaseAction, Callable[[Session, Case, Officer], object]] = {
    CaseAction.ASSIGN: lambda s, case, who: cases.assign(s, case.id, who, who, LATER),
    CaseAction.RELEASE: lambda s, case, who: cases.release(s, case.id, who, "ill", LATER),
    CaseAction.SNOOZE: lambda s, case, who: cases.snooze(
        s, case.id, who, LATER + DAY, "the desk answers", LATER
    ),
    CaseAction.CHECK: lambda s, case, who: cases.check(s, case.id, who, "Look.", LATER, done=True),
    CaseAction.ATTACH: lambda s, case, who: attachments.attach(
        s, case.id, who, "note.txt", b"a note", LATER
    ),
    CaseAction.LINK: lambda s, case, who: links.link(
        s, case.id, who, opened(s, dossier_of("OWN-2", "T-2")).id, "one hand", LATER
    ),
    CaseAction.RESTRICT: lambda s, case, who: cases.restrict(
        s, case.id, who, s.get_one(Officer, "auditor-1"), "a cousin", LATER
    ),
    CaseAction.REVIEW: lambda s, case, who: reviews.review(
        s, case.id, who, agrees=True, reason="plain", at=LATER
    ),
    CaseAction.COMMENT: lambda s, case, who: cases.comment(s, case.id, who, "a note", LATER),
    CaseAction.ESCALATE: lambda s, case, who: cases.escalate(s, case.id, who, "bait", LATER),
    CaseAction.DISPOSE: lambda s, case, who: dispose(s, case, who, Disposition.CONFIRMED),
    CaseAction.APPROVE: lambda s, case, who: closings.approve(s, case.id, who, LATER),
    CaseAction.REFUSE: lambda s, case, who: closings.refuse(s, case.id, who, "thin", LATER),
    CaseAction.REOPEN: lambda s, case, who: closings.reopen(s, case.id, who, "new facts", LATER),
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
        case.sampled_at = LATER
    if state in EVERYBODY:
        closings.dispose(
            session, case.id, staff[state], Disposition.CONFIRMED,
            reason="no hedge", at=LATER, policy=Policy(frozenset(Severity)),
        )  # fmt: skip
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
