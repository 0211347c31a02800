"""Filings on a screen: what is due, what is on its way, and what authorities answered."""

from datetime import datetime
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlmodel import Session

from surveillance import reports
from surveillance.casework import filings, parties
from surveillance.casework.filings import FilingAction
from surveillance.records.tables import Approval, Case, FilingRow
from surveillance.reports.forms import Deadline
from surveillance.times import parse_time
from surveillance.web.access import Access, Reader, Supervisor, Worker, go

router = APIRouter(prefix="/filings")
Words = Annotated[str, Form(max_length=100_000)]
Time = Annotated[str, Form(max_length=40)]


class Clock(NamedTuple):
    """Until when a report of a kind is due, by which law; late is late by ``now``."""

    kind: str
    deadline: Deadline
    due_at: datetime
    is_late: bool


class FilingLine(NamedTuple):
    """A filing as the list shows it: its four eyes, its clock, what the reader may do."""

    filing: FilingRow
    approval: Approval | None
    formed_at: datetime | None
    clock: Clock | None
    actions: frozenset[FilingAction]


@router.get("")
def list_filings(access: Reader, everything: str = "") -> Response:
    """List cases of which nothing was sent yet, and filings on which something is open."""
    with access.reading() as session:
        kept = parties.hidden_ids(session, access.officer)
        unreported = [case for case in filings.unreported(session) if case.id not in kept]
        listed = filings.listed(session, closed=bool(everything))
        rows = [row for row in listed if row.case_id not in kept]
        lines = [_line(access, session, row) for row in rows]
    return access.page(
        "filings.html",
        unreported=[(case, clocks(access, case)) for case in unreported],
        lines=lines,
        everything=bool(everything),
    )


@router.post("/{filing_id}/approve")
def approve(access: Supervisor, filing_id: str) -> Response:
    """Approve what somebody else prepared."""
    with access.writing() as session:
        _exists(session, filing_id)
        filings.approve(session, filing_id, access.officer, access.now)
    return go(f"/filings#{filing_id}")


@router.post("/{filing_id}/refuse")
def refuse(access: Worker, filing_id: str, reason: Words = "") -> Response:
    """Turn a draft down, or take back one's own."""
    with access.writing() as session:
        _exists(session, filing_id)
        filings.refuse(session, filing_id, access.officer, reason, access.now)
    return go("/filings")


@router.post("/{filing_id}/sent")
def sent(
    access: Worker, filing_id: str, authority: Words = "", reference: Words = "", sent_at: Time = ""
) -> Response:
    """Record that it was sent."""
    with access.writing() as session:
        _exists(session, filing_id)
        filings.sent(
            session, filing_id, access.officer, authority=authority, reference=reference,
            sent_at=_moment(access, sent_at), at=access.now,
        )  # fmt: skip
    return go(f"/filings#{filing_id}")


@router.post("/{filing_id}/acknowledged")
def acknowledged(
    access: Worker, filing_id: str, answer: Words = "", answered_at: Time = ""
) -> Response:
    """Record the receipt of the authority."""
    with access.writing() as session:
        _exists(session, filing_id)
        filings.acknowledged(
            session, filing_id, access.officer, answer=answer,
            answered_at=_moment(access, answered_at), at=access.now,
        )  # fmt: skip
    return go("/filings?everything=1")


@router.post("/{filing_id}/returned")
def returned(
    access: Worker, filing_id: str, answer: Words = "", answered_at: Time = ""
) -> Response:
    """Record that the authority sent it back."""
    with access.writing() as session:
        _exists(session, filing_id)
        filings.returned(
            session, filing_id, access.officer, answer=answer,
            answered_at=_moment(access, answered_at), at=access.now,
        )  # fmt: skip
    return go(f"/filings#{filing_id}")


def clocks(access: Access, case: Case) -> list[Clock]:
    """Return until when each kind of report on a case is due; none before suspicion is formed."""
    if case.suspicion_formed_at is None:
        return []
    formed_at = case.suspicion_formed_at
    folder = access.settings.templates / "reports"
    return [
        Clock(kind, deadline, due_at, deadline.days is not None and due_at < access.now)
        for kind, deadline in reports.deadlines(folder).items()
        for due_at in (deadline.due(formed_at),)
    ]


def _line(access: Access, session: Session, filing: FilingRow) -> FilingLine:
    case = session.get_one(Case, filing.case_id)
    clock = next((clock for clock in clocks(access, case) if clock.kind == filing.kind), None)
    return FilingLine(
        filing=filing,
        approval=filings.approval_of(session, filing),
        formed_at=case.suspicion_formed_at,
        clock=clock,
        actions=filings.allowed(session, filing, access.officer),
    )


def _moment(access: Access, text: str) -> datetime:
    return parse_time(text) if text.strip() else access.now


def _exists(session: Session, filing_id: str) -> None:
    if session.get(FilingRow, filing_id) is None:
        raise HTTPException(404, f"There is no filing {filing_id}.")
