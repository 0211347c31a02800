"""The verbs of a case as forms: each is done and journalled by the case wing, or refused there."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.casework import cases
from surveillance.errors import CaseError
from surveillance.records.tables import Case, Disposition, Officer
from surveillance.web.access import Supervisor, Worker, go

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
def escalate(access: Worker, case_id: str, reason: Words = "") -> Response:
    """Say that the suspicion is real."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.escalate(session, case_id, access.officer, reason, access.now)
    return go(f"/cases/{case_id}")


@router.post("/dispose")
def dispose(
    access: Worker,
    case_id: str,
    disposition: Annotated[Disposition, Form()],
    reason: Words = "",
) -> Response:
    """Close a case, or propose to close it as reported."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.dispose(session, case_id, access.officer, disposition, reason=reason, at=access.now)
    return go(f"/cases/{case_id}")


@router.post("/approve")
def approve(access: Supervisor, case_id: str) -> Response:
    """Close as reported what somebody else proposed."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.approve(session, case_id, access.officer, access.now)
    return go(f"/cases/{case_id}")


@router.post("/refuse")
def refuse(access: Worker, case_id: str, reason: Words = "") -> Response:
    """Turn down a proposal, or take back one's own."""
    with access.writing() as session:
        _exists(session, case_id)
        cases.refuse(session, case_id, access.officer, reason, access.now)
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
