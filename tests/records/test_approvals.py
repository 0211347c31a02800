"""Four eyes, whatever they look at."""

import pytest
from sqlmodel import Session

from surveillance.errors import CaseError
from surveillance.records import approvals
from surveillance.records.tables import Matter, Officer
from tests.given.dossiers import NOON


@pytest.mark.parametrize("reason", ["", " \n\t", "because\x00"])
def test_nothing_is_proposed_or_refused_without_a_reason_that_can_be_kept(
    session: Session, staff: dict[str, Officer], reason: str
) -> None:
    officer, matter = staff["officer-1"], Matter.SEGMENTS
    with pytest.raises(CaseError, match="expected a reason, was"):
        approvals.propose(session, officer, matter, "2", digest="d", reason=reason, at=NOON)
    approvals.propose(session, officer, matter, "2", digest="d", reason="It is due.", at=NOON)
    with pytest.raises(CaseError, match="expected a reason, was"):
        approvals.refuse(session, officer, matter, "2", reason=reason, at=NOON)
    assert approvals.pending(session, matter, "2")
