"""Signing in and out, and one's own password."""

from datetime import UTC, datetime
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.errors import CaseError
from surveillance.records import officers
from surveillance.records.tables import Role
from surveillance.web import sessions
from surveillance.web.access import Anybody, go, show

router = APIRouter()
_AT_ONCE = BoundedSemaphore(4)
"""How many passwords are hashed at a time: each takes 64 MiB, whoever sent it."""
Password = Annotated[str, Form(max_length=1000)]


@router.get("/")
def home(access: Anybody) -> Response:
    """Lead everybody to where their work is."""
    return go("/officers" if access.officer.role is Role.ADMIN else "/queue")


@router.get("/sign-in")
def ask(request: Request, to: str = "/") -> Response:
    """Ask who it is; a browser without a token gets one first, for the form."""
    if not request.cookies.get(sessions.COOKIE):
        answer: Response = go(str(request.url.include_query_params(to=to)))
        sessions.keep(answer, sessions.new_token(), https=request.url.scheme == "https")
        return answer
    return _form(request, to, failed=False)


@router.post("/sign-in")
def sign_in(
    request: Request,
    officer_id: Annotated[str, Form(max_length=200)],
    password: Password,
    to: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in, or say no without a reason."""
    now = datetime.now(UTC)
    if not _AT_ONCE.acquire(timeout=2):
        raise HTTPException(429, "Too many people are signing in; try again in a moment.")
    try:
        with Session(request.app.state.engine) as session:
            officer = officers.sign_in(
                session, officer_id.strip(), password, now, address_of(request)
            )
            before = request.cookies[sessions.COOKIE]
            token = sessions.begin(session, officer, before, now) if officer else ""
            session.commit()
    finally:
        _AT_ONCE.release()
    if not token:
        return _form(request, to, failed=True)
    answer = go(local(to))
    sessions.keep(answer, token, https=request.url.scheme == "https")
    return answer


@router.post("/sign-out")
def sign_out(access: Anybody) -> Response:
    """Sign out."""
    with access.writing() as session:
        sessions.end(session, access.request.cookies[sessions.COOKIE])
    answer = go("/sign-in")
    answer.delete_cookie(sessions.COOKIE)
    return answer


@router.get("/password")
def ask_password(access: Anybody) -> Response:
    """Ask for the old and the new password."""
    return access.page("password.html", shortest=officers.SHORTEST)


@router.post("/password")
def change_password(access: Anybody, password: Password, new: Password) -> Response:
    """Change one's own password and sign out everywhere; a wrong old one counts as a failure."""
    with Session(access.engine) as session:
        officer = officers.sign_in(
            session, access.officer.id, password, access.now, address_of(access.request)
        )
        session.commit()
        if officer is None:
            raise CaseError("expected your present password, was another")
        officers.set_password(session, officer, officer.id, new, access.now)
        sessions.end_all(session, officer.id)
        session.commit()
    return go("/sign-in")


def _form(request: Request, to: str, *, failed: bool) -> Response:
    provider = request.app.state.settings.web.sign_on is not None
    status = HTTPStatus.FORBIDDEN if failed else HTTPStatus.OK
    return show(request, "sign_in.html", status, to=to, failed=failed, provider=provider)


def address_of(request: Request) -> str:
    """Return where a request comes from; behind a trusted proxy that is what the proxy says."""
    return request.client.host if request.client else ""


def local(where: str) -> str:
    """Return an address of ours, whatever a link to the sign-in page asked for."""
    is_ours = where.startswith("/") and where.isascii() and where.isprintable()
    return where if is_ours and not where.startswith("//") and "\\" not in where else "/"
