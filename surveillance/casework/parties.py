"""Who is named in a case: it is not there for them, wherever they look.

An officer is known by id, name and e-mail, and by whatever an admin wrote down of them: employee
number, own accounts, relatives. The words of a case (``terms``) say who is named in it: its
subject, and those in its evidence. Nobody is told that there is such a case.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from surveillance.casework.terms import plain
from surveillance.records.tables import Case, CaseTerm, Officer


def names_of(officer: Officer) -> frozenset[str]:
    """Return the words that an officer, or somebody of theirs, is known by."""
    known = (officer.id, officer.name, officer.email, *(officer.known_as or "").splitlines())
    return frozenset(name for name in map(plain, known) if name)


def hidden(officer: Officer) -> ColumnElement[bool]:
    """Return what is true of the rows of cases that an officer must not know of."""
    return col(Case.id).in_(_naming(names_of(officer)))


def is_hidden(session: Session, case_id: str, officer: Officer) -> bool:
    """Say whether an officer must not know of a case."""
    naming = _naming(names_of(officer)).where(CaseTerm.case_id == case_id)
    return session.exec(naming.limit(1)).first() is not None


def hidden_ids(session: Session, officer: Officer) -> frozenset[str]:
    """Return the cases that an officer must not know of."""
    return frozenset(session.exec(_naming(names_of(officer))))


def _naming(names: Collection[str]):  # type: ignore[no-untyped-def]
    return select(CaseTerm.case_id).where(
        col(CaseTerm.term).in_(sorted(names)), col(CaseTerm.is_party).is_(True)
    )
