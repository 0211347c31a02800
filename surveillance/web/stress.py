"""The risk desk on a screen: the stress test that was made last, one trader of it, and as a PDF."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import col, select

from surveillance import rendering
from surveillance.records.tables import Report
from surveillance.reports import stress as reports
from surveillance.studies.watch import stress
from surveillance.web.access import Access, Reader, go

router = APIRouter()


@router.get("/stress")
def show_stress(access: Reader) -> Response:
    """Show what portfolios lose when prices and volatility move, and what is suggested."""
    with access.reading() as session:
        stored = stress.latest(session)
        subject = f"stress:{stored.id}" if stored else ""
        made = select(Report).where(Report.subject == subject).order_by(col(Report.id).desc())
        listed = list(session.exec(made.limit(10)))
    report = reports.StressReport(stored.id, stored.test, stored.at) if stored else None
    return access.page(
        "stress.html",
        stress=report,
        changes=reports.changes,
        fund_losses=reports.fund_losses,
        pictures=[
            Markup(each.picture)  # noqa: S704 - drawn by us, every word in it escaped
            for each in (report.leading if report else ())
        ],
        reports=listed,
    )


@router.get("/stress/traders/{trader_id}")
def show_trader(access: Reader, trader_id: str) -> Response:
    """Show one trader's grid, and the numbers behind what is suggested."""
    stored = _latest(access)
    traders = [each for each in stored.test.traders if each.trader_id == trader_id]
    if not traders:
        raise HTTPException(404, f"{trader_id} held nothing at the end of that day.")
    return access.page(
        "stress_trader.html", test=stored.test, trader=traders[0], changes=reports.changes,
        fund_losses=reports.fund_losses,
    )  # fmt: skip


@router.post("/stress")
def render(access: Reader) -> Response:
    """Render the test as PDF and keep it."""
    stored = _latest(access)
    rendered = reports.render(
        reports.StressReport(stored.id, stored.test, stored.at),
        institution=access.settings.institution,
        journal_head=stored.head,
        templates=access.settings.templates / "reports",
    )
    with access.writing() as session:
        rendering.save(
            session,
            access.settings,
            rendered,
            subject=f"stress:{stored.id}",
            officer=access.officer,
            at=access.now,
            journal_head=stored.head,
        )
    return go("/stress#reports")


def _latest(access: Access) -> stress.Stored:
    with access.reading() as session:
        stored = stress.latest(session)
    if stored is None:
        raise HTTPException(404, "There is no stress test yet.")
    return stored
