"""Links between cases: two that belong together, and why somebody thinks so."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, or_, select

from surveillance.casework import cases, parties
from surveillance.casework.permissions import CaseAction
from surveillance.errors import CaseError
from surveillance.records import journal
from surveillance.records.tables import Case, CaseLink, Officer


class Linked(NamedTuple):
    """Another case that one is linked with, and the link."""

    case: Case
    link: CaseLink


def link(
    session: Session, case_id: str, officer: Officer, other_id: str, reason: str, at: datetime
) -> None:
    """Link two cases, on both of them."""
    case = cases.case_for(session, case_id, officer, CaseAction.LINK)
    other = cases.case_for(session, other_id.strip(), officer, CaseAction.LINK)
    journal.require_text(reason, "reason")
    first, last = sorted((case.id, other.id))
    if first == last:
        raise CaseError("expected another case, was the same")
    if session.get(CaseLink, (first, last)) is not None:
        raise CaseError(f"expected a case that is not linked yet, was {other.id}")
    session.add(
        CaseLink(case_id=first, other_id=last, reason=reason, linked_by=officer.id, linked_at=at)
    )
    for one, another in ((case, other), (other, case)):
        detail = {"case": another.id, "reason": reason}
        journal.append(session, officer.id, "link", f"case:{one.id}", detail, at=at)


def of_case(session: Session, case_id: str, officer: Officer) -> list[Linked]:
    """Return the cases that one is linked with, but for those the officer must not know of."""
    links = session.exec(
        select(CaseLink).where(or_(CaseLink.case_id == case_id, CaseLink.other_id == case_id))
    ).all()
    others = {link.other_id if link.case_id == case_id else link.case_id: link for link in links}
    wanted = select(Case).where(Case.id.in_(others), ~parties.hidden(officer))  # type: ignore[attr-defined]
    return [Linked(case, others[case.id]) for case in session.exec(wanted.order_by(Case.id))]
