"""Files on a case: bounded, of a few kinds that are what they say, and kept under their digest."""

import re
from datetime import datetime

from sqlmodel import Session, col, select

from surveillance.casework import cases
from surveillance.casework.permissions import CaseAction
from surveillance.errors import CaseError
from surveillance.records import artefacts, journal
from surveillance.records.tables import Attachment, Officer

LARGEST = 8_000_000
"""Bytes that a file may have."""
_BEGINS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
}
_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "txt": "text/plain",
    "csv": "text/csv",
    "eml": "message/rfc822",
}
ENDINGS = tuple(f".{ending}" for ending in _TYPES)
_ODD = re.compile(r"[^\w .()-]")


def attach(
    session: Session, case_id: str, officer: Officer, name: str, body: bytes, at: datetime
) -> Attachment:
    """Put a file on a case.

    Raises:
        CaseError: it is empty, too large, of no kind that is taken, or is not what its name says.
    """
    case = cases.case_for(session, case_id, officer, CaseAction.ATTACH)
    plain = _ODD.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip()[-120:]
    kind = _kind_of(plain, body)
    row = Attachment(
        case_id=case.id,
        name=plain,
        media_type=kind,
        size=len(body),
        sha256=artefacts.keep(session, "attachment", body, at),
        added_by=officer.id,
        added_at=at,
    )
    session.add(row)
    detail = {"file": plain, "size": len(body), "sha256": row.sha256}
    journal.append(session, officer.id, "attach", f"case:{case.id}", detail, at=at)
    return row


def of_case(session: Session, case_id: str) -> list[Attachment]:
    """Return the files of a case, the first added first."""
    wanted = select(Attachment).where(Attachment.case_id == case_id)
    return list(session.exec(wanted.order_by(col(Attachment.id))))


def _kind_of(name: str, body: bytes) -> str:
    if not 0 < len(body) <= LARGEST:
        raise CaseError(f"expected a file of 1 to {LARGEST:,} bytes, was {len(body):,}")
    kind = _TYPES.get(name.rpartition(".")[2].lower())
    if kind is None:
        raise CaseError(f"expected a file that ends in {' or '.join(ENDINGS)}, was {name!r}")
    begins = _BEGINS.get(kind)
    if begins and not body.startswith(begins):
        raise CaseError(f"expected {name!r} to be {kind}, was something else")
    if begins is None and not _is_text(body):
        raise CaseError(f"expected {name!r} to be text in UTF-8, was something else")
    return kind


def _is_text(body: bytes) -> bool:
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False
