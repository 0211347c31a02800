"""A case or a study becomes a PDF: rendered, signed where there is a key, kept, and journalled."""

from datetime import datetime

from sqlmodel import Session

from surveillance import reports
from surveillance.config import Settings
from surveillance.records.tables import Officer, Report
from surveillance.rendering.files import read, save
from surveillance.rendering.on_cases import (
    again,
    changed,
    draft,
    prepare,
    render,
    save_case,
    save_draft,
)
from surveillance.rendering.verification import Verification, verify
from surveillance.reports.study import study_report
from surveillance.studies import store

__all__ = [
    "Verification",
    "again",
    "changed",
    "draft",
    "prepare",
    "read",
    "render",
    "render_study",
    "save",
    "save_case",
    "save_draft",
    "verify",
]


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
        session, settings, rendered,
        subject=f"study:{study.id}", officer=officer, at=at, journal_head=head,
    )  # fmt: skip
