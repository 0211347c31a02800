"""Who works and who reads, by role; and which actions nothing speaks against.

What an officer may do is said once, by a function that raises a CaseError where they may not. A
verb calls it to refuse, a screen asks here which actions it lets pass, so neither knows more.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TypeVar

from surveillance.errors import CaseError
from surveillance.records.tables import Role

WORKERS = (Role.OFFICER, Role.SUPERVISOR)
"""Who works cases, and proposes rules and suppressions."""
READERS = (*WORKERS, Role.AUDITOR)
"""Who reads them; admins do not, for want of a need to know."""

Action = TypeVar("Action", bound=StrEnum)


def allowed(actions: Iterable[Action], require: Callable[[Action], None]) -> frozenset[Action]:
    """Return those of some actions that ``require`` does not refuse."""
    return frozenset(action for action in actions if _passes(require, action))


def _passes(require: Callable[[Action], None], action: Action) -> bool:
    try:
        require(action)
    except CaseError:
        return False
    return True
