"""Webhooks: signed, without names, and tried again until they are heard."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlmodel import Session, select

from surveillance.casework import cases
from surveillance.config import Settings
from surveillance.config.sections import Webhook
from surveillance.errors import SourceError
from surveillance.installation import Installation
from surveillance.records import database, outbox
from surveillance.records.tables import OutboxRow
from surveillance.upkeep import webhooks
from tests.given import filing
from tests.given.dossiers import NOON
from tests.given.filing import dossier_of

SECRET = "a secret of twenty-four letters"


class Listener(HTTPServer):
    """Who is told; answers with ``status``."""

    status = 200

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], str]] = []
        super().__init__(("127.0.0.1", 0), _Heard)


class _Heard(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.heard.append((names, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who listens."""
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def place(tmp_path: Path, listener: Listener) -> Iterator[Installation]:
    """An installation that tells somebody."""
    hook = Webhook(url=f"http://127.0.0.1:{listener.server_port}/", secret=SECRET)
    settings = Settings(home=tmp_path, webhooks=[hook])
    opened = database.engine(settings.database)
    database.migrate(opened)
    yield Installation(settings, opened)
    opened.dispose()


def rows(place: Installation) -> list[OutboxRow]:
    with Session(place.engine) as session:
        return list(session.exec(select(OutboxRow).order_by(OutboxRow.id)))  # type: ignore[arg-type]


def test_what_happens_is_told_signed_and_without_names(
    place: Installation, listener: Listener
) -> None:
    webhooks.deliver(place, NOON)
    with Session(place.engine, expire_on_commit=False) as session:
        staff = filing.enrol_staff(session)
        case = filing.opened(session, dossier_of())
        cases.assign(session, case.id, staff["officer-1"], staff["officer-2"], NOON)
        session.commit()
    assert webhooks.deliver(place, NOON) == 2
    assert webhooks.deliver(place, NOON) == 0

    events = [json.loads(body)["event"] for _, body in listener.heard]
    assert events == ["ping", "alert.filed", "case.assigned"]
    for headers, body in listener.heard:
        name, moment = headers["webhook-id"], int(headers["webhook-timestamp"])
        assert headers["webhook-signature"] == webhooks.signature(SECRET, name, moment, body)
        assert not any(word in body for word in ("officer", "T-1", "OWN-1"))
    assert json.loads(listener.heard[1][1])["subject"] == f"case:{case.id}"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_heard_is_tried_again_and_ever_later(
    place: Installation, listener: Listener, status: int
) -> None:
    listener.status = status
    with pytest.raises(SourceError, match="was 1 of 1 not"):
        webhooks.deliver(place, NOON)
    [row] = rows(place)
    assert (row.tries, row.message) == (1, f"HTTP {status}")
    assert row.due_at == NOON + timedelta(minutes=1)
    assert webhooks.deliver(place, NOON) == 0
    listener.status = 200
    assert webhooks.deliver(place, NOON + timedelta(minutes=1)) == 1
    assert rows(place)[0].delivered_at is not None


def test_what_is_never_heard_is_given_up(place: Installation, listener: Listener) -> None:
    listener.status, at = 500, NOON
    for _ in range(outbox.MOST_TRIES):
        with pytest.raises(SourceError):
            webhooks.deliver(place, at)
        at += timedelta(hours=6)
    assert webhooks.deliver(place, at) == 0
    assert (rows(place)[0].due_at, rows(place)[0].delivered_at) == (None, None)


@pytest.mark.parametrize("url", ["http://venue.example/", "ftp://x", "file:///etc/passwd"])
def test_events_go_nowhere_in_the_clear(url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        Webhook(url=url, secret=SECRET)
