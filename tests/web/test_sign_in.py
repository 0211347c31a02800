from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from surveillance.records import seals, throttle
from surveillance.records.tables import JournalEntry, SignIn
from surveillance.web import sessions, sign_in
from tests.given.floor import PASSWORD
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/password").status_code == 200


def test_whoever_is_not_signed_in_is_asked_to_and_led_back(visit: Visit) -> None:
    visitor = visit()
    asked = visitor.get("/queue")
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?to=%2Fqueue")
    assert visitor.sign_in("officer-1", to="/queue").headers["location"] == "/queue"
    assert visitor.get("/queue").status_code == 200


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "/\tx", "javascript:1"]
)
def test_signing_in_leads_nowhere_else(visit: Visit, where: str) -> None:
    assert visit().sign_in("officer-1", to=where).headers["location"] == "/"


def test_five_wrong_passwords_end_the_tries(visit: Visit) -> None:
    guesser = visit()
    answers = {guesser.sign_in("officer-1", "wrong").text for _ in range(throttle.TRIES)}
    answers.add(guesser.sign_in("officer-1", PASSWORD).text)
    answers.add(guesser.sign_in("nobody", PASSWORD).text)
    assert not is_in(guesser)
    assert len(answers) == 1, "expected the same answer whatever was wrong"


def test_a_crowd_at_the_door_is_asked_to_wait(visit: Visit) -> None:
    with ExitStack() as crowd:
        for _ in range(4):
            crowd.enter_context(sign_in._AT_ONCE)
        assert visit().sign_in("officer-1").status_code == 429
    assert visit().sign_in("officer-1").status_code == 303


def test_signing_in_takes_a_new_token_that_the_database_does_not_know(
    visit: Visit, database: Engine
) -> None:
    visitor = visit()
    visitor.get("/sign-in")
    before = visitor.client.cookies[sessions.COOKIE]
    visitor.sign_in("officer-1")
    after = visitor.client.cookies[sessions.COOKIE]
    with Session(database) as session:
        stored = session.exec(select(SignIn)).one()
    assert after != before
    assert after not in repr(stored)


def test_the_cookie_is_kept_from_scripts_and_other_sites(visit: Visit) -> None:
    visitor = visit()
    cookie = visitor.sign_in("officer-1").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    visitor.client.base_url = "https://testserver"
    assert "secure" in visitor.sign_in("officer-1").headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("column", "limit"), [("seen_at", sessions.IDLE), ("begun_at", sessions.LONGEST)]
)
def test_who_is_idle_or_in_for_too_long_is_out(
    visit: Visit, database: Engine, column: str, limit: timedelta
) -> None:
    visitor = visit("officer-1")
    with Session(database) as session:
        signed_in = session.exec(select(SignIn)).one()
        earlier = getattr(signed_in, column) - limit
        session.exec(update(SignIn).values({column: earlier + timedelta(minutes=1)}))
        session.commit()
        assert is_in(visitor)
        session.exec(update(SignIn).values({column: earlier - timedelta(minutes=1)}))
        session.commit()
    assert not is_in(visitor)


def test_every_page_keeps_an_officer_in(visit: Visit, database: Engine) -> None:
    visitor = visit("officer-1")
    with Session(database) as session:
        old = session.exec(select(SignIn)).one().seen_at - timedelta(minutes=20)
        session.exec(update(SignIn).values(seen_at=old))
        session.commit()
        visitor.get("/queue")
        session.expire_all()
        assert session.exec(select(SignIn)).one().seen_at > old + timedelta(minutes=19)


def test_signing_out_ends_it_for_a_copy_of_the_cookie_too(visit: Visit) -> None:
    visitor = visit("officer-1")
    token = visitor.client.cookies[sessions.COOKIE]
    visitor.post("/sign-out")
    visitor.client.cookies.set(sessions.COOKIE, token)
    assert not is_in(visitor)


def test_a_new_password_ends_every_sign_in(visit: Visit) -> None:
    here, there = visit("officer-1"), visit("officer-1")
    here.post("/password", password=PASSWORD, new="another long password")
    assert not is_in(here)
    assert not is_in(there)
    assert here.sign_in("officer-1", "another long password").status_code == 303


def test_a_new_password_needs_the_present_one(visit: Visit) -> None:
    visitor = visit("officer-1")
    assert visitor.post("/password", password="wrong", new="x" * 20).status_code == 409
    assert visit("officer-1").get("/queue").status_code == 200


def test_who_is_shut_out_is_out_at_once(visit: Visit, database: Engine) -> None:
    visitor, admin = visit("officer-1"), visit("admin-1")
    assert admin.post("/officers/officer-1/deactivate").status_code == 303
    assert not is_in(visitor)
    with Session(database) as session:
        said = select(JournalEntry).where(JournalEntry.verb != seals.SEAL)
        newest = said.order_by(col(JournalEntry.seq).desc())
        assert session.exec(newest).first().verb == "deactivate"  # type: ignore[union-attr]


def test_an_admin_adds_an_officer_who_then_works(visit: Visit) -> None:
    admin = visit("admin-1")
    fields = {"officer_id": "officer-9", "password": PASSWORD, "role": "officer"}
    assert admin.post("/officers", **fields).status_code == 303
    assert admin.post("/officers", **fields).status_code == 409
    assert visit("officer-9").get("/queue").status_code == 200


def test_an_htmx_request_of_who_is_out_leads_the_whole_page_to_the_sign_in(visit: Visit) -> None:
    answer = visit().client.get("/queue", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in?to=%2Fqueue")
