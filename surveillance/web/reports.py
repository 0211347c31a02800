"""Reports of a case: made on demand, kept with their digest, and handed out only as they were."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response

from surveillance import rendering, reports
from surveillance.casework import files
from surveillance.casework.files import CaseFile
from surveillance.records.tables import Report
from surveillance.web import tasks
from surveillance.web.access import LARGEST, Access, Reader, Worker, go

router = APIRouter()
_FIELD = "field-"
Kind = Annotated[str, Form(max_length=100)]
Words = Annotated[str, Form(max_length=100_000)]


async def field_texts(request: Request) -> dict[str, str]:
    """Return what the officer wrote into the fields of a form, by their numbers."""
    form = await request.form()
    written = ((name, value) for name, value in form.items() if isinstance(value, str))
    return {
        name.removeprefix(_FIELD): text
        for name, text in written
        if name.startswith(_FIELD) and text.strip()
    }


Answers = Annotated[dict[str, str], Depends(field_texts)]


@router.get("/cases/{case_id}/reports/{kind}")
def draft(access: Worker, case_id: str, kind: str, amends: str = "") -> Response:
    """Show the fields of a report as they would be filled now, for the officer to add to."""
    title = _kind(access, kind).title
    file = _case(access, case_id)
    sections = reports.draft_case(
        file,
        kind,
        institution=access.settings.institution,
        officer=access.officer,
        at=access.now,
        journal_head=reports.anchor(file),
        templates=access.settings.templates / "reports",
    )
    return access.page(
        "draft.html", file=file, kind=kind, title=title, sections=sections, amends=amends
    )


@router.post("/cases/{case_id}/reports")
def make(access: Worker, case_id: str, kind: Kind, answers: Answers) -> Response:
    """Ask that a case is rendered as a report of one kind."""
    access.read_case(case_id)
    reports.find("case", kind, access.settings.templates / "reports")
    where = f"/cases/{case_id}#reports"
    return tasks.ask(access, "case", f"case:{case_id}", where, {"kind": kind, "answers": answers})


@router.post("/cases/{case_id}/filings")
def draft_filing(
    access: Worker,
    case_id: str,
    kind: Kind,
    answers: Answers,
    why: Words = "",
    amends: Annotated[str, Form(max_length=100)] = "",
) -> RedirectResponse:
    """Render a case for an authority, and ask a second officer to approve it."""
    file = _case(access, case_id)
    prepared = rendering.prepare(access.settings, file, kind, access.officer, access.now, answers)
    with access.writing() as session:
        filing = rendering.save_draft(
            session, access.settings, prepared, access.officer,
            reason=why, at=access.now, amends=amends or None,
        )  # fmt: skip
    return go(f"/filings#{filing.id}")


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


def _case(access: Access, case_id: str) -> CaseFile:
    access.read_case(case_id)
    with access.reading() as session:
        return files.case_file(session, case_id, now=access.now)


def _kind(access: Access, name: str) -> reports.ReportKind:
    known = reports.kinds(access.settings.templates / "reports")
    report_kind = next((kind for kind in known if (kind.about, kind.name) == ("case", name)), None)
    if report_kind is None:
        raise HTTPException(404, f"There is no report kind {name}.")
    return report_kind
