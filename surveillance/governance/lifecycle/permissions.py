"""What an officer may do with a rule version: said once, to refuse it and to show it.

A shadow files nothing, so any officer may begin it. Active takes a supervisor who is not the
author; what else it takes is proof, see ``requirements``.
"""

from enum import StrEnum

from surveillance.errors import CaseError
from surveillance.records import approvals, permissions
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Approval, Life, Officer, Role, RuleVersion


class RuleAction(StrEnum):
    """What can be done with a version of a rule that is published."""

    SHADOW = "shadow"
    APPROVE = "approve"
    REFUSE = "refuse"
    RETIRE = "retire"


_LIVES = {
    RuleAction.SHADOW: (Life.DRAFT,),
    RuleAction.APPROVE: (Life.DRAFT, Life.SHADOW),
    RuleAction.REFUSE: (Life.DRAFT, Life.SHADOW),
    RuleAction.RETIRE: (Life.ACTIVE,),
}
_OF_SUPERVISORS = (RuleAction.APPROVE, RuleAction.RETIRE)


def require_role(action: RuleAction, officer: Officer) -> None:
    """Raise a CaseError unless the role of an officer allows this with any version."""
    officer.require(*((Role.SUPERVISOR,) if action in _OF_SUPERVISORS else WORKERS))


def require_life(action: RuleAction, row: RuleVersion, life: Life | None) -> None:
    """Raise a CaseError unless a version stands where this can be done with it."""
    if life not in _LIVES[action]:
        wanted = " or ".join(_LIVES[action])
        raise CaseError(f"expected {row.rule_id}@{row.version} to be {wanted}, was {life}")


def lacking_second_officer(row: RuleVersion, officer: Officer) -> list[str]:
    """Say that the author of a version does not make it active; nothing where it is another."""
    return ["a second officer to approve it, was its author"] if row.author == officer.id else []


def allowed(
    row: RuleVersion, life: Life | None, officer: Officer, proposal: Approval | None
) -> frozenset[RuleAction]:
    """Return what an officer may do with a version, apart from proof that it may lack.

    ``proposal`` is the one to make it active that waits for a second officer, if any.
    """

    def require(action: RuleAction) -> None:
        require_role(action, officer)
        require_life(action, row, life)
        if action is RuleAction.REFUSE:
            approvals.require_refusable(proposal, officer)
        if action is RuleAction.APPROVE and (lacking := lacking_second_officer(row, officer)):
            raise CaseError(f"expected {lacking[0]}")

    return permissions.allowed(RuleAction, require)
