"""The verbs of a case as forms: each is done and journalled by the case wing, or refused there.

A form brings along what the page knew of the case (``seen``), so that nobody undoes what a
colleague did meanwhile. What cannot be done takes no words from who wrote them: they are kept as a
draft, and so is what is written while a page is open.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, File, Form, HTTPException, Path, UploadFile
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.casework import (
    attachments,
    cases,
    closings,
    drafts,
    links,
    parties,
    queue,
    reviews,
    revisions,
)
from surveillance.casework.policy import policy_of
from surveillance.errors import CaseError
from surveillance.records import artefacts
from surveillance.records.tables import Attachment, Case, Disposition, Officer
from surveillance.times import parse_time
from surveillance.web.access import LARGEST, Access, Reader, Supervisor, Worker, go, segment

router = APIRouter(prefix="/cases/{case_id}")
Words = Annotated[str, Form(max_length=100_000)]
Seen = Annotated[int | None, Form(ge=0, le=LARGEST)]


@contextmanager
def _change(
    access: Access, case_id: str, seen: int | None, words: Mapping[str, str] | None = None
) -> Iterator[Session]:
    """Change a case that is as the page showed it; keep ``words``, by field, if it cannot be."""
    written = words or {}
    try:
        with access.writing() as session:
            _exists(session, case_id, access.officer)
            if seen is not None:
                revisions.expect_unchanged(session, case_id, access.officer, seen)
            yield session
            for field in written:
                drafts.forget(session, access.officer, case_id, field)
    except CaseError:
        with access.writing() as session:
            if not parties.is_hidden(session, case_id, access.officer):
                drafts.keep(session, access.officer, case_id, written, access.now)
        raise


@router.post("/draft")
def draft(
    access: Worker, case_id: str, field: Annotated[str, Form(max_length=40)], text: Words = ""
) -> Response:
    """Keep what is being written."""
    with access.writing() as session:
        _exists(session, case_id, access.officer)
        drafts.keep(session, access.officer, case_id, {field: text}, access.now)
    return Response(status_code=204)


@router.post("/assign")
def assign(
    access: Worker,
    case_id: str,
    assignee: Annotated[str, Form()] = "",
    text: Words = "",
    seen: Seen = None,
) -> Response:
    """Give a case to somebody, by default oneself, with a note if one likes."""
    with _change(access, case_id, seen, {"handover": text}) as session:
        who = _officer(session, assignee or access.officer.id)
        cases.assign(session, case_id, access.officer, who, access.now, text)
    return go(f"/cases/{case_id}")


@router.post("/release")
def release(access: Worker, case_id: str, reason: Words = "", seen: Seen = None) -> Response:
    """Give a case back to everybody."""
    with _change(access, case_id, seen, {"release": reason}) as session:
        cases.release(session, case_id, access.officer, reason, access.now)
    return go(f"/cases/{case_id}")


@router.post("/snooze")
def snooze(
    access: Worker,
    case_id: str,
    until: Annotated[str, Form(max_length=30)],
    reason: Words = "",
    seen: Seen = None,
) -> Response:
    """Take a case out of the queue until the morning of a day."""
    with _change(access, case_id, seen, {"snooze": reason}) as session:
        cases.snooze(session, case_id, access.officer, morning_of(until), reason, access.now)
    return go(f"/cases/{case_id}")


@router.post("/check")
def check(
    access: Worker,
    case_id: str,
    step: Annotated[str, Form(max_length=2000)],
    done: Annotated[bool, Form()],
) -> Response:
    """Tick a step of the checklist, or take the tick back."""
    with _change(access, case_id, None) as session:
        cases.check(session, case_id, access.officer, step, access.now, done=done)
    return go(f"/cases/{case_id}#checklist")


@router.post("/comment")
def comment(access: Worker, case_id: str, text: Words = "") -> Response:
    """Add a note."""
    with _change(access, case_id, None, {"comment": text}) as session:
        cases.comment(session, case_id, access.officer, text, access.now)
    return go(f"/cases/{case_id}#timeline")


@router.post("/escalate")
def escalate(
    access: Worker,
    case_id: str,
    reason: Words = "",
    formed_at: Annotated[str, Form(max_length=40)] = "",
    seen: Seen = None,
) -> Response:
    """Say that the suspicion is real, and since when."""
    moment = parse_time(formed_at) if formed_at.strip() else None
    with _change(access, case_id, seen, {"suspicion": reason}) as session:
        cases.escalate(session, case_id, access.officer, reason, access.now, moment)
    return go(f"/cases/{case_id}")


@router.post("/dispose")
def dispose(
    access: Worker,
    case_id: str,
    disposition: Annotated[Disposition, Form()],
    reason: Words = "",
    seen: Seen = None,
    skip: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Close a case, or propose to close it, and go on to the next."""
    with _change(access, case_id, seen, {"reason": reason}) as session:
        closings.dispose(
            session, case_id, access.officer, disposition,
            reason=reason, at=access.now, policy=policy_of(access.settings),
        )  # fmt: skip
    return go(following(access, skip, case_id))


