"""What may be done through the interface: the verbs of casework, by those who may on pages."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from surveillance.casework import cases, closings
from surveillance.errors import CaseError
from surveillance.records.tables import Case, CaseState, Disposition, Officer
from surveillance.web.api.callers import REFUSED, Worker
from surveillance.web.api.reading import Name

router = APIRouter(prefix="/cases/{case_id}", responses=REFUSED)
Words = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]+$")]


class _Sent(BaseModel):
    """The base of what is sent: nothing is passed over in silence."""

    model_config = ConfigDict(extra="forbid")


class Assignment(_Sent):
    """Who takes a case; nobody named is oneself."""

    to: Words | None = None


class Note(_Sent):
    """A comment."""

    text: Words


class Why(_Sent):
    """Why something is done."""

    reason: Words


class Suspicion(Why):
    """Why a case is escalated, and when suspicion was formed; by default now."""

    formed_at: datetime | None = None


class Closing(Why):
    """How a case is closed, and why."""

    disposition: Disposition


class CaseAfter(BaseModel):
    """A case after something was done to it."""

    id: str
    state: CaseState
    assignee: str | None
    disposition: Disposition | None


@router.post("/assign")
def assign(caller: Worker, case_id: Name, sent: Assignment) -> CaseAfter:
    """Give a case to oneself, or to somebody else."""
    with caller.writing() as session:
        _there(session, case_id)
        to = session.get(Officer, sent.to or caller.officer.id)
        if to is None:
            raise CaseError(f"expected the id of an officer, was {sent.to!r}")
        return _after(cases.assign(session, case_id, caller.officer, to, caller.now))


@router.post("/comments")
def comment(caller: Worker, case_id: Name, sent: Note) -> CaseAfter:
    """Note something on a case."""
    with caller.writing() as session:
        _there(session, case_id)
        return _after(cases.comment(session, case_id, caller.officer, sent.text, caller.now))


@router.post("/escalate")
def escalate(caller: Worker, case_id: Name, sent: Suspicion) -> CaseAfter:
    """Pass a case to a supervisor; from here suspicion has been formed."""
    with caller.writing() as session:
        _there(session, case_id)
        escalated = cases.escalate(
            session, case_id, caller.officer, sent.reason, caller.now, sent.formed_at
        )
        return _after(escalated)


@router.post("/dispose")
def dispose(caller: Worker, case_id: Name, sent: Closing) -> CaseAfter:
    """Close a case; as reported only once a filing of it was sent."""
    with caller.writing() as session:
        _there(session, case_id)
        closed = closings.dispose(
            session, case_id, caller.officer, sent.disposition, reason=sent.reason, at=caller.now
        )
        return _after(closed)


@router.post("/reopen")
def reopen(caller: Worker, case_id: Name, sent: Why) -> CaseAfter:
    """Take up a closed case again."""
    with caller.writing() as session:
        _there(session, case_id)
        return _after(closings.reopen(session, case_id, caller.officer, sent.reason, caller.now))


def _there(session: Session, case_id: str) -> None:
    if session.get(Case, case_id) is None:
        raise HTTPException(404, f"There is no case {case_id}.")


def _after(case: Case) -> CaseAfter:
    return CaseAfter.model_validate(case, from_attributes=True)
