"""The queue: what waits to be looked at, most important first, and the next thing to do."""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance.casework import cases, closings, queue, terms, views
from surveillance.casework.policy import policy_of
from surveillance.casework.question import IN_WORK, Due, Question
from surveillance.casework.queue import CaseSummary, Sort
from surveillance.errors import CaseError, SurveillanceError
from surveillance.model import Risk, Severity
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import CaseState, Disposition, Officer
from surveillance.times import parse_time
from surveillance.web.access import Access, Reader, Worker, go
from surveillance.web.case_actions import following, morning_of

router = APIRouter()

PAGE = 50
MOST = 10_000
"""Lines of an export."""
NOBODY = "-"
"""What the filter of assignees calls cases that nobody has taken."""
SNOOZED = "snoozed"
_STATES = {"work": IN_WORK, "all": tuple(CaseState), SNOOZED: IN_WORK} | {
    state.value: (state,) for state in CaseState
}


@dataclass(frozen=True)
class Filter:
    """What the officer wants to see, as the address of the page says it."""

    state: Annotated[str, Query(pattern="^[a-z]*$")] = "work"
    assignee: str = ""
    risk: str = ""
    severity: str = ""
    typology: str = ""
    instrument: str = ""
    segment: str = ""
    since: str = ""
    until: str = ""
    due: str = ""
    about: Annotated[str, Query(max_length=200)] = ""
    sort: str = ""
    page: Annotated[int, Query(ge=1, le=100_000)] = 1

    @property
    def question(self) -> Question:
        """Return the question to the queue; what is no choice asks for nothing."""
        return Question(
            states=_STATES.get(self.state, IN_WORK),
            snoozed={"work": False, SNOOZED: True}.get(self.state),
            assignee=self.assignee if self.assignee not in {"", NOBODY} else None,
            unassigned=self.assignee == NOBODY,
            risk=self.risk if self.risk in set(Risk) else None,
            severity=Severity(self.severity) if self.severity in set(Severity) else None,
            typology=self.typology.strip() or None,
            instrument=self.instrument.strip() or None,
            segment=self.segment.strip() or None,
            acted_from=_day(self.since),
            acted_to=_day(self.until, timedelta(days=1)),
            due=Due(self.due) if self.due in set(Due) else None,
            about=self.about.strip() or None,
        )

    @property
    def order(self) -> Sort:
        """Return the order of the lines."""
        return Sort(self.sort) if self.sort in set(Sort) else Sort.PRIORITY

    @property
    def asked(self) -> str:
        """Return what was asked for as the part of an address, without the page."""
        given = {name: value for name, value in asdict(self).items() if name != "page"}
        usual = asdict(Filter())
        return urlencode({name: value for name, value in given.items() if value != usual[name]})

    def find(self, session: Session, access: Access, limit: int = PAGE) -> queue.Page:
        """Read one page of the queue."""
        return queue.queue(
            session, self.question, now=access.now, viewer=access.officer,
            sort=self.order, limit=limit, offset=(self.page - 1) * PAGE,
        )  # fmt: skip

    def address(self, page: int) -> str:
        """Return the address of another page of the same."""
        return f"/queue?{self.asked}&page={page}" if self.asked else f"/queue?page={page}"

    def sorted_by(self, sort: str) -> str:
        """Return the address of the same in another order."""
        rest = [pair for pair in self.asked.split("&") if pair and not pair.startswith("sort=")]
        return "/queue?" + "&".join([*rest, f"sort={sort}"])


@router.get("/queue")
def show_queue(
    access: Reader,
    chosen: Annotated[Filter, Depends()],
    none: bool = False,
    after: str = "",
    done: str = "",
) -> Response:
    """List cases in an order, with the backlog above them."""
    with access.reading() as session:
        return access.page(
            "queue.html",
            chosen=chosen,
            page=chosen.find(session, access),
            backlog=queue.backlog(session, now=access.now, viewer=access.officer),
            drawn=queue.drawn(session, now=access.now, viewer=access.officer),
            people=workers(session),
            choices={kind: terms.known(session, kind) for kind in _CHOICES},
            views=views.of_officer(session, access.officer),
            states=list(_STATES),
            risks=list(Risk),
            severities=list(reversed(Severity)),
            dues=list(Due),
            sorts=list(Sort),
            dispositions=[each for each in Disposition if each is not Disposition.REPORTED],
            nobody=NOBODY,
            size=PAGE,
            is_done=none,
            after=after,
            done=done,
        )


