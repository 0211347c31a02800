"""Rendered reports as files: signed where there is a key, stored once, and journalled.

A file is named by the digest of what was rendered and never written twice; whoever takes it down
gets the bytes that were stored, or an error that they are others now.
"""

from datetime import datetime
from pathlib import Path

from filelock import FileLock
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.model import digest
from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer, Report
from surveillance.reports import Rendered, signing


def save(
    session: Session,
    settings: Settings,
    rendered: Rendered,
    *,
    subject: str,
    officer: Officer,
    at: datetime,
    journal_head: Anchor,
) -> Report:
    """Store a report on a subject such as ``case:<id>`` as a file and a row, and journal it.

    The file is signed where a key is set; its name and ``sha256`` are of what was rendered.
    """
    about, _, name = subject.partition(":")
    path = Path(about) / f"{rendered.kind.name}-{rendered.sha256}.pdf"
    pdf = _signed(settings, rendered.pdf)
    _write(settings.reports / path, pdf)
    report = Report(
        kind=rendered.kind.name,
        case_id=name if about == "case" else None,
        subject=subject,
        sha256=rendered.sha256,
        signed_sha256="" if pdf is rendered.pdf else digest(pdf),
        path=path.as_posix(),
        created_at=at,
        created_by=officer.id,
        journal_head=journal_head.digest,
    )
    session.add(report)
    detail = {"kind": report.kind, "sha256": report.sha256}
    if report.signed_sha256:
        detail["signed_sha256"] = report.signed_sha256
    journal.append(session, officer.id, "report", subject, detail, at=at)
    return report


def read(folder: Path, report: Report) -> bytes:
    """Return the PDF of a report; a SurveillanceError if it is gone or not what was stored."""
    try:
        pdf = (folder / report.path).read_bytes()
    except OSError:
        raise SurveillanceError(f"expected the file of report {report.id}, was none") from None
    stored = report.signed_sha256 or report.sha256
    if (sha256 := digest(pdf)) != stored:
        raise SurveillanceError(f"expected a PDF of SHA-256 {stored}, was {sha256}")
    return pdf


def _signed(settings: Settings, pdf: bytes) -> bytes:
    if settings.signing_key is None:
        return pdf
    return signing.sign(pdf, settings.signing_key, settings.signing_secret.get_secret_value())


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(path.parent / ".lock"):
        for left in path.parent.glob("*.part"):  # by one who was killed
            left.unlink()
        beside = path.with_suffix(".part")
        beside.write_bytes(body)
        beside.chmod(0o600)
        beside.replace(path)
