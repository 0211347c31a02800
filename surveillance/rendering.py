"""A case or a study becomes a PDF on the shelf: rendered as it was, kept and journalled."""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from surveillance import cases, queue, reports
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.reports import shelf
from surveillance.reports.study import told
from surveillance.studies import kept
from surveillance.tables import Officer, Report


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
        cases.read(session, case_id, officer, at)
        file = queue.case_file(session, case_id, now=at)
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
        kept = shelf.put_up(
            session, folder, rendered,
            subject=f"case:{case_id}", officer=officer, at=at, journal_head=head,
        )  # fmt: skip
        return folder / kept.path, kept.sha256


def render_study(
    session: Session, settings: Settings, study_id: str, officer: Officer, at: datetime
) -> Report:
    """Render a study, as of when it was made, and put the PDF on the shelf for an officer.

    Raises:
        SurveillanceError: there is no such study, or its answer was changed.
    """
    study = kept.load(session, study_id)
    head = kept.anchor(session, study)
    rendered = reports.render_study(
        told(study),
        institution=settings.institution,
        journal_head=head,
        templates=settings.templates / "reports",
    )
    return shelf.put_up(
        session, settings.reports, rendered,
        subject=f"study:{study.id}", officer=officer, at=at, journal_head=head,
    )  # fmt: skip
