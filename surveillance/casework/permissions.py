"""What an officer may do with a case: said once, to refuse it and to show it.

    open -> investigating -> escalated -> closed, and reopened to investigating

Taking a case (``assign``) opens the investigation. It closes from investigating or escalated; as
``reported`` only when a filing of it was sent, which takes two officers: see ``filings``. Where its
severity asks for it, it closes only when a second officer approves. Whose a case is decides who
hands it on and who escalates it; a supervisor may take it over.
"""

from enum import StrEnum

from surveillance.errors import CaseError
from surveillance.records import approvals, permissions
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Approval, Case, CaseState, Officer, Role


class CaseAction(StrEnum):
    """What can be done with a case."""

    ASSIGN = "assign"
    RELEASE = "release"
    SNOOZE = "snooze"
    CHECK = "check"
    ATTACH = "attach"
    LINK = "link"
    RESTRICT = "restrict"
    REVIEW = "review"
    COMMENT = "comment"
    ESCALATE = "escalate"
    DISPOSE = "dispose"
    APPROVE = "approve"
    REFUSE = "refuse"
    REOPEN = "reopen"
    REPORT = "report"


_UNDER_WAY = (CaseState.INVESTIGATING, CaseState.ESCALATED)
_IN_WORK = (CaseState.OPEN, *_UNDER_WAY)
_STATES = {
    CaseAction.ASSIGN: _IN_WORK,
    CaseAction.RELEASE: _UNDER_WAY,
    CaseAction.SNOOZE: _IN_WORK,
    CaseAction.CHECK: _UNDER_WAY,
    CaseAction.ATTACH: tuple(CaseState),
    CaseAction.LINK: tuple(CaseState),
    CaseAction.RESTRICT: tuple(CaseState),
    CaseAction.REVIEW: (CaseState.CLOSED,),
    CaseAction.COMMENT: tuple(CaseState),
    CaseAction.ESCALATE: (CaseState.INVESTIGATING,),
    CaseAction.DISPOSE: _UNDER_WAY,
    CaseAction.APPROVE: _UNDER_WAY,
    CaseAction.REFUSE: _UNDER_WAY,
    CaseAction.REOPEN: (CaseState.CLOSED,),
    CaseAction.REPORT: tuple(CaseState),
}


_SUPERVISED = frozenset({CaseAction.APPROVE, CaseAction.RESTRICT, CaseAction.REVIEW})


def require_role(action: CaseAction, officer: Officer) -> None:
    """Raise a CaseError unless the role of an officer allows this with any case."""
    officer.require(*((Role.SUPERVISOR,) if action in _SUPERVISED else WORKERS))


def require(action: CaseAction, case: Case, officer: Officer, proposal: Approval | None) -> None:
    """Raise a CaseError unless an officer may do this with a case as it stands.

    ``proposal`` is the one to close it as reported that waits for a second officer, if any.
    """
    require_role(action, officer)
    if case.state not in _STATES[action]:
        wanted = " or ".join(_STATES[action])
        raise CaseError(f"expected a case that is {wanted}, was {case.state}")
    _require_own(action, case, officer)
    if action in (CaseAction.DISPOSE, CaseAction.ESCALATE) and proposal is not None:
        raise CaseError(f"expected no proposal in wait, was one by {proposal.proposed_by}")
    if action is CaseAction.APPROVE:
        approvals.require_grantable(proposal, officer)
    if action is CaseAction.REFUSE:
        approvals.require_refusable(proposal, officer)


def _require_own(action: CaseAction, case: Case, officer: Officer) -> None:
    mine, is_supervisor = case.assignee == officer.id, officer.role is Role.SUPERVISOR
    whose = case.assignee or "nobody"
    if action is CaseAction.ESCALATE and not mine:
        raise CaseError(f"expected a case that is yours, was {whose}'s; take it first")
    if action is CaseAction.ASSIGN and case.assignee and not (mine or is_supervisor):
        raise CaseError(f"expected a case that is yours or nobody's, was {whose}'s")
    if action is CaseAction.RELEASE and (not case.assignee or not (mine or is_supervisor)):
        raise CaseError(f"expected a case that is yours, was {whose}'s")
    if action is CaseAction.REVIEW:
        if case.sampled_at is None:
            raise CaseError("expected a case that was drawn for review, was another")
        if case.closed_by == officer.id:
            raise CaseError(f"expected another supervisor than {officer.id}, who closed it")


def allowed(case: Case, officer: Officer, proposal: Approval | None) -> frozenset[CaseAction]:
    """Return what an officer may do with a case as it stands."""
    return permissions.allowed(CaseAction, lambda action: require(action, case, officer, proposal))
