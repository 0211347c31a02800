from collections.abc import Callable

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from surveillance.records.tables import Case, JournalEntry, Role
from tests.given.floor import STAFF, case_of
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]

WORKERS = {Role.OFFICER, Role.SUPERVISOR}
READERS = WORKERS | {Role.AUDITOR}
ALL = set(Role)
FORMS = {
    "/sign-out": ALL,
    "/password": ALL,
    "/next": WORKERS,
    "/cases/{case_id}/assign": WORKERS,
    "/cases/{case_id}/comment": WORKERS,
    "/cases/{case_id}/escalate": WORKERS,
    "/cases/{case_id}/dispose": WORKERS,
    "/cases/{case_id}/reopen": WORKERS,
    "/cases/{case_id}/reports": WORKERS,
    "/cases/{case_id}/filings": WORKERS,
    "/filings/{filing_id}/approve": {Role.SUPERVISOR},
    "/filings/{filing_id}/refuse": WORKERS,
    "/filings/{filing_id}/sent": WORKERS,
    "/filings/{filing_id}/acknowledged": WORKERS,
    "/filings/{filing_id}/returned": WORKERS,
    "/cases/{case_id}/approve": {Role.SUPERVISOR},
    "/cases/{case_id}/refuse": WORKERS,
    "/cases/{case_id}/release": WORKERS,
    "/cases/{case_id}/snooze": WORKERS,
    "/cases/{case_id}/check": WORKERS,
    "/cases/{case_id}/draft": WORKERS,
    "/cases/{case_id}/links": WORKERS,
    "/cases/{case_id}/attachments": WORKERS,
    "/cases/{case_id}/restrict": {Role.SUPERVISOR},
    "/cases/{case_id}/review": {Role.SUPERVISOR},
    "/queue/bulk": WORKERS,
    "/queue/views": READERS,
    "/queue/views/drop": READERS,
    "/runs/{run_id}/replay": READERS,
    "/runs/{run_id}/certificate": READERS,
    "/rules/{rule_id}/{version}/shadow": WORKERS,
    "/rules/{rule_id}/{version}/approve": {Role.SUPERVISOR},
    "/rules/{rule_id}/{version}/refuse": WORKERS,
    "/rules/{rule_id}/{version}/retire": {Role.SUPERVISOR},
    "/segments/{version}/approve": {Role.SUPERVISOR},
    "/segments/{version}/refuse": WORKERS,
    "/suppressions": WORKERS,
    "/suppressions/{number}/approve": {Role.SUPERVISOR},
    "/suppressions/{number}/refuse": WORKERS,
    "/suppressions/{number}/lift": WORKERS,
    "/coverage": READERS,
    "/assurance": READERS,
    "/team": {Role.SUPERVISOR, Role.AUDITOR},
    "/tasks/{task_id}/cancel": READERS,
    "/stress": READERS,
    "/screening": WORKERS,
    "/studies": READERS,
    "/studies/{study_id}/labels": WORKERS,
    "/studies/{study_id}/report": READERS,
    "/officers": {Role.ADMIN},
    "/officers/{officer_id}/role": {Role.ADMIN},
    "/officers/{officer_id}/password": {Role.ADMIN},
    "/officers/{officer_id}/deactivate": {Role.ADMIN},
    "/officers/{officer_id}/known-as": {Role.ADMIN},
}
PAGES = {
    "/": ALL,
    "/password": ALL,
    "/queue": READERS,
    "/filings": READERS,
    "/queue.csv": READERS,
    "/team": {Role.SUPERVISOR, Role.AUDITOR},
    "/cases/{case_id}": READERS,
    "/cases/{case_id}/attachments/{number}": READERS,
    "/cases/{case_id}/reports/{kind}": WORKERS,
    "/reports/{report_id}.pdf": READERS,
    "/runs": READERS,
    "/runs/{run_id}": READERS,
    "/runs/{run_id}/replay": READERS,
    "/rules": READERS,
    "/rules/{rule_id}": READERS,
    "/rules/{rule_id}/diff": READERS,
    "/suppressions": READERS,
    "/stress": READERS,
    "/stress/traders/{trader_id}": READERS,
    "/coverage": READERS,
    "/tasks": READERS,
    "/tasks/{task_id}": READERS,
    "/segments": READERS,
    "/segments/traders/{trader_id}": READERS,
    "/segments/card": READERS,
    "/rules/{rule_id}/card": READERS,
    "/customers/{name}": READERS,
    "/customers/{name}/{table}": READERS,
    "/screening": READERS,
    "/studies": READERS,
    "/studies/new": READERS,
    "/studies/{study_id}": READERS,
    "/journal": {Role.SUPERVISOR, Role.AUDITOR},
    "/journal/verification": {Role.SUPERVISOR, Role.AUDITOR},
    "/officers": {Role.ADMIN},
}
OPEN = {
    ("/sign-in", "GET"), ("/sign-in", "POST"), ("/healthz", "GET"), ("/metrics", "GET"),
    ("/sign-in/provider", "GET"), ("/sign-in/provider/back", "GET"),
}  # fmt: skip


