"""A case or a study becomes a PDF: rendered as it was, stored as a file, and journalled.

A file is named by its digest and never written twice; whoever takes it down gets the bytes that
were stored, or an error that they are others now.
"""

from datetime import datetime
from pathlib import Path

from filelock import FileLock
from sqlmodel import Session

from surveillance import reports
from surveillance.casework import cases, files, permissions
from surveillance.casework.permissions import CaseAction
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import digest
from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer, Report
from surveillance.reports import Rendered
from surveillance.reports.study import study_report
from surveillance.studies import store


def render(
    place: Installation, case_id: str, kind: str, officer_id: str, at: datetime
) -> tuple[Path, str]:
    """Render a case for an officer, and return where the PDF is and its SHA-256.

    Raises:
        SurveillanceError: case, officer, kind or template is not there, or is not allowed.
    """
    with place.session() as session:
        officer = session.get(Officer, officer_id)
        if officer is None:
            raise SurveillanceError(f"expected the id of an officer, was {officer_id!r}")
        permissions.require_role(CaseAction.REPORT, officer)
        cases.read(session, case_id, officer, at)
        file = files.case_file(session, case_id, now=at)
    moment, head = reports.moment_of(file)
    rendered = reports.render_case(
        file,
        kind,
        institution=place.settings.institution,
        officer=officer,
        at=moment,
        journal_head=head,
        templates=place.settings.templates / "reports",
    )
    folder = place.settings.reports
    with place.session() as session:
        report = save(
            session, folder, rendered,
            subject=f"case:{case_id}", officer=officer, at=at, journal_head=head,
        )  # fmt: skip
        return folder / report.path, report.sha256


def render_study(
    session: Session, settings: Settings, study_id: str, officer: Officer, at: datetime
) -> Report:
    """Render a study, as of when it was made, and store the PDF for an officer.

    Raises:
        SurveillanceError: there is no such study, or its answer was changed.
    """
    study = store.load(session, study_id)
    head = store.anchor(session, study)
    rendered = reports.render_study(
        study_report(study),
        institution=settings.institution,
        journal_head=head,
        templates=settings.templates / "reports",
    )
    return save(
        session, settings.reports, rendered,
        subject=f"study:{study.id}", officer=officer, at=at, journal_head=head,
    )  # fmt: skip


def save(
    session: Session,
    folder: Path,
    rendered: Rendered,
    *,
    subject: str,
    officer: Officer,
    at: datetime,
    journal_head: Anchor,
) -> Report:
    """Store a report on a subject such as ``case:<id>`` as a file and a row, and journal it."""
    about, _, name = subject.partition(":")
    path = Path(about) / f"{rendered.kind.name}-{rendered.sha256}.pdf"
    _write(folder / path, rendered.pdf)
    report = Report(
        kind=rendered.kind.name,
        case_id=name if about == "case" else None,
        subject=subject,
        sha256=rendered.sha256,
        path=path.as_posix(),
        created_at=at,
        created_by=officer.id,
        journal_head=journal_head.digest,
    )
    session.add(report)
    detail = {"kind": report.kind, "sha256": report.sha256}
    journal.append(session, officer.id, "report", subject, detail, at=at)
    return report


def read(folder: Path, report: Report) -> bytes:
    """Return the PDF of a report; a SurveillanceError if it is gone or not what was stored."""
    try:
        pdf = (folder / report.path).read_bytes()
    except OSError:
        raise SurveillanceError(f"expected the file of report {report.id}, was none") from None
    if (sha256 := digest(pdf)) != report.sha256:
        raise SurveillanceError(f"expected a PDF of SHA-256 {report.sha256}, was {sha256}")
    return pdf


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(path.parent / ".lock"):
        for left in path.parent.glob("*.part"):  # by one who was killed
            left.unlink()
        beside = path.with_suffix(".part")
        beside.write_bytes(body)
        beside.chmod(0o600)
        beside.replace(path)
