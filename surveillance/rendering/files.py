"""Rendered reports as files: signed where there is a key, stored once, and journalled.

A file is named by the digest of what was rendered and never written twice; whoever takes it down
gets the bytes that were stored, or an error that they are others now. Until its row is committed a
note lies beside it, so the next to write finds what one who was killed left, and deletes it.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import event
from sqlmodel import Session, select

from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import database, journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer, Report
from surveillance.reports import Rendered, signing

_NOTE = ".unfinished"
"""What a note is called that a file has no row yet."""


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
    database.lock(session.connection())
    (settings.reports / about).mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(session, settings.reports, about)
    _write(session, settings.reports / path, pdf)
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


def _clear(session: Session, reports: Path, about: str) -> None:
    """Delete what was written for rows that never came to be."""
    for note in (reports / about).glob(f"*{_NOTE}"):
        path = note.with_suffix(".pdf")
        name = path.relative_to(reports).as_posix()
        if session.exec(select(Report.id).where(Report.path == name)).first() is None:
            path.unlink(missing_ok=True)
        note.with_suffix(".part").unlink(missing_ok=True)
        note.unlink(missing_ok=True)


def _write(session: Session, path: Path, body: bytes) -> None:
    note, beside = path.with_suffix(_NOTE), path.with_suffix(".part")
    note.touch(mode=0o600)
    event.listen(session, "after_commit", lambda _: note.unlink(missing_ok=True), once=True)
    beside.write_bytes(body)
    beside.chmod(0o600)
    beside.replace(path)
