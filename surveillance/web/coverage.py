"""Coverage on a screen: what the rules in force answer, where nothing does, and as a PDF."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance import rendering, reports
from surveillance.records import journal
from surveillance.records.tables import Report
from surveillance.rules import practices
from surveillance.studies.versions import versions
from surveillance.studies.watch.coverage import coverage, told
from surveillance.web.desk import Desk, Reader, go

router = APIRouter()
_SUBJECT = "rulebook:coverage"


@router.get("/coverage")
def show_coverage(desk: Reader) -> Response:
    """Show what every practice, red flag and product has for rules."""
    with desk.reading() as session:
        kept = select(Report).where(Report.subject == _SUBJECT).order_by(col(Report.id).desc())
        made = list(session.exec(kept.limit(10)))
        return desk.page("coverage.html", coverage=_told(desk, session), made=made)


@router.post("/coverage")
def render(desk: Reader) -> Response:
    """Render the coverage as it is now, and keep it."""
    with desk.reading() as session:
        found, head = _told(desk, session), journal.head(session)
    rendered = reports.render_coverage(
        found,
        institution=desk.settings.institution,
        at=desk.now,
        journal_head=head,
        templates=desk.settings.templates / "reports",
    )
    with desk.writing() as session:
        rendering.keep(
            session,
            desk.settings.reports,
            rendered,
            subject=_SUBJECT,
            officer=desk.officer,
            at=desk.now,
            journal_head=head,
        )
    return go("/coverage#reports")


def _told(desk: Desk, session: Session) -> dict[str, Any]:
    folder = desk.settings.rules
    return told(coverage(practices.load(folder), versions(session, folder)))
