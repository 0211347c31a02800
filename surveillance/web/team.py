"""The team on a screen: what waits with whom, how long deciding takes, and what comes of rules."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response
from sqlmodel import col, select

from surveillance.casework import queue, reviews, team
from surveillance.records.tables import Report
from surveillance.web import tasks
from surveillance.web.access import Overseer
from surveillance.web.works import TEAM

router = APIRouter()
_REPORTS = select(Report).where(Report.subject == TEAM).order_by(col(Report.id).desc()).limit(5)


@router.get("/team")
def show_team(access: Overseer, days: Annotated[int, Query(ge=1, le=3660)] = 30) -> Response:
    """Show how the work went in the last days."""
    start = access.now - timedelta(days=days)
    with access.reading() as session:
        return access.page(
            "team.html",
            days=days,
            start=start,
            team=team.team(session, access.officer, start=start, end=access.now),
            backlog=queue.backlog(session, now=access.now, viewer=access.officer),
            due=reviews.due(session, access.officer),
            reports=list(session.exec(_REPORTS)),
            tasks=tasks.on(access, TEAM),
        )


@router.post("/team")
def render(access: Overseer, days: Annotated[int, Form(ge=1, le=3660)] = 30) -> Response:
    """Ask that the work of a period is rendered as PDF."""
    return tasks.ask(access, "team", TEAM, f"/team?days={days}#reports", {"days": days})
