"""Who is signed in: one random token in a cookie, known to the database only by its digest.

Being signed in is a row, so that signing out, a new password or a deactivation ends it at once.
The token of forms is derived from the same cookie, which other sites can neither read nor send;
so a form of the sign-in page is protected before anybody is known. Signing in takes a new token.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from fastapi import HTTPException, Request, Response
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, or_

from surveillance.canonical import digest
from surveillance.records import database
from surveillance.records.tables import Officer, SignIn

COOKIE = "surveillance"
FIELD = "token"
"""The field of every form that proves the form is ours."""
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_NOTED = timedelta(minutes=1)


def new_token() -> str:
    """Make a token nobody can guess."""
    return secrets.token_urlsafe(32)


def form_token(token: str) -> str:
    """Return what a form must bring along when it comes from the browser that has ``token``."""
    return hmac.new(token.encode(), b"form", "sha256").hexdigest()


class SignedOut(Exception):
    """Nobody is signed in, or not any more."""


async def check_form(request: Request) -> None:
    """Refuse a change that no page of ours asked for."""
    if request.method in {"GET", "HEAD"}:
        return
    token = request.cookies.get(COOKIE, "")
    form = await request.form()
    sent = form.get(FIELD)
    if not token:
        raise SignedOut  # in another tab, or the browser was closed: there is nothing to forge
    if not isinstance(sent, str):
        raise HTTPException(403, "The form came without its token.")
    if not hmac.compare_digest(sent.encode(), form_token(token).encode()):
        raise HTTPException(403, "The form is older than your sign-in; open the page again.")
    if any("\0" in value for value in form.values() if isinstance(value, str)):
        raise HTTPException(400, "Text may not hold the character NUL.")


def keep(response: Response, token: str, *, https: bool) -> None:
    """Have the browser keep a token until it is closed, and send it to nobody else."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=https)


def begin(session: Session, officer: Officer, before: str, at: datetime) -> str:
    """Sign an officer in under a new token; end what ``before`` was, and whatever is too old."""
    session.exec(
        delete(SignIn).where(
            or_(
                col(SignIn.id) == digest(before),
                col(SignIn.seen_at) < at - IDLE,
                col(SignIn.begun_at) < at - LONGEST,
            )
        )
    )
    token = new_token()
    session.add(SignIn(id=digest(token), officer_id=officer.id, begun_at=at, seen_at=at))
    return token


def end(session: Session, token: str) -> None:
    """Sign out."""
    session.exec(delete(SignIn).where(col(SignIn.id) == digest(token)))


def end_all(session: Session, officer_id: str) -> None:
    """Sign an officer out everywhere."""
    session.exec(delete(SignIn).where(col(SignIn.officer_id) == officer_id))


def officer_of(engine: Engine, token: str, at: datetime) -> Officer | None:
    """Return the active officer whose token it is, unless it was idle or lasted for too long."""
    with Session(database.reading(engine)) as session:
        sign_in = session.get(SignIn, digest(token))
        if sign_in is None or at - sign_in.seen_at > IDLE or at - sign_in.begun_at > LONGEST:
            return None
        officer = session.get(Officer, sign_in.officer_id)
        is_noted = at - sign_in.seen_at < _NOTED
    if officer is None or not officer.active:
        return None
    if not is_noted:
        _note(engine, token, at)
    return officer


def _note(engine: Engine, token: str, at: datetime) -> None:
    with Session(engine) as session:
        if sign_in := session.get(SignIn, digest(token)):
            sign_in.seen_at = at
            session.commit()
