"""In which state of a filing what can be done with it, and by whom."""

from enum import StrEnum

from surveillance.errors import CaseError
from surveillance.records import approvals
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import (
    Approval,
    FilingRow,
    FilingState,
    Officer,
)


class FilingAction(StrEnum):
    """What can be done with a filing."""

    APPROVE = "approve"
    REFUSE = "refuse"
    SEND = "sent"
    ACKNOWLEDGE = "acknowledged"
    RETURN = "returned"
    AMEND = "amend"


OPEN = (FilingState.DRAFT, FilingState.APPROVED)
"""What is on its way out."""

STANDING = (FilingState.SENT, FilingState.ACKNOWLEDGED)
"""What an authority has, and has not sent back."""

_ANSWERED = (*STANDING, FilingState.RETURNED)

_STATES = {
    FilingAction.APPROVE: (FilingState.DRAFT,),
    FilingAction.REFUSE: (FilingState.DRAFT,),
    FilingAction.SEND: (FilingState.APPROVED,),
    FilingAction.ACKNOWLEDGE: (FilingState.SENT,),
    FilingAction.RETURN: STANDING,
    FilingAction.AMEND: _ANSWERED,
}


def require(
    filing: FilingRow, action: FilingAction, officer: Officer, proposal: Approval | None
) -> None:
    """Raise a SurveillanceError unless an officer may do this with a filing as it stands."""
    officer.require(*WORKERS)
    require_state(filing, action)
    if action is FilingAction.APPROVE:
        approvals.require_grantable(proposal, officer)
    if action is FilingAction.REFUSE:
        approvals.require_refusable(proposal, officer)


def require_state(filing: FilingRow, action: FilingAction) -> None:
    """Raise a CaseError unless a filing is in a state in which this is done."""
    if filing.state not in _STATES[action]:
        wanted = " or ".join(_STATES[action])
        raise CaseError(f"expected a filing that is {wanted}, was {filing.state}")
