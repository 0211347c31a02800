"""The risk desk: what portfolios lose, one trader of it, and the report."""

from collections.abc import Callable

from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.canonical import digest
from surveillance.records import artefacts, journal
from surveillance.records.journal import SYSTEM
from surveillance.records.tables import Report
from tests.given import stresses
from tests.given.known import LATER
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


def stored(database: Engine) -> str:
    body = stresses.stress_test().body
    name = digest(body)
    with Session(database) as session:
        artefacts.keep(session, "stress", body.encode(), LATER)
        journal.append(session, SYSTEM, "stress", f"stress:{name}", {"run": "3f9a"}, at=LATER)
        session.commit()
    return name


def test_the_last_test_is_shown_with_every_trader_s_own_numbers(
    visit: Visit, database: Engine
) -> None:
    auditor = visit("auditor-1")
    assert "No stress test yet" in auditor.get("/stress").text
    assert auditor.get("/stress/traders/T1").status_code == 404
    stored(database)
    page = auditor.get("/stress").text
    assert "the insurance fund would pay 15,600 USD" in page
    assert 'href="/stress/traders/T1"' in page
    assert "retail around news" in page
    own = auditor.get("/stress/traders/T1").text
    assert "margin held is 40% of what is suggested" in own
    assert "-18,000" in own
    assert auditor.get("/stress/traders/NOBODY").status_code == 404


def test_it_is_rendered_kept_and_the_same_bytes_again(
    app: FastAPI, visit: Visit, database: Engine
) -> None:
    name = stored(database)
    auditor = visit("auditor-1")
    assert [auditor.post("/stress").status_code for _ in range(2)] == [303, 303]
    with Session(database) as session:
        made = session.exec(select(Report).where(Report.subject == f"stress:{name}")).all()
    assert len({report.sha256 for report in made}) == 1
    assert f'href="/reports/{made[0].id}.pdf"' in auditor.get("/stress").text
    assert auditor.get(f"/reports/{made[0].id}.pdf").content.startswith(b"%PDF-")
