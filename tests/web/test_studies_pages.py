"""Studies on screens: what was found, the chart inline, the report on demand."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from surveillance.canonical import digest
from surveillance.records.tables import Alert, Report
from tests.given.studies import backtest, change, stored, tuning
from tests.given.visitor import Visitor
from tests.web.test_case_page import EVIL

Visit = Callable[..., Visitor]


@pytest.fixture
def studies(database: Engine) -> dict[str, str]:
    """Keep a backtest and a tuning, both with words that somebody hostile typed."""
    evil = change("lost", 1, EVIL) | {"subject": EVIL}
    unit = tuning()["parameter"] | {"unit": EVIL}
    rows = {
        "backtest": stored(backtest(changes=[evil], counts={"lost": 1})),
        "tuning": stored(tuning(parameter=unit)),
    }
    ids = {name: row.id for name, row in rows.items()}
    with Session(database) as session:
        session.add_all(rows.values())
        session.commit()
    return ids


def test_studies_are_listed_with_what_they_found(visit: Visit, studies: dict[str, str]) -> None:
    auditor = visit("auditor-1")
    page = auditor.get("/studies").text
    assert all(f'href="/studies/{name}"' in page for name in studies.values())
    assert "2 studies, the latest first" in page
    assert "Version 1, in force, raises 80 alerts" in page
    assert "No study yet" in auditor.get("/studies?rule=layering").text
    assert 'href="/studies"' in auditor.get("/queue").text


@pytest.mark.parametrize("kind", ["backtest", "tuning"])
def test_a_study_shows_its_chart_and_its_tables(
    visit: Visit, studies: dict[str, str], kind: str
) -> None:
    page = visit("officer-1").get(f"/studies/{studies[kind]}")
    assert page.status_code == 200
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page.text
    assert " style=" not in page.text
    expected = {"backtest": "parameters.size_ratio", "tuning": "everything below"}[kind]
    assert expected in page.text


@pytest.mark.parametrize("kind", ["backtest", "tuning"])
def test_what_was_typed_is_escaped(visit: Visit, studies: dict[str, str], kind: str) -> None:
    page = visit("officer-1").get(f"/studies/{studies[kind]}").text
    assert EVIL not in page
    assert "<script>alert" not in page


@pytest.mark.usefixtures("blank")
def test_a_report_is_made_kept_and_handed_out(
    visit: Visit, studies: dict[str, str], database: Engine
) -> None:
    auditor = visit("auditor-1")
    answer = auditor.post(f"/studies/{studies['tuning']}/report")
    assert answer.headers["location"] == f"/studies/{studies['tuning']}#reports"
    with Session(database) as session:
        report = session.exec(select(Report).order_by(col(Report.id).desc())).first()
        assert report is not None
        assert (report.kind, report.subject) == ("tuning", f"study:{studies['tuning']}")
        assert report.created_by == "auditor-1"
    assert digest(auditor.get(f"/reports/{report.id}.pdf").content) == report.sha256
    assert report.sha256 in auditor.get(f"/studies/{studies['tuning']}").text


@pytest.mark.usefixtures("blank")
def test_reading_studies_files_nothing(
    visit: Visit, studies: dict[str, str], database: Engine
) -> None:
    def alerts() -> list[str]:
        with Session(database) as session:
            return list(session.exec(select(Alert.id)).all())

    before = alerts()
    officer = visit("officer-1")
    for name in studies.values():
        officer.get(f"/studies/{name}")
        officer.post(f"/studies/{name}/report")
    assert alerts() == before


def test_a_study_that_does_not_exist_is_not_found(visit: Visit, studies: dict[str, str]) -> None:
    officer = visit("officer-1")
    assert officer.get("/studies/none").status_code == 404
    assert officer.get(f"/studies/{studies['tuning'][:12]}").status_code == 404
    assert officer.post("/studies/none/report").status_code == 404


def test_a_sample_is_labelled_on_its_page(visit: Visit, database: Engine) -> None:
    drawn = stored(tuning(drawn_in=None, labelled=None))
    with Session(database) as session:
        session.add(drawn)
        session.commit()
        at = f"/studies/{drawn.id}"
    hits = [row["hit_id"] for row in tuning()["below"]["sample"]]
    officer = visit("officer-1")
    assert f'name="label-{hits[0]}"' in officer.get(at).text
    assert f'name="label-{hits[0]}"' not in visit("auditor-1").get(at).text
    assert officer.post(f"{at}/labels").status_code == 409
    assert officer.post(f"{at}/labels", **{"label-stranger": "productive"}).status_code == 409
    after = officer.post(f"{at}/labels", **{f"label-{hits[0]}": "productive"}).headers["location"]
    page = officer.get(after).text
    assert "<option selected>productive</option>" in page
    assert "Productive alerts that the line misses" in page
