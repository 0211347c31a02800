"""Who calls: the officer whose token was sent, if its scopes and their role allow it.

As on pages, the type of a handler's first argument says whom it serves.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.casework import cases, parties
from surveillance.config import Settings
from surveillance.errors import CaseError
from surveillance.records import belonging, database, journal, tokens
from surveillance.records.permissions import READERS, WORKERS
from surveillance.records.tables import Case, Officer, Role

_BEARER = HTTPBearer(auto_error=False, description="A token of: surveillance officers token")
REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not understood"},
    401: {"description": "No token in force"},
    403: {"description": "Not for this role or scope"},
    404: {"description": "There is no such thing"},
    409: {"description": "Not in this state"},
}
"""What every address may answer besides."""


@dataclass(frozen=True)
class Caller:
    """Who calls, with what, and when."""

    request: Request
    officer: Officer
    origin: str
    now: datetime

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
            session.info[journal.ORIGIN] = self.origin
            yield session
            session.commit()
            if head := session.info.get(journal.HEAD):
                belonging.mark(self.settings.lake, head)

    def read_case(self, case_id: str) -> Case:
        """Record that a case is read, or say that there is none."""
        with self.writing() as session:
            is_there = session.get(Case, case_id) is not None
            if not is_there or parties.is_hidden(session, case_id, self.officer):
                raise HTTPException(404, f"There is no case {case_id}.")
            return cases.read(session, case_id, self.officer, self.now)


def _caller(scope: str, *roles: Role) -> Any:
    def caller(
        request: Request,
        sent: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    ) -> Caller:
        now, asked = datetime.now(UTC), {"WWW-Authenticate": "Bearer"}
        if sent is None:
            raise HTTPException(401, "expected a token, was none", asked)
        with Session(database.reading(request.app.state.engine)) as session:
            try:
                token = tokens.verified(session, sent.credentials, scope, now)
            except tokens.WrongScope as wrong:
                raise HTTPException(403, str(wrong)) from None
            except CaseError as wrong:
                raise HTTPException(401, str(wrong), asked) from None
            officer = session.get_one(Officer, token.officer_id)
            session.expunge(officer)
        if officer.role not in roles:
            raise HTTPException(403, f"This is not for the role {officer.role}.")
        return Caller(request, officer, f"interface token:{token.id[:12]}", now)

    return Depends(caller)


Reader = Annotated[Caller, _caller(tokens.READ, *READERS)]
Worker = Annotated[Caller, _caller(tokens.WRITE, *WORKERS)]
