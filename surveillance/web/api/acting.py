"""What may be done through the interface: the verbs of casework, by those who may on pages."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from surveillance.casework import cases, closings
from surveillance.casework.policy import policy_of
from surveillance.errors import CaseError
from surveillance.records.tables import Case, CaseState, Disposition, Officer
from surveillance.web.api.callers import REFUSED, Supervisor, Worker
from surveillance.web.api.reading import Name

router = APIRouter(prefix="/cases/{case_id}", responses=REFUSED)
Words = Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"^[^\x00]+$")]


class Sent(BaseModel):
    """The base of what is sent: nothing is passed over in silence."""

    model_config = ConfigDict(extra="forbid")


class Assignment(Sent):
    """Who takes a case; nobody named is oneself."""

    to: Words | None = None


class Note(Sent):
    """A comment."""

    text: Words


class Why(Sent):
    """Why something is done."""

    reason: Words


class Sleep(Why):
    """Until when a case leaves the queue, and why."""

    until: AwareDatetime


class Restriction(Why):
    """From whom a case is kept, and why."""

    officer: Words


class Suspicion(Why):
    """Why a case is escalated, and when suspicion was formed; by default now."""

    formed_at: AwareDatetime | None = None


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
        to = _officer(session, sent.to or caller.officer.id)
        return _after(cases.assign(session, case_id, caller.officer, to, caller.now))


@router.post("/release")
def release(caller: Worker, case_id: Name, sent: Why) -> CaseAfter:
    """Give a case back to everybody."""
    with caller.writing() as session:
        return _after(cases.release(session, case_id, caller.officer, sent.reason, caller.now))


@router.post("/snooze")
def snooze(caller: Worker, case_id: Name, sent: Sleep) -> CaseAfter:
    """Take a case out of the queue until a time; its clock runs on."""
    with caller.writing() as session:
        slept = cases.snooze(session, case_id, caller.officer, sent.until, sent.reason, caller.now)
        return _after(slept)


@router.post("/restrict")
def restrict(caller: Supervisor, case_id: Name, sent: Restriction) -> CaseAfter:
    """Keep a case from an officer who must not know of it."""
    with caller.writing() as session:
        party = _officer(session, sent.officer)
        return _after(
            cases.restrict(session, case_id, caller.officer, party, sent.reason, caller.now)
        )


@router.post("/comments")
def comment(caller: Worker, case_id: Name, sent: Note) -> CaseAfter:
    """Note something on a case."""
    with caller.writing() as session:
        return _after(cases.comment(session, case_id, caller.officer, sent.text, caller.now))


@router.post("/escalate")
def escalate(caller: Worker, case_id: Name, sent: Suspicion) -> CaseAfter:
    """Pass a case to a supervisor; from here suspicion has been formed."""
    with caller.writing() as session:
        escalated = cases.escalate(
            session, case_id, caller.officer, sent.reason, caller.now, sent.formed_at
        )
        return _after(escalated)


@router.post("/dispose")
def dispose(caller: Worker, case_id: Name, sent: Closing) -> CaseAfter:
    """Close a case, or propose to, where its severity asks for a second officer.

    As reported it closes only once a filing of it was sent.
    """
    with caller.writing() as session:
        closed = closings.dispose(
            session, case_id, caller.officer, sent.disposition,
            reason=sent.reason, at=caller.now, policy=policy_of(caller.settings),
        )  # fmt: skip
        return _after(closed)


@router.post("/approve")
def approve(caller: Supervisor, case_id: Name) -> CaseAfter:
    """Close a case as somebody else proposed."""
    with caller.writing() as session:
        policy = policy_of(caller.settings)
        return _after(closings.approve(session, case_id, caller.officer, caller.now, policy))


@router.post("/refuse")
def refuse(caller: Worker, case_id: Name, sent: Why) -> CaseAfter:
    """Turn down a proposal to close a case, or take back one's own."""
    with caller.writing() as session:
        return _after(closings.refuse(session, case_id, caller.officer, sent.reason, caller.now))


@router.post("/reopen")
def reopen(caller: Worker, case_id: Name, sent: Why) -> CaseAfter:
    """Take up a closed case again."""
    with caller.writing() as session:
        return _after(closings.reopen(session, case_id, caller.officer, sent.reason, caller.now))


def _officer(session: Session, name: str) -> Officer:
    who = session.get(Officer, name)
    if who is None:
        raise CaseError(f"expected the id of an officer, was {name!r}")
    return who


def _after(case: Case) -> CaseAfter:
    return CaseAfter.model_validate(case, from_attributes=True)
