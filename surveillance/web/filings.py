"""Reports of a case: made on demand, kept with their digest, and handed out only as they were."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from surveillance import journal, queue, reports
from surveillance.config import Settings
from surveillance.reports import shelf
from surveillance.tables import Report
from surveillance.web.desk import Reader, Worker, go

router = APIRouter()


@router.post("/cases/{case_id}/reports")
def make(desk: Worker, case_id: str, kind: Annotated[str, Form(max_length=100)]) -> Response:
    """Render a case as a report of one kind and keep it."""
    desk.read_case(case_id)
    with desk.reading() as session:
        file = queue.case_file(session, case_id, now=desk.now)
        head = journal.head(session)
    rendered = reports.render_case(
        file,
        kind,
        institution=institution(desk.settings),
        officer=desk.officer,
        at=desk.now,
        journal_head=head,
        templates=desk.settings.templates / "reports",
    )
    with desk.writing() as session:
        shelf.put_up(
            session,
            desk.settings.reports,
            rendered,
            subject=f"case:{case_id}",
            officer=desk.officer,
            at=desk.now,
            journal_head=head,
        )
    return go(f"/cases/{case_id}#reports")


@router.get("/reports/{report_id}.pdf")
def download(desk: Reader, report_id: int) -> Response:
    """Hand out a report; that of a case is a read of the case."""
    with desk.reading() as session:
        report = session.get(Report, report_id)
        if report is None:
            raise HTTPException(404, f"There is no report {report_id}.")
        session.expunge(report)
    if report.case_id:
        desk.read_case(report.case_id)
    pdf = shelf.take_down(desk.settings.reports, report)
    name = f"{report.subject.replace(':', '-')}-{report.kind}-{report.sha256[:8]}.pdf"
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def institution(settings: Settings) -> reports.Institution:
    """Return who submits reports, as reports want it."""
    told = settings.institution.model_dump()
    return reports.Institution(**told)
