"""The verbs of a case as forms: each is done and journalled by the case wing, or refused there."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.casework import cases
from surveillance.errors import CaseError
from surveillance.model import parse_time
from surveillance.records.tables import Case, Disposition, Officer
from surveillance.web.access import Worker, go

router = APIRouter(prefix="/cases/{case_id}")
Words = Annotated[str, Form(max_length=100_000)]


@router.post("/assign")
def assign(access: Worker, case_id: str, assignee: Annotated[str, Form()] = "") -> Response:
    """Give a case to somebody, by default oneself."""
    with access.writing() as session:
        _exists(session, case_id)
        who = session.get(Officer, assignee or access.officer.id)
        if who is None:
            raise CaseError(f"expected the id of an officer, was {assignee!r}")
        cases.assign(session, case_id, access.officer, who, access.now)
    return go(f"/cases/{case_id}")


@router.post("/comment")
def comment(access: Worker, case_id: str, text: Words = "") -> Response:
    """Add a note."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.comment(session, case_id, access.officer, text, access.now)
    return go(f"/cases/{case_id}#timeline")


@router.post("/escalate")
def escalate(
    access: Worker,
    case_id: str,
    reason: Words = "",
    formed_at: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Say that the suspicion is real, and since when."""
    moment = parse_time(formed_at) if formed_at.strip() else None
    with access.writing() as session:
        _exists(session, case_id)
        cases.escalate(session, case_id, access.officer, reason, access.now, moment)
    return go(f"/cases/{case_id}")


@router.post("/dispose")
def dispose(
    access: Worker,
    case_id: str,
    disposition: Annotated[Disposition, Form()],
    reason: Words = "",
) -> Response:
    """Close a case."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.dispose(session, case_id, access.officer, disposition, reason=reason, at=access.now)
    return go(f"/cases/{case_id}")


@router.post("/reopen")
def reopen(access: Worker, case_id: str, reason: Words = "") -> Response:
    """Take up a closed case again."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.reopen(session, case_id, access.officer, reason, access.now)
    return go(f"/cases/{case_id}")


def _exists(session: Session, case_id: str) -> None:
    if session.get(Case, case_id) is None:
        raise HTTPException(404, f"There is no case {case_id}.")
