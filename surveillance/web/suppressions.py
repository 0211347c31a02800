"""Suppressions on a screen: what is hidden, until when, why, and how much it hid."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.casework import suppressions
from surveillance.casework.suppressions import Line, Standing
from surveillance.records.tables import Officer, Role, Suppression
from surveillance.web.desk import LARGEST, Reader, Supervisor, Worker, go

router = APIRouter(prefix="/suppressions")
Words = Annotated[str, Form(max_length=100_000)]
Name = Annotated[str, Form(max_length=200)]
Number = Annotated[int, Path(ge=1, le=LARGEST)]


@router.get("")
def list_suppressions(desk: Reader) -> Response:
    """List suppressions with their counts, those that have ended too."""
    with desk.reading() as session:
        lines = suppressions.listed(session, desk.now)
    told = [(line, allowed(line, desk.officer)) for line in lines]
    return desk.page("suppressions.html", lines=told, hidden=sum(line.hidden for line in lines))


@router.post("")
def propose(
    desk: Worker,
    rule_id: Name,
    subject: Name,
    until: Annotated[date, Form()],
    reason: Words = "",
) -> Response:
    """Ask that hits of a rule on a trader or owner be hidden until a date."""
    end = datetime.combine(until, time(), UTC)
    with desk.writing() as session:
        suppressions.propose(
            session, desk.officer, rule_id, subject, until=end, reason=reason, at=desk.now
        )
    return go("/suppressions")


@router.post("/{number}/approve")
def approve(desk: Supervisor, number: Number) -> Response:
    """Agree to what somebody else proposed."""
    with desk.writing() as session:
        _exists(session, number)
        suppressions.grant(session, number, desk.officer, desk.now)
    return go("/suppressions")


@router.post("/{number}/refuse")
def refuse(desk: Worker, number: Number, reason: Words = "") -> Response:
    """Turn a proposal down, or take back one's own."""
    with desk.writing() as session:
        _exists(session, number)
        suppressions.refuse(session, number, desk.officer, reason, desk.now)
    return go("/suppressions")


@router.post("/{number}/lift")
def lift(desk: Worker, number: Number, reason: Words = "") -> Response:
    """End a suppression now."""
    with desk.writing() as session:
        _exists(session, number)
        suppressions.lift(session, number, desk.officer, reason, desk.now)
    return go("/suppressions")


def allowed(line: Line, officer: Officer) -> set[str]:
    """Return the verbs that the standing of a suppression and the role leave open."""
    if officer.role not in {Role.OFFICER, Role.SUPERVISOR}:
        return set()
    if line.standing is Standing.IN_FORCE:
        return {"lift"}
    if line.standing is not Standing.WAITING:
        return set()
    is_own, is_boss = line.row.proposed_by == officer.id, officer.role is Role.SUPERVISOR
    verbs = {"refuse"} if is_own or is_boss else set()
    return verbs | ({"approve"} if is_boss and not is_own else set())


def _exists(session: Session, number: int) -> None:
    if session.get(Suppression, number) is None:
        raise HTTPException(404, f"There is no suppression {number}.")
