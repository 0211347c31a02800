"""Who calls: the officer whose token was sent, if its scopes and their role allow it.

As on pages, the type of a handler's first argument says whom it serves.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlmodel import Session

from surveillance.errors import CaseError
from surveillance.records import database, tokens
from surveillance.records.permissions import READERS, WORKERS
from surveillance.records.tables import Officer, Role
from surveillance.web.access import Access

_BEARER = HTTPBearer(auto_error=False, description="A token of: surveillance officers token")
REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not understood"},
    401: {"description": "No token in force"},
    403: {"description": "Not for this role or scope"},
    404: {"description": "There is no such thing"},
    409: {"description": "Not in this state"},
}
"""What every address may answer besides."""


def _caller(scope: str, *roles: Role) -> Any:
    def caller(
        request: Request,
        sent: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    ) -> Access:
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
        return Access(request, officer, now, f"interface token:{token.id[:12]}")

    return Depends(caller)


Reader = Annotated[Access, _caller(tokens.READ, *READERS)]
Worker = Annotated[Access, _caller(tokens.WRITE, *WORKERS)]
Supervisor = Annotated[Access, _caller(tokens.WRITE, Role.SUPERVISOR)]
