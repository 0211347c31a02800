"""Tokens: what a program, or an officer on a command line, proves with for whom it acts.

A token is shown once; the database has its digest. It does no more than its officer may, and of
that only what its scopes name, and it ends by itself.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, select

from surveillance.canonical import digest
from surveillance.errors import CaseError
from surveillance.records import database, journal
from surveillance.records.tables import Officer, Role, Token

COMMAND, READ, WRITE = "command", "read", "write"
SCOPES = (COMMAND, READ, WRITE)
"""What a token may be for: the command line; reading, and working cases, through the interface."""
LONGEST = timedelta(days=366)
_PREFIX = "srv_"


class WrongScope(CaseError):
    """A token in force that is for something else."""


def issue(
    session: Session,
    actor: Officer,
    officer: Officer,
    name: str,
    scopes: Collection[str],
    lasts: timedelta,
    at: datetime,
) -> str:
    """Make a token for oneself, or as an admin for anybody, and return it; nobody sees it again."""
    if actor.id != officer.id:
        actor.require(Role.ADMIN)
    actor.require(*Role)
    officer.require(*Role)
    if unknown := sorted(set(scopes) - set(SCOPES)) or (["none"] if not scopes else []):
        raise CaseError(f"expected scopes of {', '.join(SCOPES)}, was {', '.join(unknown)}")
    if not timedelta(0) < lasts <= LONGEST:
        raise CaseError(f"expected at most {LONGEST.days} days, was {lasts.days}")
    journal.require_text(name, "name of the token")
    database.lock(session.connection())
    token = _PREFIX + secrets.token_urlsafe(32)
    row = Token(
        id=digest(token), officer_id=officer.id, name=name, scopes=" ".join(sorted(scopes)),
        created_at=at, created_by=actor.id, expires_at=at + lasts,
    )  # fmt: skip
    session.add(row)
    detail = {"token": row.id[:12], "name": name, "scopes": row.scopes, "until": row.expires_at}
    journal.append(session, actor.id, "issue_token", f"officer:{officer.id}", detail, at=at)
    return token


def verified(session: Session, token: str, scope: str, at: datetime) -> Token:
    """Return a token that is in force and has a scope; whose it is, is in it.

    Raises:
        CaseError: it is unknown, ended, revoked, of somebody who left, or for something else.
    """
    row = session.get(Token, digest(token))
    if row is None or row.revoked_at is not None or row.expires_at <= at:
        raise CaseError("expected a token in force, was another")
    officer = session.get(Officer, row.officer_id)
    if officer is None or not officer.active:
        raise CaseError("expected a token in force, was another")
    if scope not in row.scopes.split():
        raise WrongScope(f"expected a token with the scope {scope}, was one with {row.scopes}")
    return row


def revoke(session: Session, actor: Officer, beginning: str, at: datetime) -> Token:
    """End a token of one's own, or as an admin anybody's, named by the beginning of its digest."""
    database.lock(session.connection())
    named = [row for row in listed(session) if row.id.startswith(beginning)]
    if len(named) != 1 or not beginning:
        raise CaseError(f"expected the beginning of one token, was {beginning!r}")
    (row,) = named
    if row.officer_id != actor.id:
        actor.require(Role.ADMIN)
    row.revoked_at = row.revoked_at or at
    session.add(row)
    detail = {"token": row.id[:12]}
    journal.append(session, actor.id, "revoke_token", f"officer:{row.officer_id}", detail, at=at)
    return row


def listed(session: Session) -> Sequence[Token]:
    """Return every token, by officer and age."""
    return session.exec(select(Token).order_by(Token.officer_id, Token.created_at)).all()  # type: ignore[arg-type]
