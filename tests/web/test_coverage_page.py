"""The page of what the rules cover."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.records.tables import JournalEntry, Report
from tests.given.activities import shipped
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


def test_it_names_the_rules_of_a_practice_and_the_reason_of_a_gap(visit: Visit) -> None:
    page = visit("auditor-1").get("/coverage").text
    assert "Layering and spoofing" in page
    version = shipped().entries["layering"].rule.version
    assert f'<a href="/rules/layering?version={version}">layering</a>' in page
    assert "No rule yet; needs what is known of each asset" in page


@pytest.mark.usefixtures("blank")
def test_a_coverage_is_rendered_kept_and_journalled(
    app: FastAPI, visit: Visit, database: Engine
) -> None:
    auditor = visit("auditor-1")
    assert auditor.post("/coverage").status_code == 303
    with Session(database) as session:
        report = session.exec(select(Report).where(Report.kind == "coverage")).one()
        verbs = session.exec(
            select(JournalEntry.verb).where(JournalEntry.subject == "rulebook:coverage")
        ).all()
    assert verbs == ["report"]
    assert f'href="/reports/{report.id}.pdf"' in auditor.get("/coverage").text
    assert auditor.get(f"/reports/{report.id}.pdf").content.startswith(b"%PDF-")
