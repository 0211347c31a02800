import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.records.tables import JournalEntry, Report
from tests.given.visitor import Visitor
from tests.web.test_case_page import address, reads

Visit = Callable[..., Visitor]


@pytest.fixture
def report(visit: Visit, database: Engine) -> Report:
    """A STOR that officer-1 made, with a field of their own."""
    where = address(database, "OWN-3307")
    fields = {"kind": "stor-mica", "field-1.1": "Somebody in Charge", "field-1.2": "  "}
    answer = visit("officer-1").post(f"{where}/reports", **fields)
    assert answer.status_code == 303, answer.text
    with Session(database) as session:
        return session.exec(select(Report).where(Report.kind == "stor-mica")).one()


@pytest.mark.usefixtures("blank")
def test_a_report_is_kept_journalled_and_handed_out_as_it_was(
    report: Report, visit: Visit, database: Engine, settings: Settings
) -> None:
    auditor = visit("auditor-1")
    before = len(reads(database))
    answer = auditor.get(f"/reports/{report.id}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert digest(answer.content) == report.sha256
    assert reads(database)[before:] == [("auditor-1", address(database, "OWN-3307"))]
    assert report.sha256 in auditor.get(address(database, "OWN-3307")).text
    with Session(database) as session:
        entry = session.exec(select(JournalEntry).where(JournalEntry.verb == "report")).one()
        assert report.sha256 in entry.detail
    assert (settings.reports / report.path).stat().st_mode & 0o77 == 0


def test_a_report_says_what_the_officer_wrote(report: Report, settings: Settings) -> None:
    from pypdf import PdfReader

    pages = PdfReader(settings.reports / report.path).pages
    text = " ".join(page.extract_text() for page in pages)
    assert "Somebody in Charge" in " ".join(text.split())


@pytest.mark.usefixtures("blank")
def test_a_report_that_was_changed_is_not_handed_out(
    report: Report, visit: Visit, settings: Settings
) -> None:
    path: Path = settings.reports / report.path
    path.write_bytes(path.read_bytes() + b" ")
    answer = visit("officer-1").get(f"/reports/{report.id}.pdf")
    assert answer.status_code == 409
    path.unlink()
    assert visit("officer-1").get(f"/reports/{report.id}.pdf").status_code == 409


@pytest.mark.parametrize("fields", [{"kind": "none"}, {"kind": "../case/stor-mica"}])
def test_an_unknown_kind_of_report_is_refused(
    visit: Visit, database: Engine, fields: dict[str, str]
) -> None:
    answer = visit("officer-1").post(f"{address(database, 'OWN-3307')}/reports", **fields)
    assert answer.status_code == 409
    assert "expected a report kind" in answer.text


def test_a_draft_shows_what_is_missing(visit: Visit, database: Engine) -> None:
    page = visit("officer-1").get(f"{address(database, 'OWN-3307')}/reports/stor-mica").text
    assert "NA: The name of the institution is not configured" in page
    assert 'name="field-1.1"' in page


@pytest.mark.parametrize(
    ("owner", "first"), [("OWN-1042", "stor-mar"), ("OWN-3307", "sar")], ids=["market", "money"]
)
def test_the_reports_for_such_a_matter_stand_first(
    visit: Visit, database: Engine, owner: str, first: str
) -> None:
    page = visit("officer-1").get(address(database, owner)).text
    kinds = re.findall(r'/reports/([a-z-]+)"[^>]*>Fill in', page)
    assert kinds[0] == first
    assert sorted(kinds) == ["sar", "stor-mar", "stor-mica"]


def test_a_report_that_does_not_exist_is_not_found(visit: Visit) -> None:
    assert visit("officer-1").get("/reports/99.pdf").status_code == 404
