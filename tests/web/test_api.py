"""The interface serves whom the pages serve, by tokens, and says no in words."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from surveillance.records import tokens
from surveillance.records.tables import Case, CaseRead, JournalEntry, Officer, Role
from tests.given.depth import deep
from tests.given.floor import case_of

READERS = {Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR}
WORKERS = {Role.OFFICER, Role.SUPERVISOR}
ROUTES: dict[tuple[str, str], tuple[set[Role], str]] = {
    ("GET", "/cases"): (READERS, tokens.READ),
    ("GET", "/cases/{case_id}"): (READERS, tokens.READ),
    ("GET", "/alerts"): (READERS, tokens.READ),
    ("GET", "/alerts/{alert_id}"): (READERS, tokens.READ),
    ("GET", "/runs"): (READERS, tokens.READ),
    ("GET", "/runs/{run_id}"): (READERS, tokens.READ),
    ("GET", "/risk/{trader}"): (READERS, tokens.READ),
    ("GET", "/filings"): (READERS, tokens.READ),
    ("POST", "/cases/{case_id}/assign"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/comments"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/escalate"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/dispose"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/reopen"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/release"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/snooze"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/refuse"): (WORKERS, tokens.WRITE),
    ("POST", "/cases/{case_id}/restrict"): ({Role.SUPERVISOR}, tokens.WRITE),
    ("POST", "/cases/{case_id}/approve"): ({Role.SUPERVISOR}, tokens.WRITE),
    ("POST", "/cases/{case_id}/filings"): (WORKERS, tokens.WRITE),
    ("POST", "/filings/{filing_id}/approve"): ({Role.SUPERVISOR}, tokens.WRITE),
    ("POST", "/filings/{filing_id}/refuse"): (WORKERS, tokens.WRITE),
    ("POST", "/filings/{filing_id}/sent"): (WORKERS, tokens.WRITE),
}
WHO = {Role.ADMIN: "admin-1", Role.AUDITOR: "auditor-1", Role.OFFICER: "officer-1",
       Role.SUPERVISOR: "supervisor-1"}  # fmt: skip
Call = Callable[..., Response]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
"""What holds whatever is sent; whether odd data are refused stands in tests of their own."""


@pytest.fixture
def issue(database: Engine) -> Callable[..., str]:
    """Make a token of an officer with some scopes."""

    def made(officer_id: str, *scopes: str) -> str:
        with Session(database) as session:
            officer, lasts = session.get_one(Officer, officer_id), timedelta(days=1)
            now = datetime.now(UTC)
            token = tokens.issue(session, officer, officer, "test", scopes, lasts, now)
            session.commit()
        return token

    return made


@pytest.fixture
def call(app: FastAPI) -> Call:
    """Ask the interface something with a token."""
    client = TestClient(app, raise_server_exceptions=False)

    def asked(method: str, path: str, token: str = "", **sent: Any) -> Response:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer: Response = client.request(method, f"/api/v1{path}", headers=headers, **sent)
        return answer

    return asked


def described(call: Call) -> dict[str, Any]:
    return dict(call("GET", "/openapi.json").json())


def filled(path: str) -> str:
    return path.replace("{", "no-").replace("}", "")


def test_every_route_stands_in_the_table(call: Call) -> None:
    paths = described(call)["paths"]
    assert {(m.upper(), path) for path, methods in paths.items() for m in methods} == set(ROUTES)


def test_roles_and_scopes_reach_what_the_table_says_and_no_more(
    call: Call, issue: Callable[..., str]
) -> None:
    for role, who in WHO.items():
        for scopes in ((tokens.READ,), (tokens.WRITE,), (tokens.COMMAND,)):
            token = issue(who, *scopes)
            for (method, path), (roles, scope) in ROUTES.items():
                body = {} if method == "GET" else {"json": {"reason": "x", "text": "x"}}
                status = call(method, filled(path), token, **body).status_code
                may = role in roles and scope in scopes
                assert (status == 403) is not may, (role, scopes, method, path, status)
                assert status < 500


def test_nobody_is_served_without_a_token_in_force(call: Call, issue: Callable[..., str]) -> None:
    token = issue("officer-1", tokens.READ)
    for sent in ("", "x", token + "x", token[:-1]):
        answer = call("GET", "/cases", sent)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_cookie_opens_nothing(app: FastAPI, visit: Callable[..., Any]) -> None:
    assert visit("officer-1").get("/api/v1/cases").status_code == 401


def test_cases_are_those_of_the_queue(call: Call, issue: Callable[..., str]) -> None:
    token = issue("auditor-1", tokens.READ)
    page = call("GET", "/cases?limit=3", token).json()
    assert (len(page["cases"]), page["total"] > 3) == (3, True)
    priorities = [case["priority"] for case in page["cases"]]
    assert priorities == sorted(priorities, reverse=True)
    closed = call("GET", "/cases?state=closed", token).json()["cases"]
    assert {case["state"] for case in closed} == {"closed"}


@pytest.mark.parametrize("kind", ["case", "alert"])
def test_reading_a_case_or_its_alert_is_recorded(
    call: Call, issue: Callable[..., str], database: Engine, kind: str
) -> None:
    token = issue("auditor-1", tokens.READ)
    [alert] = call("GET", "/alerts?limit=1", token).json()
    path = f"/cases/{alert['case_id']}" if kind == "case" else f"/alerts/{alert['id']}"
    assert call("GET", path, token).status_code == 200
    with Session(database) as session:
        count = select(func.count()).where(CaseRead.officer_id == "auditor-1")
        assert session.exec(count).one() == 1


def test_a_case_is_worked_and_the_journal_names_the_token(
    call: Call, issue: Callable[..., str], database: Engine
) -> None:
    token = issue("officer-1", tokens.WRITE)
    with Session(database) as session:
        case_id = case_of(session, "OWN-2210").id
    done = call("POST", f"/cases/{case_id}/assign", token, json={})
    assert (done.status_code, done.json()["assignee"]) == (200, "officer-1")
    why = {"reason": "Refreshes its quotes.", "disposition": "false_positive"}
    assert call("POST", f"/cases/{case_id}/dispose", token, json=why).json()["state"] == "closed"
    assert (
        call("POST", f"/cases/{case_id}/escalate", token, json={"reason": "x"}).status_code == 409
    )
    with Session(database) as session:
        of = select(JournalEntry).where(JournalEntry.subject == f"case:{case_id}")
        last = session.exec(of.order_by(col(JournalEntry.seq).desc())).first()
        assert last is not None
        assert last.actor == "officer-1"
        assert str(last.origin).startswith("interface token:")
        assert session.get_one(Case, case_id).state == "closed"


def test_nobody_closes_alone_what_pages_would_not_let_them(
    call: Call, issue: Callable[..., str], database: Engine
) -> None:
    with Session(database) as session:
        case_id = case_of(session, "OWN-1042").id
    officer, boss = issue("officer-1", tokens.WRITE), issue("supervisor-1", tokens.WRITE)
    at = f"/cases/{case_id}"
    why = {"reason": "Refreshes its quotes.", "disposition": "false_positive"}
    call("POST", f"{at}/assign", officer, json={})
    assert call("POST", f"{at}/dispose", officer, json=why).json()["state"] == "investigating"
    assert call("POST", f"{at}/approve", officer, json={}).status_code == 403
    assert call("POST", f"{at}/refuse", boss, json={"reason": "Thin."}).status_code == 200
    call("POST", f"{at}/dispose", officer, json=why)
    closed = call("POST", f"{at}/approve", boss, json={}).json()
    assert (closed["state"], closed["disposition"]) == ("closed", "false_positive")


def test_a_case_kept_from_an_officer_is_answered_as_if_there_were_none(
    call: Call, issue: Callable[..., str], database: Engine
) -> None:
    officer, boss = (issue(who, tokens.READ, tokens.WRITE) for who in ("officer-2", "supervisor-1"))
    with Session(database) as session:
        case_id = case_of(session, "OWN-1042").id
    kept = {"officer": "officer-2", "reason": "Of the same household."}
    assert call("POST", f"/cases/{case_id}/restrict", boss, json=kept).status_code == 200
    for verb, body in (("release", {"reason": "x"}), ("comments", {"text": "x"})):
        answers = [call("POST", f"/cases/{of}/{verb}", officer, json=body) for of in (case_id, "z")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text.replace(case_id, "z") == answers[1].text


@pytest.mark.usefixtures("blank")
def test_a_filing_is_drafted_approved_by_another_and_recorded_as_sent(
    call: Call, issue: Callable[..., str], database: Engine
) -> None:
    officer, boss = (
        issue("officer-1", tokens.READ, tokens.WRITE),
        issue("supervisor-1", tokens.WRITE),
    )
    with Session(database) as session:
        case_id = case_of(session, "OWN-3307").id
    wanted = {"kind": "sar", "reason": "Money in parts.", "answers": {}}
    draft = call("POST", f"/cases/{case_id}/filings", officer, json=wanted).json()
    assert (draft["state"], draft["prepared_by"]) == ("draft", "officer-1")
    at = f"/filings/{draft['id']}"
    where = {"authority": "FinCEN", "reference": "BSA-1"}
    assert call("POST", f"{at}/sent", officer, json=where).status_code == 409
    assert call("POST", f"{at}/approve", boss).json()["state"] == "approved"
    assert call("POST", f"{at}/sent", officer, json=where).json()["state"] == "sent"
    assert "BSA-1" in [row["reference"] for row in call("GET", "/filings", officer).json()]


def test_the_risk_of_a_trader_is_by_family(call: Call, issue: Callable[..., str]) -> None:
    risk = call("GET", "/risk/T-1042", issue("officer-1", tokens.READ)).json()
    assert [line["risk"] for line in risk["risks"]] == ["manipulation"]
    assert risk["risks"][0]["top_score"] == 97.5
    assert call("GET", "/risk/nobody", issue("officer-1", tokens.READ)).json()["risks"] == []


@settings(max_examples=deep(60, 200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_asked_is_answered_as_described(
    app: FastAPI, issue: Callable[..., str], data: st.DataObject
) -> None:
    """Answers have the states, types and shapes that the description names."""
    token = _token(issue)
    asked = data.draw(st.sampled_from(_operations(app)))
    case = data.draw(asked.as_strategy())
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)


@cache
def _operations(app: FastAPI) -> list[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    assert len(found) == len(ROUTES)
    return found


@cache
def _token(issue: Callable[..., str]) -> str:
    return issue("supervisor-1", tokens.READ, tokens.WRITE)
