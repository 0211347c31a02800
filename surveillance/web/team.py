"""The team on a screen: what waits with whom, how long deciding takes, and what comes of rules."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from surveillance.casework import queue, reviews, team
from surveillance.web.access import Overseer

router = APIRouter()


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
        )
