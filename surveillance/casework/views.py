"""Questions to the queue that an officer named, to come back to them."""

from sqlmodel import Session, select

from surveillance.errors import CaseError
from surveillance.records.permissions import READERS
from surveillance.records.tables import Officer, SavedView

MOST = 20
"""Views of one officer."""


def save(session: Session, officer: Officer, name: str, question: str) -> None:
    """Name a question, or give a name another one."""
    officer.require(*READERS)
    if not name.strip():
        raise CaseError("expected a name for the view, was none")
    view = session.get(SavedView, (officer.id, name.strip()))
    if view is None and len(of_officer(session, officer)) >= MOST:
        raise CaseError(f"expected at most {MOST} views, was one more; drop another first")
    view = view or SavedView(officer_id=officer.id, name=name.strip(), question="")
    view.question = question
    session.add(view)


def drop(session: Session, officer: Officer, name: str) -> None:
    """Forget a view, if there is one of that name."""
    if view := session.get(SavedView, (officer.id, name)):
        session.delete(view)


def of_officer(session: Session, officer: Officer) -> list[SavedView]:
    """Return the views of an officer by name."""
    wanted = select(SavedView).where(SavedView.officer_id == officer.id)
    return list(session.exec(wanted.order_by(SavedView.name)))
