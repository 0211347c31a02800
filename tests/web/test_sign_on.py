"""Officers sign in by a provider of the house, which is a small one here, and by no other."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.config.sections import SignOn, Web
from surveillance.records.tables import Officer
from surveillance.web import create_app
from tests.given.visitor import Visitor

MAIL = "officer-1@venue.example"


class Provider(HTTPServer):
    """A provider: describes itself, has keys, and answers a code with a signed token."""

    def __init__(self) -> None:
        self.key, self.signs_with = RSAKey.generate_key(2048), None
        self.asked: dict[str, str] = {}
        self.claims: dict[str, Any] = {"email": MAIL, "email_verified": True}
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            places = {"authorization_endpoint": "/ask", "token_endpoint": "/t", "jwks_uri": "/k"}
            return {"issuer": self.issuer} | {k: self.issuer + v for k, v in places.items()}
        if path == "/k":
            return {"keys": [self.key.as_dict(private=False)]}
        now = int(datetime.now(UTC).timestamp())
        said = {"iss": self.issuer, "aud": "us", "sub": "1", "exp": now + 60, "iat": now}
        claims = said | {"nonce": self.asked.get("nonce", "")} | self.claims
        token = jwt.encode({"alg": "RS256"}, claims, self.signs_with or self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}


class _Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self._send()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._send()

    def _send(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(self.server.answer(self.path)).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider that runs."""
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def house(settings: Settings, provider: Provider) -> Iterator[FastAPI]:
    """The pages, where officers sign in by the provider."""
    sign_on = SignOn(issuer=provider.issuer, client_id="us", client_secret="secret")
    app = create_app(settings.model_copy(update={"web": Web(sign_on=sign_on)}))
    with Session(app.state.engine) as session:
        session.get_one(Officer, "officer-1").email = MAIL
        session.commit()
    yield app
    app.state.engine.dispose()


def gone(visitor: Visitor, provider: Provider) -> dict[str, str]:
    """Go to the provider, and return what the browser brought along."""
    left = visitor.get("/sign-in/provider?to=/runs")
    assert left.headers["location"].startswith(provider.issuer + "/ask?")
    query = parse_qs(urlparse(left.headers["location"]).query)
    provider.asked = {name: value for name, (value, *_) in query.items()}
    assert provider.asked["code_challenge_method"] == "S256"
    return provider.asked


def back(visitor: Visitor, provider: Provider) -> int:
    state = gone(visitor, provider)["state"]
    status: int = visitor.get(f"/sign-in/provider/back?code=c&state={state}").status_code
    return status


def test_whom_the_provider_names_is_in(house: FastAPI, provider: Provider) -> None:
    visitor = Visitor(house)
    assert "Sign in by your organisation" in visitor.get("/sign-in").text
    assert back(visitor, provider) == 200
    assert visitor.get("/queue").status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@venue.example"},
        {"email_verified": False},
        {"nonce": "another"},
        {"aud": "them"},
        {"iss": "https://other.example"},
        {"exp": 1},
    ],
)
def test_what_the_provider_does_not_prove_lets_nobody_in(
    house: FastAPI, provider: Provider, claims: dict[str, Any]
) -> None:
    visitor = Visitor(house)
    provider.claims |= claims
    assert back(visitor, provider) == 403
    assert visitor.get("/queue").status_code == 303


def test_a_token_that_another_signed_lets_nobody_in(house: FastAPI, provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048)  # type: ignore[assignment]
    assert back(Visitor(house), provider) == 403


def test_an_answer_for_another_browser_lets_nobody_in(house: FastAPI, provider: Provider) -> None:
    state = gone(Visitor(house), provider)["state"]
    answer = Visitor(house).get(f"/sign-in/provider/back?code=c&state={state}")
    assert answer.status_code == 403


def test_an_officer_who_left_stays_out(house: FastAPI, provider: Provider) -> None:
    with Session(house.state.engine) as session:
        session.get_one(Officer, "officer-1").active = False
        session.commit()
    assert back(Visitor(house), provider) == 403


def test_without_a_provider_there_is_no_such_page(app: FastAPI) -> None:
    assert Visitor(app).get("/sign-in/provider").status_code == 404
