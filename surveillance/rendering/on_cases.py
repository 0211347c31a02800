"""Reports on cases: rendered from what was written down at that moment, and so again at any time.

A case goes on after it was reported. What a report was rendered from is kept with it, so that it
can be rendered again, byte for byte, when the case has long changed.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlmodel import Session

from surveillance import reports, software
from surveillance.canonical import canonical, digest
from surveillance.casework import cases, files, filings, permissions, snapshot
from surveillance.casework.files import CaseFile
from surveillance.casework.permissions import CaseAction
from surveillance.config import Settings
from surveillance.config.sections import Institution
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.records import artefacts
from surveillance.records.journal import Anchor
from surveillance.records.tables import FilingRow, Officer, Report
from surveillance.rendering.files import save
from surveillance.reports import Rendered
from surveillance.times import parse_time

_NOTHING: Mapping[str, str] = MappingProxyType({})
_OFFICER = ("id", "name", "position", "email", "role", "created_at")
"""What a report says of who prepared it; the rest of an officer is kept out of it."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report on a case that was rendered, and all that it was rendered from."""

    rendered: Rendered
    case_id: str
    inputs: bytes
    journal_head: Anchor


def render(
    place: Installation, case_id: str, kind: str, officer_id: str, at: datetime
) -> tuple[Path, str]:
    """Render a case for an officer, and return where the PDF is and its SHA-256.

    Raises:
        SurveillanceError: case, officer, kind or template is not there, or is not allowed.
    """
    prepared, officer = _read_and_prepared(place, case_id, kind, officer_id, at, _NOTHING)
    with place.session() as session:
        report = save_case(session, place.settings, prepared, officer, at)
        return place.settings.reports / report.path, report.sha256


def draft(
    place: Installation,
    case_id: str,
    kind: str,
    officer_id: str,
    *,
    reason: str,
    at: datetime,
    answered: Mapping[str, str] = _NOTHING,
    amends: str | None = None,
) -> FilingRow:
    """Render a case for an authority, and ask a second officer to approve that very PDF.

    Raises:
        SurveillanceError: as ``render``; or the case is not one of which this may be drafted.
    """
    with place.session() as session:
        filings.expect_draftable(session, case_id, kind, amends)
    prepared, officer = _read_and_prepared(place, case_id, kind, officer_id, at, answered)
    with place.session() as session:
        return save_draft(
            session, place.settings, prepared, officer, reason=reason, at=at, amends=amends
        )


def save_draft(
    session: Session,
    settings: Settings,
    prepared: Prepared,
    officer: Officer,
    *,
    reason: str,
    at: datetime,
    amends: str | None = None,
) -> FilingRow:
    """Store what was prepared as a filing that waits for a second officer."""
    if not reports.is_form(prepared.rendered.kind, settings.templates / "reports"):
        raise SurveillanceError(
            f"expected a kind of report that is filed, was {prepared.rendered.kind.name!r}"
        )
    report = save_case(session, settings, prepared, officer, at)
    session.flush()
    return filings.draft(session, officer, report, reason=reason, at=at, amends=amends)


def _read_and_prepared(
    place: Installation,
    case_id: str,
    kind: str,
    officer_id: str,
    at: datetime,
    answered: Mapping[str, str],
) -> tuple[Prepared, Officer]:
    with place.session() as session:
        officer = session.get(Officer, officer_id)
        if officer is None:
            raise SurveillanceError(f"expected the id of an officer, was {officer_id!r}")
        permissions.require_role(CaseAction.REPORT, officer)
        cases.read(session, case_id, officer, at)
        file = files.case_file(session, case_id, now=at)
    return prepare(place.settings, file, kind, officer, at, answered), officer


def prepare(
    settings: Settings,
    file: CaseFile,
    kind: str,
    officer: Officer,
    at: datetime,
    answered: Mapping[str, str] = _NOTHING,
) -> Prepared:
    """Render a case as it is now for an officer, who answered some of the fields."""
    head = reports.anchor(file)
    inputs = {
        "kind": kind,
        "at": at,
        "journal_head": list(head),
        "officer": {name: getattr(officer, name) for name in _OFFICER},
        "institution": settings.institution.model_dump(),
        "answered": dict(answered),
        "file": snapshot.written(file),
        "set_by": _set_by(settings.templates / "reports"),
    }
    text = canonical(inputs).encode()
    # What is rendered is what was written down: so nothing else can have been in it.
    rendered = _rendered(json.loads(text), settings.templates / "reports")
    return Prepared(rendered, file.case.id, zlib.compress(text, 9), head)


def again(session: Session, settings: Settings, report_id: int) -> Rendered:
    """Render a report on a case again from what it was rendered from; nothing is stored.

    Raises:
        SurveillanceError: there is none, or what it rested on is not as it was.
    """
    return _rendered(_inputs(session, report_id), settings.templates / "reports")


def changed(session: Session, settings: Settings, report_id: int) -> list[str]:
    """Say what sets pages that is other than when a report was rendered: it may change bytes."""
    before = _inputs(session, report_id).get("set_by", {})
    now = _set_by(settings.templates / "reports")
    return [
        f"{name} was {before.get(name, 'not recorded')}, is {value}"
        for name, value in now.items()
        if before.get(name) != value
    ]


def _inputs(session: Session, report_id: int) -> dict[str, Any]:
    report = session.get(Report, report_id)
    if report is None or not report.inputs:
        raise SurveillanceError(f"expected the number of a report on a case, was {report_id}")
    inputs: dict[str, Any] = json.loads(zlib.decompress(artefacts.read(session, report.inputs)))
    return inputs


def _set_by(templates: Path) -> dict[str, str]:
    """Name what sets the pages, beside what they are rendered from."""
    paths = sorted(path for path in templates.rglob("*") if path.is_file())
    texts = {str(path.relative_to(templates)): digest(path.read_bytes()) for path in paths}
    libraries = {name: version(name) for name in ("weasyprint", "pydyf")}
    return {"code": software.code(), "templates": digest(texts)[:16], **libraries}


def _rendered(inputs: dict[str, Any], templates: Path) -> Rendered:
    officer = inputs["officer"] | {"password_hash": "none"}
    return reports.render_case(
        snapshot.read(inputs["file"]),
        inputs["kind"],
        institution=Institution.model_validate(inputs["institution"]),
        officer=Officer.model_validate(officer),
        at=parse_time(inputs["at"]),
        journal_head=Anchor(*inputs["journal_head"]),
        answered=inputs["answered"],
        templates=templates,
    )


def save_case(
    session: Session, settings: Settings, prepared: Prepared, officer: Officer, at: datetime
) -> Report:
    """Store a report on a case with what it was rendered from."""
    report = save(
        session, settings, prepared.rendered,
        subject=f"case:{prepared.case_id}", officer=officer, at=at,
        journal_head=prepared.journal_head,
    )  # fmt: skip
    report.inputs = artefacts.keep(session, "report_inputs", prepared.inputs, at)
    return report
