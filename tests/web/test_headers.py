from collections.abc import Callable

import pytest
from fastapi import FastAPI

from surveillance.web import headers, sessions
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.mark.parametrize(
    "path", ["/queue", "/sign-in", "/static/app.css", "/nothing", "/healthz", "/broken"]
)
def test_every_answer_has_the_policy(app: FastAPI, visit: Visit, path: str) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret detail")

    app.add_api_route("/broken", broken)
    answer = visit("officer-1").get(path)
    assert answer.headers["content-security-policy"] == headers.POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    caching = "no-cache" if path.startswith("/static/") else "no-store"
    assert answer.headers["cache-control"] == caching
    assert "secret detail" not in answer.text


def test_nothing_comes_from_elsewhere_or_stands_inline(visit: Visit) -> None:
    visitor = visit("supervisor-1")
    for path in ("/queue", "/runs", "/rules", "/journal", "/password"):
        text = visitor.get(path).text
        assert " style=" not in text
        assert "<style" not in text
        assert " on" + "click=" not in text
        assert text.count("<script") == text.count('<script src="/static/')


def test_a_form_without_its_token_is_refused(visit: Visit) -> None:
    visitor = visit("officer-1")
    for fields in ({}, {"token": "0" * 64}, {"token": visit("officer-2").token}):
        answer = visitor.client.post("/next", data=fields)
        assert (answer.status_code, "token" in answer.text or "older" in answer.text) == (403, True)


def test_the_sign_in_form_needs_its_token_too(visit: Visit) -> None:
    fields = {"officer_id": "officer-1", "password": "x"}
    assert visit().client.post("/sign-in", data=fields).status_code == 403


def test_the_token_of_a_form_does_not_tell_the_cookie(visit: Visit) -> None:
    visitor = visit("officer-1")
    assert visitor.client.cookies[sessions.COOKIE] not in visitor.get("/queue").text


def test_too_large_a_form_is_refused_before_it_is_read(visit: Visit) -> None:
    body = b"text=" + b"x" * headers.LARGEST
    assert visit().client.post("/sign-in", content=body).status_code == 413
    chunks = iter([b"text=", b"x"])
    assert visit().client.post("/sign-in", content=chunks).status_code == 413
    assert visit().client.delete("/sign-in").status_code == 405


@pytest.mark.parametrize(
    "path", ["/queue?about=%00", "/cases/%00", "/reports/99999999999999999999.pdf", "/queue?page=0"]
)
def test_an_address_that_cannot_be_is_refused(visit: Visit, path: str) -> None:
    assert visit("officer-1").get(path).status_code == 400


def test_text_that_no_database_could_hold_is_refused(visit: Visit) -> None:
    assert visit("officer-1").post("/next", skip="a\0b").status_code == 400


def test_health_says_that_the_database_answers(visit: Visit) -> None:
    assert visit().get("/healthz").status_code == 200