@router.post("/approve")
def approve(access: Supervisor, case_id: str, seen: Seen = None) -> Response:
    """Close a case as somebody else proposed."""
    with _change(access, case_id, seen) as session:
        policy = policy_of(access.settings)
        closings.approve(session, case_id, access.officer, access.now, policy)
    return go(f"/cases/{case_id}")


@router.post("/refuse")
def refuse(access: Worker, case_id: str, reason: Words = "", seen: Seen = None) -> Response:
    """Turn down a proposal, or take back one's own."""
    with _change(access, case_id, seen) as session:
        closings.refuse(session, case_id, access.officer, reason, access.now)
    return go(f"/cases/{case_id}")


@router.post("/reopen")
def reopen(access: Worker, case_id: str, reason: Words = "", seen: Seen = None) -> Response:
    """Take up a closed case again."""
    with _change(access, case_id, seen, {"again": reason}) as session:
        closings.reopen(session, case_id, access.officer, reason, access.now)
    return go(f"/cases/{case_id}")


@router.post("/restrict")
def restrict(
    access: Supervisor, case_id: str, party: Annotated[str, Form()], reason: Words = ""
) -> Response:
    """Keep a case from an officer."""
    with _change(access, case_id, None) as session:
        who = _officer(session, party)
        cases.restrict(session, case_id, access.officer, who, reason, access.now)
    return go(f"/cases/{case_id}")


@router.post("/review")
def review(
    access: Supervisor, case_id: str, agrees: Annotated[bool, Form()], reason: Words = ""
) -> Response:
    """Say whether a closing that was drawn was right."""
    with _change(access, case_id, None) as session:
        reviews.review(
            session, case_id, access.officer, agrees=agrees, reason=reason, at=access.now
        )
    return go(f"/cases/{case_id}")


@router.post("/links")
def link(
    access: Worker, case_id: str, other: Annotated[str, Form(max_length=40)], reason: Words = ""
) -> Response:
    """Link a case with another."""
    with _change(access, case_id, None) as session:
        links.link(session, case_id, access.officer, other, reason, access.now)
    return go(f"/cases/{case_id}#links")


def _body(file: Annotated[UploadFile, File()]) -> tuple[str, bytes]:
    return file.filename or "", file.file.read(attachments.LARGEST + 1)


@router.post("/attachments")
def attach(
    access: Worker, case_id: str, sent: Annotated[tuple[str, bytes], Depends(_body)]
) -> Response:
    """Put a file on a case."""
    name, body = sent
    with _change(access, case_id, None) as session:
        attachments.attach(session, case_id, access.officer, name, body, access.now)
    return go(f"/cases/{case_id}#attachments")


@router.get("/attachments/{number}")
def download(access: Reader, case_id: str, number: Annotated[int, Path(le=LARGEST)]) -> Response:
    """Hand out a file of a case, which is a read of the case; the browser never shows it."""
    access.read_case(case_id)
    with access.reading() as session:
        row = session.get(Attachment, number)
        if row is None or row.case_id != case_id:
            raise HTTPException(404, f"There is no file {number} on this case.")
        body = artefacts.read(session, row.sha256)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{segment(row.name)}"}
    return Response(body, media_type=row.media_type, headers=headers)


def following(access: Access, skip: str, done: str) -> str:
    """Take the next case, passing over those just seen, and return its address.

    ``done`` is the case that was closed just now, to be named above it.
    """
    seen = tuple(part for part in (*skip.split("."), done) if part.isalnum())[-50:]
    with access.writing() as session:
        case_id = queue.next_case(session, access.officer, now=access.now, skip=seen)
        after = {"after": done} if done else {}
        if case_id is None:
            return "/queue?" + urlencode({"none": 1} | after)
        if session.get_one(Case, case_id).assignee is None:
            cases.assign(session, case_id, access.officer, access.officer, access.now)
    return f"/cases/{case_id}?" + urlencode({"skip": ".".join((*seen, case_id))} | after)


def morning_of(day: str) -> datetime:
    """Return six in the morning, UTC, of a day such as ``2026-03-02``."""
    try:
        return parse_time(day) + timedelta(hours=6)
    except OverflowError:
        raise CaseError(f"expected a day to come, was {day!r}") from None


def _officer(session: Session, name: str) -> Officer:
    who = session.get(Officer, name)
    if who is None:
        raise CaseError(f"expected the id of an officer, was {name!r}")
    return who


def _exists(session: Session, case_id: str, officer: Officer) -> None:
    if session.get(Case, case_id) is None or parties.is_hidden(session, case_id, officer):
        raise HTTPException(404, f"There is no case {case_id}.")
