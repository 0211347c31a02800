"""A filing that corrects another says so, and one that corrects nothing does not."""

from pathlib import Path

import pytest
from sqlmodel import Session

from surveillance import rendering, reports
from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import journal
from surveillance.records.tables import Officer
from surveillance.rendering.on_cases import Prepared
from surveillance.reports import Rendered
from surveillance.reports.pages import ReportKind
from tests.given.dossiers import NOON


@pytest.mark.parametrize(("prior", "amends"), [(False, "4be1c0ffee12.1"), (True, None)])
def test_a_sar_names_a_prior_report_where_it_corrects_one_and_only_there(
    session: Session, tmp_path: Path, staff: dict[str, Officer], prior: bool, amends: str | None
) -> None:
    kind = ReportKind("case", "sar", "Suspicious activity report")
    rendered = Rendered(kind, "", b"%PDF", digest(b"%PDF"), b"")
    prepared = Prepared(rendered, "4be1c0ffee12", b"", journal.head(session), prior)
    with pytest.raises(SurveillanceError, match="where it corrects one and only there"):
        rendering.save_draft(
            session, Settings(home=tmp_path), prepared, staff["officer-1"],
            reason="x", at=NOON, amends=amends,
        )  # fmt: skip


def test_a_sar_alone_asks_for_it() -> None:
    assert reports.has_prior("sar")
    assert not reports.has_prior("stor-mar")
    assert not reports.has_prior("case-file")
