"""Coverage on a screen: what the rules in force answer, where nothing does, and as a PDF."""

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance import rendering, reports
from surveillance.records import journal
from surveillance.records.coverage import CoverageRecord
from surveillance.records.tables import Report
from surveillance.records.trading import trading
from surveillance.rules import practices
from surveillance.studies.versions import versions
from surveillance.studies.watch.coverage import coverage, record
from surveillance.web.access import Access, Reader, go

router = APIRouter()
_SUBJECT = "rulebook:coverage"


@router.get("/coverage")
def show_coverage(access: Reader) -> Response:
    """Show what every practice, red flag and product has for rules."""
    with access.reading() as session:
        latest = select(Report).where(Report.subject == _SUBJECT).order_by(col(Report.id).desc())
        return access.page(
            "coverage.html",
            coverage=_coverage(access, session),
            reports=list(session.exec(latest.limit(10))),
        )


@router.post("/coverage")
def render(access: Reader) -> Response:
    """Render the coverage as it is now, and keep it."""
    with access.reading() as session:
        covered, head = _coverage(access, session), journal.head(session)
    rendered = reports.render_coverage(
        covered,
        institution=access.settings.institution,
        at=access.now,
        journal_head=head,
        templates=access.settings.templates / "reports",
    )
    with access.writing() as session:
        rendering.save(
            session,
            access.settings,
            rendered,
            subject=_SUBJECT,
            officer=access.officer,
            at=access.now,
            journal_head=head,
        )
    return go("/coverage#reports")


def _coverage(access: Access, session: Session) -> CoverageRecord:
    folder = access.settings.rules
    return record(coverage(practices.load(folder), versions(session, folder), trading(session)))
