"""What an officer may do with a case: said once, to refuse it and to show it.

    open -> investigating -> escalated -> closed, and reopened to investigating

Taking a case (``assign``) opens the investigation. It closes from investigating or escalated; as
``reported`` only when a second officer approves.
"""

from enum import StrEnum

from surveillance.errors import CaseError
from surveillance.records import approvals, permissions
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Approval, Case, CaseState, Officer, Role


class CaseAction(StrEnum):
    """What can be done with a case."""

    ASSIGN = "assign"
    COMMENT = "comment"
    ESCALATE = "escalate"
    DISPOSE = "dispose"
    APPROVE = "approve"
    REFUSE = "refuse"
    REOPEN = "reopen"
    REPORT = "report"


_UNDER_WAY = (CaseState.INVESTIGATING, CaseState.ESCALATED)
_STATES = {
    CaseAction.ASSIGN: (CaseState.OPEN, *_UNDER_WAY),
    CaseAction.COMMENT: tuple(CaseState),
    CaseAction.ESCALATE: (CaseState.INVESTIGATING,),
    CaseAction.DISPOSE: _UNDER_WAY,
    CaseAction.APPROVE: (CaseState.ESCALATED,),
    CaseAction.REFUSE: (CaseState.ESCALATED,),
    CaseAction.REOPEN: (CaseState.CLOSED,),
    CaseAction.REPORT: tuple(CaseState),
}


def require_role(action: CaseAction, officer: Officer) -> None:
    """Raise a CaseError unless the role of an officer allows this with any case."""
    officer.require(*((Role.SUPERVISOR,) if action is CaseAction.APPROVE else WORKERS))


def require(action: CaseAction, case: Case, officer: Officer, proposal: Approval | None) -> None:
    """Raise a CaseError unless an officer may do this with a case as it stands.

    ``proposal`` is the one to close it as reported that waits for a second officer, if any.
    """
    require_role(action, officer)
    if case.state not in _STATES[action]:
        wanted = " or ".join(_STATES[action])
        raise CaseError(f"expected a case that is {wanted}, was {case.state}")
    if action is CaseAction.DISPOSE and proposal is not None:
        raise CaseError(f"expected no proposal in wait, was one by {proposal.proposed_by}")
    if action is CaseAction.APPROVE:
        approvals.require_grantable(proposal, officer)
    if action is CaseAction.REFUSE:
        approvals.require_refusable(proposal, officer)


def allowed(case: Case, officer: Officer, proposal: Approval | None) -> frozenset[CaseAction]:
    """Return what an officer may do with a case as it stands."""
    return permissions.allowed(CaseAction, lambda action: require(action, case, officer, proposal))
