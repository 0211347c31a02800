"""The shelf: where finished reports lie as files, and what the database keeps of each.

A file is named by its digest and never written twice; whoever takes it down gets the bytes that
were put up, or is told that they are others now.
"""

import os
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from surveillance import journal
from surveillance.errors import SurveillanceError
from surveillance.journal import Anchor
from surveillance.model import digest
from surveillance.reports import Rendered
from surveillance.tables import Officer, Report


def put_up(
    session: Session,
    folder: Path,
    rendered: Rendered,
    *,
    subject: str,
    officer: Officer,
    at: datetime,
    journal_head: Anchor,
) -> Report:
    """Keep a report on a subject such as ``case:<id>`` as a file and a row, and journal it."""
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


def take_down(folder: Path, report: Report) -> bytes:
    """Return the PDF of a report; a SurveillanceError if it is gone or not what was put up."""
    try:
        pdf = (folder / report.path).read_bytes()
    except OSError:
        raise SurveillanceError(f"expected the file of report {report.id}, was none") from None
    if (found := digest(pdf)) != report.sha256:
        raise SurveillanceError(f"expected a PDF of SHA-256 {report.sha256}, was {found}")
    return pdf


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(f".{os.getpid()}.part")
    beside.write_bytes(body)
    beside.chmod(0o600)
    beside.replace(path)
