"""The verbs of a case as forms: each is done and journalled by the case wing, or refused there."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.casework import cases
from surveillance.errors import CaseError
from surveillance.records.tables import Case, Disposition, Officer
from surveillance.web.desk import Supervisor, Worker, go

router = APIRouter(prefix="/cases/{case_id}")
Words = Annotated[str, Form(max_length=100_000)]


@router.post("/assign")
def assign(desk: Worker, case_id: str, assignee: Annotated[str, Form()] = "") -> Response:
    """Give a case to somebody, by default oneself."""
    with desk.writing() as session:
        _exists(session, case_id)
        who = session.get(Officer, assignee or desk.officer.id)
        if who is None:
            raise CaseError(f"expected the id of an officer, was {assignee!r}")
        cases.assign(session, case_id, desk.officer, who, desk.now)
    return go(f"/cases/{case_id}")


@router.post("/comment")
def comment(desk: Worker, case_id: str, text: Words = "") -> Response:
    """Add a note."""
    with desk.writing() as session:
        _exists(session, case_id)
        cases.comment(session, case_id, desk.officer, text, desk.now)
    return go(f"/cases/{case_id}#timeline")


@router.post("/escalate")
def escalate(desk: Worker, case_id: str, reason: Words = "") -> Response:
    """Say that the suspicion is real."""
    with desk.writing() as session:
        _exists(session, case_id)
        cases.escalate(session, case_id, desk.officer, reason, desk.now)
    return go(f"/cases/{case_id}")


@router.post("/dispose")
def dispose(
    desk: Worker,
    case_id: str,
    disposition: Annotated[Disposition, Form()],
    reason: Words = "",
) -> Response:
    """Close a case, or propose to close it as reported."""
    with desk.writing() as session:
        _exists(session, case_id)
        cases.dispose(session, case_id, desk.officer, disposition, reason=reason, at=desk.now)
    return go(f"/cases/{case_id}")


@router.post("/approve")
def approve(desk: Supervisor, case_id: str) -> Response:
    """Close as reported what somebody else proposed."""
    with desk.writing() as session:
        _exists(session, case_id)
        cases.approve(session, case_id, desk.officer, desk.now)
    return go(f"/cases/{case_id}")


@router.post("/refuse")
def refuse(desk: Worker, case_id: str, reason: Words = "") -> Response:
    """Turn down a proposal, or take back one's own."""
    with desk.writing() as session:
        _exists(session, case_id)
        cases.refuse(session, case_id, desk.officer, reason, desk.now)
    return go(f"/cases/{case_id}")


@router.post("/reopen")
def reopen(desk: Worker, case_id: str, reason: Words = "") -> Response:
    """Take up a closed case again."""
    with desk.writing() as session:
        _exists(session, case_id)
        cases.reopen(session, case_id, desk.officer, reason, desk.now)
    return go(f"/cases/{case_id}")


def _exists(session: Session, case_id: str) -> None:
    if session.get(Case, case_id) is None:
        raise HTTPException(404, f"There is no case {case_id}.")
