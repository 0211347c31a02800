"""Suppressions on a screen: what is hidden, until when, why, and how much it hid."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.casework import parties, suppressions
from surveillance.casework.terms import plain
from surveillance.records.tables import Suppression
from surveillance.web.access import LARGEST, Reader, Supervisor, Worker, go

router = APIRouter(prefix="/suppressions")
Words = Annotated[str, Form(max_length=100_000)]
Name = Annotated[str, Form(max_length=200)]
Number = Annotated[int, Path(ge=1, le=LARGEST)]


@router.get("")
def list_suppressions(access: Reader) -> Response:
    """List suppressions with their counts, those that have ended too."""
    with access.reading() as session:
        every = suppressions.listed(session, access.now)
    own = parties.names_of(access.officer)
    summaries = [summary for summary in every if plain(summary.row.subject) not in own]
    actions = [suppressions.allowed(summary, access.officer) for summary in summaries]
    return access.page(
        "suppressions.html",
        suppressions=list(zip(summaries, actions, strict=True)),
        hidden=sum(summary.hidden for summary in summaries),
    )


@router.post("")
def propose(
    access: Worker,
    rule_id: Name,
    subject: Name,
    until: Annotated[date, Form()],
    reason: Words = "",
) -> Response:
    """Ask that hits of a rule on a trader or owner be hidden until a date."""
    end = datetime.combine(until, time(), UTC)
    with access.writing() as session:
        suppressions.propose(
            session, access.officer, rule_id, subject, until=end, reason=reason, at=access.now
        )
    return go("/suppressions")


@router.post("/{number}/approve")
def approve(access: Supervisor, number: Number) -> Response:
    """Agree to what somebody else proposed."""
    with access.writing() as session:
        _exists(session, number)
        suppressions.grant(session, number, access.officer, access.now)
    return go("/suppressions")


@router.post("/{number}/refuse")
def refuse(access: Worker, number: Number, reason: Words = "") -> Response:
    """Turn a proposal down, or take back one's own."""
    with access.writing() as session:
        _exists(session, number)
        suppressions.refuse(session, number, access.officer, reason, access.now)
    return go("/suppressions")


@router.post("/{number}/lift")
def lift(access: Worker, number: Number, reason: Words = "") -> Response:
    """End a suppression now."""
    with access.writing() as session:
        _exists(session, number)
        suppressions.lift(session, number, access.officer, reason, access.now)
    return go("/suppressions")


def _exists(session: Session, number: int) -> None:
    if session.get(Suppression, number) is None:
        raise HTTPException(404, f"There is no suppression {number}.")