def test_every_route_stands_in_these_tables(app: FastAPI) -> None:
    routes = {
        (path, method.upper())
        for path, methods in app.openapi()["paths"].items()
        for method in methods
    }
    tabled = {(path, "POST") for path in FORMS} | {(path, "GET") for path in PAGES}
    assert routes == tabled | OPEN


@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize("who", ["admin-1", "auditor-1", "officer-1", "supervisor-1"])
def test_a_form_serves_its_roles_alone(visit: Visit, database: Engine, who: str) -> None:
    visitor = visit(who)
    for path, roles in FORMS.items():
        if path in {"/sign-out", "/password"}:
            continue
        answer = visitor.post(filled(path, database), kind="none")
        assert (answer.status_code == 403) == (STAFF[who] not in roles), (path, answer.text)


@pytest.mark.parametrize("who", ["admin-1", "auditor-1", "officer-1", "supervisor-1"])
def test_a_page_serves_its_roles_alone(visit: Visit, database: Engine, who: str) -> None:
    visitor = visit(who)
    for path, roles in PAGES.items():
        answer = visitor.get(filled(path, database))
        assert (answer.status_code == 403) == (STAFF[who] not in roles), (path, answer.text)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_served_nothing(visit: Visit, database: Engine, method: str) -> None:
    visitor = visit()
    for path in FORMS if method == "POST" else PAGES:
        where = filled(path, database)
        answer = visitor.get(where) if method == "GET" else visitor.post(where)
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path


def test_an_auditor_changes_no_case(visit: Visit, database: Engine) -> None:
    before = state(database)
    auditor = visit("auditor-1")
    for path in FORMS:
        if path.startswith("/cases"):
            fields = {"text": "x", "reason": "x", "disposition": "confirmed", "kind": "case-file"}
            assert auditor.post(filled(path, database), **fields).status_code == 403
    assert state(database) == before
    assert "<textarea" not in auditor.get(filled("/cases/{case_id}", database)).text


def filled(path: str, database: Engine) -> str:
    with Session(database) as session:
        case = case_of(session, "OWN-2210").id
    return path.format(
        case_id=case, kind="stor-mica", report_id=1, run_id="r", rule_id="r", officer_id="nobody",
        study_id="s", version=1, number=1, trader_id="t", task_id=1,
        filing_id="f.1",
        name="OWN-2210", table="orders",
    )  # fmt: skip


def state(database: Engine) -> object:
    with Session(database) as session:
        verbs = select(func.count()).where(col(JournalEntry.subject).startswith("case:"))
        cases = session.exec(select(Case).order_by(Case.id)).all()
        return [case.model_dump() for case in cases], session.exec(verbs).one()
