"""Coverage on a screen: what the rules in force answer, where nothing does, and as a PDF."""

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance.records.coverage import CoverageRecord
from surveillance.records.tables import Report
from surveillance.records.trading import trading
from surveillance.rules import practices
from surveillance.studies.versions import versions
from surveillance.studies.watch.coverage import coverage, record
from surveillance.web import tasks
from surveillance.web.access import Access, Reader
from surveillance.web.works import ASSURANCE, COVERAGE

router = APIRouter()


@router.get("/coverage")
def show_coverage(access: Reader) -> Response:
    """Show what every practice, red flag and product has for rules."""
    with access.reading() as session:
        latest = select(Report).where(col(Report.subject).like("rulebook:%"))
        return access.page(
            "coverage.html",
            coverage=_coverage(access, session),
            reports=list(session.exec(latest.order_by(col(Report.id).desc()).limit(10))),
            tasks=[*tasks.on(access, COVERAGE), *tasks.on(access, ASSURANCE)],
        )


@router.post("/coverage")
def render(access: Reader) -> Response:
    """Ask that the coverage is rendered as it is now."""
    return tasks.ask(access, "coverage", COVERAGE, "/coverage#reports")


@router.post("/assurance")
def assure(access: Reader) -> Response:
    """Ask that the assurance of surveillance is rendered: what ran, and what it still finds."""
    return tasks.ask(access, "assurance", ASSURANCE, "/coverage#reports")


def _coverage(access: Access, session: Session) -> CoverageRecord:
    folder = access.settings.rules
    return record(coverage(practices.load(folder), versions(session, folder), trading(session)))
