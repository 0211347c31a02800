"""How often one may try to sign in: counted by account and by address, so nobody is locked out.

Five wrong passwords from one address end its tries for that account, twenty for all accounts, and
fifty from wherever end those of every address that never signed in to the account. All for a
quarter of an hour. Where an officer signed in before, strangers elsewhere cost them nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from surveillance.records.tables import SignInTry

TRIES, OF_ADDRESS, OF_ACCOUNT = 5, 20, 50
"""Failures that one address may have with one account, with all; and one account from all."""
WAIT = timedelta(minutes=15)


def is_throttled(session: Session, officer_id: str, address: str, at: datetime) -> bool:
    """Tell whether an address must wait before it may try an account again."""
    row = session.get(SignInTry, (officer_id, address))
    if row is not None and row.failures >= TRIES and _is_recent(row, at):
        return True
    if row is not None and row.succeeded_at is not None:
        return False
    by_address = _failures(session, col(SignInTry.address) == address, at)
    by_account = _failures(session, col(SignInTry.officer_id) == officer_id, at)
    return by_address >= OF_ADDRESS or (bool(officer_id) and by_account >= OF_ACCOUNT)


def failed(session: Session, officer_id: str, address: str, at: datetime) -> None:
    """Count a failure; those before the last quarter of an hour are forgotten."""
    row = session.get(SignInTry, (officer_id, address))
    row = row or SignInTry(officer_id=officer_id, address=address)
    row.failures = row.failures + 1 if _is_recent(row, at) else 1
    row.failed_at = at
    session.add(row)


def succeeded(session: Session, officer_id: str, address: str, at: datetime) -> None:
    """Remember that an officer signs in from here."""
    row = session.get(SignInTry, (officer_id, address))
    row = row or SignInTry(officer_id=officer_id, address=address)
    row.failures, row.failed_at, row.succeeded_at = 0, None, at
    session.add(row)


def forgive(session: Session, officer_id: str) -> None:
    """Forget the failures of an account, whose password is a new one."""
    for row in session.exec(select(SignInTry).where(SignInTry.officer_id == officer_id)):
        row.failures, row.failed_at = 0, None


def _is_recent(row: SignInTry, at: datetime) -> bool:
    return row.failed_at is not None and at - row.failed_at < WAIT


def _failures(session: Session, of: ColumnElement[bool], at: datetime) -> int:
    recent = col(SignInTry.failed_at) > at - WAIT
    total = select(func.sum(SignInTry.failures)).where(of, recent)
    return int(session.exec(total).one() or 0)