_CHOICES = ("typology", "instrument", "segment")


@router.get("/queue.csv")
def export(access: Reader, chosen: Annotated[Filter, Depends()]) -> Response:
    """Hand out the lines of the queue, at most 10,000, as CSV."""
    with access.reading() as session:
        page = chosen.find(session, access, MOST)
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(case) for case in page.cases)
    headers = {"Content-Disposition": 'attachment; filename="queue.csv"'}
    return Response(written.getvalue(), media_type="text/csv", headers=headers)


_COLUMNS = (
    "id", "subject", "state", "severity", "priority", "assignee", "typologies", "instruments",
    "alert_count", "first_act", "last_act", "opened_at", "due_at", "disposition", "closed_at",
)  # fmt: skip


def _cells(case: CaseSummary) -> Iterator[str]:
    for name in _COLUMNS:
        value = getattr(case, name)
        if isinstance(value, datetime):
            yield value.isoformat()
        elif isinstance(value, tuple):
            yield _safe(" ".join(value))
        else:
            yield _safe("" if value is None else str(value))


def _safe(text: str) -> str:
    """Keep a spreadsheet from running what a trader named an account."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@router.post("/queue/views")
def save_view(
    access: Reader,
    name: Annotated[str, Form(max_length=60)],
    question: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Name what is shown, to come back to it."""
    with access.writing() as session:
        views.save(session, access.officer, name, question)
    return go(f"/queue?{question}")


@router.post("/queue/views/drop")
def drop_view(access: Reader, name: Annotated[str, Form(max_length=60)]) -> Response:
    """Forget a named view."""
    with access.writing() as session:
        views.drop(session, access.officer, name)
    return go("/queue")


@router.post("/queue/bulk")
def bulk(
    access: Worker,
    verb: Annotated[str, Form(pattern="^(assign|dispose|snooze)$")],
    case: Annotated[list[str], Form(max_length=PAGE)],
    reason: Annotated[str, Form(max_length=100_000)] = "",
    assignee: Annotated[str, Form()] = "",
    disposition: Annotated[str, Form()] = "",
    until: Annotated[str, Form(max_length=30)] = "",
    question: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    """Do one thing with several cases, with one reason: with all of them, or with none."""
    with access.writing() as session:
        who = session.get(Officer, assignee or access.officer.id)
        for case_id in case:
            if verb == "assign" and who is not None:
                cases.assign(session, case_id, access.officer, who, access.now, reason)
            elif verb == "snooze":
                wake = morning_of(until)
                cases.snooze(session, case_id, access.officer, wake, reason, access.now)
            elif verb == "dispose" and disposition in set(Disposition):
                closings.dispose(
                    session, case_id, access.officer, Disposition(disposition),
                    reason=reason, at=access.now, policy=policy_of(access.settings),
                )  # fmt: skip
            else:
                raise CaseError("expected somebody to assign to or a disposition, was none")
    return go(f"/queue?{question}&done={len(case)}")


@router.post("/next")
def next_case(access: Worker, skip: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Take the most important case that is one's own or nobody's, passing over those just seen."""
    return go(following(access, skip, ""))


def workers(session: Session) -> list[Officer]:
    """Return those who can be given a case."""
    is_worker = col(Officer.role).in_(WORKERS)
    wanted = select(Officer).where(is_worker, col(Officer.active).is_(True)).order_by(Officer.id)
    return list(session.exec(wanted))


def _day(text: str, later: timedelta = timedelta(0)) -> datetime | None:
    try:
        return parse_time(text) + later if text.strip() else None
    except (SurveillanceError, OverflowError):
        return None
