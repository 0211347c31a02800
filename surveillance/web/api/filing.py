"""Filings through the interface: drafted, seen by a second officer, and recorded as sent."""

from datetime import datetime

from fastapi import APIRouter, HTTPException
from pydantic import AwareDatetime, Field
from sqlmodel import Session

from surveillance import rendering
from surveillance.casework import files, filings, parties
from surveillance.records.tables import FilingRow, FilingState, Officer
from surveillance.web.api.acting import Sent, Why, Words
from surveillance.web.api.callers import REFUSED, Reader, Supervisor, Worker
from surveillance.web.api.reading import Limit, Name, Offset, Shown

router = APIRouter(responses=REFUSED)


class FilingLine(Shown):
    """A report on its way to an authority; the document itself is on the pages."""

    id: str
    case_id: str
    kind: str
    state: FilingState
    sha256: str
    prepared_at: datetime
    prepared_by: str
    sent_at: datetime | None
    authority: str | None
    reference: str | None
    answered_at: datetime | None


class Draft(Why):
    """What is to be filed: a kind such as ``stor-mar``, and answers by the number of a field."""

    kind: Words
    answers: dict[Words, Words] = Field(default_factory=dict, max_length=200)
    amends: Words | None = None


class Dispatch(Sent):
    """To whom an approved filing was sent, under which reference, and when; by default now."""

    authority: Words
    reference: Words
    sent_at: AwareDatetime | None = None


@router.get("/filings")
def list_filings(caller: Reader, limit: Limit = 50, offset: Offset = 0) -> list[FilingLine]:
    """List what is reported to authorities, and how far it has come, the newest first."""
    with caller.reading() as session:
        kept = parties.hidden_ids(session, caller.officer)
        seen = [row for row in filings.listed(session, closed=True) if row.case_id not in kept]
        return [_line(row) for row in seen[offset : offset + limit]]


@router.post("/cases/{case_id}/filings")
def draft(caller: Worker, case_id: Name, sent: Draft) -> FilingLine:
    """Render a case for an authority, and ask a second officer to approve it; that is a read."""
    caller.read_case(case_id)
    with caller.reading() as session:
        filings.expect_draftable(session, case_id, sent.kind, sent.amends)
        file = files.case_file(session, case_id, now=caller.now)
    prepared = rendering.prepare(
        caller.settings, file, sent.kind, caller.officer, caller.now, sent.answers
    )
    with caller.writing() as session:
        row = rendering.save_draft(
            session, caller.settings, prepared, caller.officer,
            reason=sent.reason, at=caller.now, amends=sent.amends,
        )  # fmt: skip
        return _line(row)


@router.post("/filings/{filing_id}/approve")
def approve(caller: Supervisor, filing_id: Name) -> FilingLine:
    """Approve what somebody else prepared."""
    with caller.writing() as session:
        _expect(session, filing_id, caller.officer)
        return _line(filings.approve(session, filing_id, caller.officer, caller.now))


@router.post("/filings/{filing_id}/refuse")
def refuse(caller: Worker, filing_id: Name, sent: Why) -> FilingLine:
    """Turn a draft down, or take back one's own."""
    with caller.writing() as session:
        _expect(session, filing_id, caller.officer)
        return _line(filings.refuse(session, filing_id, caller.officer, sent.reason, caller.now))


@router.post("/filings/{filing_id}/sent")
def sent(caller: Worker, filing_id: Name, sent: Dispatch) -> FilingLine:
    """Record that an approved filing was sent."""
    with caller.writing() as session:
        _expect(session, filing_id, caller.officer)
        row = filings.sent(
            session, filing_id, caller.officer, authority=sent.authority,
            reference=sent.reference, sent_at=sent.sent_at or caller.now, at=caller.now,
        )  # fmt: skip
        return _line(row)


def _expect(session: Session, filing_id: str, officer: Officer) -> None:
    """Answer alike whether there is no such filing or its case is kept from the officer."""
    row = session.get(FilingRow, filing_id)
    if row is None or parties.is_hidden(session, row.case_id, officer):
        raise HTTPException(404, f"There is no filing {filing_id}.")


def _line(row: FilingRow) -> FilingLine:
    return FilingLine.model_validate(row)
