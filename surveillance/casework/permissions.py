"""What an officer may do with a case: said once, to refuse it and to show it.

    open -> investigating -> escalated -> closed, and reopened to investigating

Taking a case (``assign``) opens the investigation. It closes from investigating or escalated; as
``reported`` only when a filing of it was sent, which takes two officers: see ``filings``.
"""

from enum import StrEnum

from surveillance.errors import CaseError
from surveillance.records import permissions
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Case, CaseState, Officer


class CaseAction(StrEnum):
    """What can be done with a case."""

    ASSIGN = "assign"
    COMMENT = "comment"
    ESCALATE = "escalate"
    DISPOSE = "dispose"
    REOPEN = "reopen"
    REPORT = "report"


_UNDER_WAY = (CaseState.INVESTIGATING, CaseState.ESCALATED)
_STATES = {
    CaseAction.ASSIGN: (CaseState.OPEN, *_UNDER_WAY),
    CaseAction.COMMENT: tuple(CaseState),
    CaseAction.ESCALATE: (CaseState.INVESTIGATING,),
    CaseAction.DISPOSE: _UNDER_WAY,
    CaseAction.REOPEN: (CaseState.CLOSED,),
    CaseAction.REPORT: tuple(CaseState),
}


def require_role(officer: Officer) -> None:
    """Raise a CaseError unless the role of an officer allows work on cases."""
    officer.require(*WORKERS)


def require(action: CaseAction, case: Case, officer: Officer) -> None:
    """Raise a CaseError unless an officer may do this with a case as it stands."""
    require_role(officer)
    if case.state not in _STATES[action]:
        wanted = " or ".join(_STATES[action])
        raise CaseError(f"expected a case that is {wanted}, was {case.state}")


def allowed(case: Case, officer: Officer) -> frozenset[CaseAction]:
    """Return what an officer may do with a case as it stands."""
    return permissions.allowed(CaseAction, lambda action: require(action, case, officer))
