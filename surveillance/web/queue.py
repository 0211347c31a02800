"""The queue: what waits to be looked at, most important first, and the next thing to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance.casework import cases, queue
from surveillance.model import Risk
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Case, CaseState, Officer
from surveillance.web.access import Reader, Worker, go

router = APIRouter()

PAGE = 50
NOBODY = "-"
"""What the filter of assignees calls cases that nobody has taken."""
_STATES = {"work": queue.IN_WORK, "all": tuple(CaseState)} | {
    state.value: (state,) for state in CaseState
}


@dataclass(frozen=True)
class Filter:
    """What the officer wants to see, as the address of the page says it."""

    state: Annotated[str, Query(pattern="^[a-z]*$")] = "work"
    assignee: str = ""
    risk: str = ""
    about: str = ""
    page: Annotated[int, Query(ge=1, le=100_000)] = 1

    def find(self, session: Session, now: datetime) -> queue.Page:
        """Read one page of the queue."""
        return queue.queue(
            session,
            now=now,
            states=_STATES.get(self.state, queue.IN_WORK),
            assignee=self.assignee if self.assignee not in {"", NOBODY} else None,
            unassigned=self.assignee == NOBODY,
            risk=Risk(self.risk) if self.risk in set(Risk) else None,
            about=self.about.strip() or None,
            limit=PAGE,
            offset=(self.page - 1) * PAGE,
        )

    def address(self, page: int) -> str:
        """Return the address of another page of the same."""
        chosen = {"state": self.state, "assignee": self.assignee, "risk": self.risk}
        return "/queue?" + urlencode(chosen | {"about": self.about, "page": page})


@router.get("/queue")
def show_queue(
    access: Reader, chosen: Annotated[Filter, Depends()], none: bool = False
) -> Response:
    """List cases by priority, with the backlog above them."""
    with access.reading() as session:
        return access.page(
            "queue.html",
            chosen=chosen,
            page=chosen.find(session, access.now),
            backlog=queue.backlog(session, now=access.now),
            drawn=queue.drawn(session, now=access.now),
            people=workers(session),
            states=list(_STATES),
            risks=list(Risk),
            nobody=NOBODY,
            size=PAGE,
            is_done=none,
        )


@router.post("/next")
def next_case(access: Worker, skip: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """Take the most important case that is one's own or nobody's, passing over those just seen."""
    seen = tuple(part for part in skip.split(".") if part.isalnum())[-50:]
    with access.writing() as session:
        case_id = queue.next_case(session, access.officer, skip=seen)
        if case_id is None:
            return go("/queue?none=1")
        if session.get_one(Case, case_id).assignee is None:
            cases.assign(session, case_id, access.officer, access.officer, access.now)
    return go(f"/cases/{case_id}?{urlencode({'skip': '.'.join((*seen, case_id))})}")


def workers(session: Session) -> list[Officer]:
    """Return those who can be given a case."""
    is_worker = col(Officer.role).in_(WORKERS)
    wanted = select(Officer).where(is_worker, col(Officer.active).is_(True)).order_by(Officer.id)
    return list(session.exec(wanted))
