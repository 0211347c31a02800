"""Access: what one request has in front of it once we know who asks and that they may.

A handler asks for the access of those roles it serves (``Worker``, ``Reader`` …); so the type of
its first argument says who may use it, and nobody else gets as far as its first line.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.casework import cases, parties
from surveillance.config import Settings
from surveillance.records import belonging, database, journal
from surveillance.records.permissions import READERS, WORKERS
from surveillance.records.tables import Case, Officer, Role
from surveillance.web import sessions
from surveillance.web.menu import OVERSEERS, menu

LARGEST = 2**31 - 1
"""The largest number of anything; the database could not hold more."""


@dataclass(frozen=True)
class Access:
    """Who asks, when, and what it takes to answer them.

    ``origin`` is what the journal says beside their name, such as by which token.
    """

    request: Request
    officer: Officer
    now: datetime
    origin: str = ""

    @property
    def settings(self) -> Settings:
        """Return the settings of the installation."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def engine(self) -> Engine:
        """Return the database."""
        engine: Engine = self.request.app.state.engine
        return engine

    def reading(self) -> Session:
        """Open a session that waits for nobody."""
        return Session(database.reading(self.engine))

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits at its end, or takes everything back."""
        with Session(self.engine, expire_on_commit=False) as session:
            if self.origin:
                session.info[journal.ORIGIN] = self.origin
            yield session
            session.commit()
            if head := session.info.get(journal.HEAD):
                belonging.mark(self.settings.lake, head)

    def read_case(self, case_id: str) -> Case:
        """Record that a case is read, or say that there is none."""
        with self.writing() as session:
            case = session.get(Case, case_id)
            if case is None or parties.is_hidden(session, case_id, self.officer):
                raise HTTPException(404, f"There is no case {case_id}.")
            return cases.read(session, case_id, self.officer, self.now)

    def page(self, template: str, **context: Any) -> HTMLResponse:
        """Show a page."""
        return show(self.request, template, officer=self.officer, now=self.now, **context)


def show(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Render a template for the browser that asks, with the token that its forms need."""
    token = request.cookies.get(sessions.COOKIE, "")
    officer: Officer | None = context.get("officer")
    known = {
        "request": request,
        "officer": officer,
        "menu": menu(officer),
        "works": officer is not None and officer.role in WORKERS,
        "reads": officer is not None and officer.role in READERS,
        "form_token": sessions.form_token(token),
    }
    page = request.app.state.templates.get_template(template)
    return HTMLResponse(page.render(known | context), status)


def go(where: str) -> RedirectResponse:
    """Send the browser on after a form; going back will not send it again."""
    return RedirectResponse(where, 303)


def segment(name: str) -> str:
    """Write a name as one part of an address."""
    return quote(name, safe="")


def _access(*roles: Role) -> Any:
    def access(request: Request) -> Access:
        now = datetime.now(UTC)
        token = request.cookies.get(sessions.COOKIE, "")
        officer = sessions.officer_of(request.app.state.engine, token, now)
        if officer is None:
            raise sessions.SignedOut
        request.state.officer = officer
        if officer.role not in roles:
            raise HTTPException(403, f"This is not for the role {officer.role}.")
        return Access(request, officer, now)

    return Depends(access)


Worker = Annotated[Access, _access(*WORKERS)]
Supervisor = Annotated[Access, _access(Role.SUPERVISOR)]
Reader = Annotated[Access, _access(*READERS)]
Overseer = Annotated[Access, _access(*OVERSEERS)]
Admin = Annotated[Access, _access(Role.ADMIN)]
Anybody = Annotated[Access, _access(*Role)]
