"""The page of a customer: what is known of them, browsable, escaped, and on record who looked."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.activity.lake import Lake
from surveillance.config import Settings
from surveillance.records.tables import CustomerRead
from tests.given.customer import SCRIPT, at, furnish, land
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def venue(settings: Settings) -> None:
    """A lake beside the furnished database."""
    furnish(Lake(settings.lake))


@pytest.mark.usefixtures("venue")
def test_it_shows_who_a_customer_is_by_owner_or_account_and_logs_who_looked(
    visit: Visit, database: Engine
) -> None:
    auditor = visit("auditor-1")
    page = auditor.get("/customers/OWN-2210").text
    assert auditor.get("/customers/T-2211").status_code == 200
    assert "Farid Abdul-Rahman" in page
    assert "residence <b>DE</b> → <b>FR</b>" in page
    assert "signed in from device D1" in page
    assert "Monitoring and due diligence: <b>" in page
    assert "ABDULRAHMAN, Farid" in page
    assert "/cases/" in page
    assert SCRIPT not in page
    with Session(database) as session:
        reads = session.exec(select(CustomerRead).order_by(CustomerRead.id)).all()  # type: ignore[arg-type]
    assert [(read.owner_id, read.page, read.officer_id) for read in reads] == [
        ("OWN-2210", "file", "auditor-1"),
        ("OWN-2210", "file", "auditor-1"),
    ]


@pytest.mark.usefixtures("venue")
def test_what_was_done_is_browsed_a_bounded_page_at_a_time(visit: Visit) -> None:
    officer = visit("officer-1")
    first = officer.get("/customers/T-2210/transfers").text
    second = officer.get("/customers/T-2210/transfers?page=2").text
    assert first.count("<td>t") + second.count("<td>t") == 120
    assert first.count("<td>t") == 100
    assert 'rel="next"' in first.split('aria-label="Pages"')[1]
    assert 'rel="next"' not in second.split('aria-label="Pages"')[1]
    assert SCRIPT not in first
    assert officer.get("/customers/T-2210/kyc").status_code == 400
    assert officer.get("/customers/T-2210/transfers?page=0").status_code == 400


@pytest.mark.usefixtures("venue")
def test_it_shows_what_was_known_at_an_earlier_moment(visit: Visit) -> None:
    page = visit("officer-1").get("/customers/T-2210?known=2026-03-01T00:00").text
    assert "No identity is known" in page, page


@pytest.mark.usefixtures("venue")
def test_nobody_is_shown_whom_nobody_knows_and_nothing_to_admins(
    visit: Visit, database: Engine
) -> None:
    assert visit("officer-1").get("/customers/STRANGER").status_code == 404
    assert visit("admin-1").get("/customers/OWN-2210").status_code == 403
    with Session(database) as session:
        assert session.exec(select(CustomerRead)).all() == []


@pytest.mark.usefixtures("venue")
def test_the_desk_of_screening_takes_a_decision_with_a_reason(visit: Visit) -> None:
    officer = visit("officer-1")
    page = officer.get("/screening").text
    assert "C</a>" in page.split("Not screened: there is no name")[1]
    pair = page.split('name="pair" value="')[1].split('"')[0]
    form = {"trader_id": "T-2210", "pair": pair, "decision": "false"}
    assert officer.post("/screening", **form, reason=" ").status_code == 409
    assert officer.post("/screening", **form, reason="Born in 1990").status_code == 303
    decided = officer.get("/screening").text
    assert "Waits for a decision: none" in decided
    assert "Born in 1990" in decided


@pytest.mark.usefixtures("venue")
def test_money_is_shown_by_whom_it_came_from_and_a_match_is_decided_beside_the_profile(
    visit: Visit,
) -> None:
    page = visit("officer-1").get("/customers/T-2210").text
    assert "Who paid OWN-2210, and who was paid" in page
    assert "With whom, the most first" in page
    assert "19,140.00" in page
    assert "because of what" in page
    assert 'action="/screening"' in page
    assert 'action="/screening"' not in visit("auditor-1").get("/customers/T-2210").text
    assert "Nothing ties" in visit("officer-1").get("/customers/C").text


@pytest.mark.usefixtures("venue")
def test_payments_that_nobody_can_value_are_counted_beside_the_picture(
    visit: Visit, settings: Settings
) -> None:
    assert "Not drawn" not in visit("officer-1").get("/customers/T-2210").text
    odd = {"ts": at(6), "seq": 1, "transfer_id": "odd", "trader_id": "T-2210", "direction": "in",
           "asset": "NOBODY", "amount": Decimal(1)}  # fmt: skip
    land(Lake(settings.lake), "odd", transfers=[odd])
    page = visit("officer-1").get("/customers/T-2210").text
    assert "1 payment whose worth in USD nobody knows" in page
