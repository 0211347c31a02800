import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.records.tables import FilingRow, FilingState
from tests.given.visitor import Visitor
from tests.web.test_case_page import address

Visit = Callable[..., Visitor]


def filing(database: Engine, subject: str) -> FilingRow:
    case_id = address(database, subject).rpartition("/")[2]
    with Session(database) as session:
        return session.exec(select(FilingRow).where(FilingRow.case_id == case_id)).one()


@pytest.fixture
def filed(visit: Visit, database: Engine) -> FilingRow:
    """A SAR that officer-1 prepared of an escalated case."""
    where = address(database, "OWN-3307")
    answer = visit("officer-1").post(f"{where}/filings", kind="stor-mica", why="Same address.")
    assert answer.status_code == 303, answer.text
    return filing(database, "OWN-3307")


def test_what_is_due_stands_there_until_it_was_sent(visit: Visit, database: Engine) -> None:
    page = visit("auditor-1").get("/filings").text
    assert "Suspicion formed, nothing sent: 2" in page
    assert re.search(r"stor-mar without delay: \d+ \w+ so far", page)


@pytest.mark.usefixtures("blank")
def test_a_filing_goes_from_draft_to_its_receipt(
    filed: FilingRow, visit: Visit, database: Engine
) -> None:
    officer, boss = visit("officer-1"), visit("supervisor-1")
    where, case = f"/filings/{filed.id}", address(database, "OWN-3307")
    assert f"Filing {filed.id} is under way (draft)" in officer.get(case).text
    assert officer.post(f"{where}/approve").status_code == 403
    refused = officer.post(f"{where}/sent", authority="CSSF", reference="S-1")
    assert "expected a filing that is approved, was draft" in refused.text
    assert boss.post(f"{where}/approve").status_code == 303
    late = officer.post(f"{where}/sent", authority="CSSF", reference="S-1", sent_at="2999-01-01")
    assert "expected it sent between" in late.text
    assert officer.post(f"{where}/sent", authority="CSSF", reference="S-1").status_code == 303
    page = officer.get(case).text
    assert "CSSF, S-1" in page
    assert '<option value="reported">' in page
    assert officer.post(f"{where}/acknowledged", answer="R-7").status_code == 303
    assert filing(database, "OWN-3307").state is FilingState.ACKNOWLEDGED
    assert "R-7" in boss.get("/filings?everything=1").text


def test_before_one_was_sent_no_page_offers_to_close_as_reported(
    visit: Visit, database: Engine
) -> None:
    officer, where = visit("officer-1"), address(database, "OWN-1042")
    officer.post(f"{where}/assign")
    page = officer.get(where).text
    assert '<option value="confirmed">' in page
    assert "Not as reported: no authority has a filing of this case yet." in page
    for text in (page, officer.get("/queue").text):
        assert '<option value="reported">' not in text


@pytest.mark.usefixtures("blank")
def test_one_that_came_back_is_amended_by_another(
    filed: FilingRow, visit: Visit, database: Engine
) -> None:
    officer, boss = visit("officer-1"), visit("supervisor-1")
    boss.post(f"/filings/{filed.id}/approve")
    officer.post(f"/filings/{filed.id}/sent", authority="CSSF", reference="S-1")
    officer.post(f"/filings/{filed.id}/returned", answer="The LEI is missing.")
    where = address(database, "OWN-3307")
    assert filed.id in officer.get(f"{where}/reports/stor-mica?amends={filed.id}").text
    again = {"kind": "stor-mica", "why": "With the LEI.", "amends": filed.id}
    officer.post(f"{where}/filings", **again)
    second = f"{filed.case_id}.2"
    boss.post(f"/filings/{second}/approve")
    officer.post(f"/filings/{second}/sent", authority="CSSF", reference="S-1a")
    with Session(database) as session:
        states = [session.get_one(FilingRow, name).state for name in (filed.id, second)]
    assert states == [FilingState.AMENDED, FilingState.SENT]


def test_a_filing_that_does_not_exist_is_not_found(visit: Visit) -> None:
    assert visit("supervisor-1").post("/filings/none.1/approve").status_code == 404
