"""Reports of a case: made on demand, kept with their digest, and handed out only as they were."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request
from fastapi.responses import Response

from surveillance import rendering, reports
from surveillance.casework import files
from surveillance.casework.files import CaseFile
from surveillance.records.journal import Anchor
from surveillance.records.tables import Report
from surveillance.web.access import LARGEST, Access, Reader, Worker, go

router = APIRouter()
_FIELD = "field-"


async def field_texts(request: Request) -> dict[str, str]:
    """Return what the officer wrote into the fields of a form, by their numbers."""
    form = await request.form()
    written = ((name, value) for name, value in form.items() if isinstance(value, str))
    return {name.removeprefix(_FIELD): text for name, text in written if name.startswith(_FIELD)}


@router.get("/cases/{case_id}/reports/{kind}")
def draft(access: Worker, case_id: str, kind: str) -> Response:
    """Show the fields of a report as they would be filled now, for the officer to add to."""
    title = _kind(access, kind).title
    file, moment, head = _case(access, case_id)
    sections = reports.draft_case(
        file,
        kind,
        institution=access.settings.institution,
        officer=access.officer,
        at=moment,
        journal_head=head,
        templates=access.settings.templates / "reports",
    )
    return access.page("draft.html", file=file, kind=kind, title=title, sections=sections)


@router.post("/cases/{case_id}/reports")
def make(
    access: Worker,
    case_id: str,
    kind: Annotated[str, Form(max_length=100)],
    answers: Annotated[dict[str, str], Depends(field_texts)],
) -> Response:
    """Render a case as a report of one kind and keep it."""
    file, moment, head = _case(access, case_id)
    rendered = reports.render_case(
        file,
        kind,
        institution=access.settings.institution,
        officer=access.officer,
        at=moment,
        journal_head=head,
        answered={number: text for number, text in answers.items() if text.strip()},
        templates=access.settings.templates / "reports",
    )
    with access.writing() as session:
        rendering.save(
            session,
            access.settings.reports,
            rendered,
            subject=f"case:{case_id}",
            officer=access.officer,
            at=access.now,
            journal_head=head,
        )
    return go(f"/cases/{case_id}#reports")


@router.get("/reports/{report_id}.pdf")
def download(access: Reader, report_id: Annotated[int, Path(le=LARGEST)]) -> Response:
    """Hand out a report; that of a case is a read of the case."""
    with access.reading() as session:
        report = session.get(Report, report_id)
    if report is None:
        raise HTTPException(404, f"There is no report {report_id}.")
    if report.case_id:
        access.read_case(report.case_id)
    pdf = rendering.read(access.settings.reports, report)
    name = f"{report.subject.replace(':', '-')}-{report.kind}-{report.sha256[:8]}.pdf"
    shown = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(pdf, media_type="application/pdf", headers=shown)


def _case(access: Access, case_id: str) -> tuple[CaseFile, datetime, Anchor]:
    """Read a case, and when it last changed: the same case is the same report."""
    access.read_case(case_id)
    with access.reading() as session:
        file = files.case_file(session, case_id, now=access.now)
    return file, *reports.moment_of(file)


def _kind(access: Access, name: str) -> reports.ReportKind:
    known = reports.kinds(access.settings.templates / "reports")
    report_kind = next((kind for kind in known if (kind.about, kind.name) == ("case", name)), None)
    if report_kind is None:
        raise HTTPException(404, f"There is no report kind {name}.")
    return report_kind
