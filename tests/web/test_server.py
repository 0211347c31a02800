"""Nobody beyond this machine is listened to in the clear, and slow connections end."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from surveillance.config import Settings
from surveillance.config.sections import Web
from surveillance.errors import SurveillanceError
from surveillance.web import create_app, server
from tests.given.visitor import Visitor


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [("127.0.0.1", True), ("localhost", True), ("[::1]", True), ("192.0.2.7", False), ("x", False)],
)
def test_this_machine_alone_is_loopback(host: str, is_ours: bool) -> None:
    assert server.is_loopback(host) is is_ours


def test_others_are_not_listened_to_in_the_clear(tmp_path: Path) -> None:
    with pytest.raises(SurveillanceError, match="expected TLS to listen"):
        server.serve(Settings(home=tmp_path), "192.0.2.7")


def test_others_call_the_server_by_a_name_that_is_set(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, web=Web(proxies=["192.0.2.1"]))
    with pytest.raises(SurveillanceError, match="expected the names of the server"):
        server.serve(settings, "192.0.2.7")


def test_a_name_that_is_not_ours_is_refused(settings: Settings) -> None:
    app = create_app(settings, ["venue.example"])
    visitor = Visitor(app)
    assert visitor.get("/sign-in").status_code == 400
    visitor.client.base_url = "http://venue.example"
    assert visitor.get("/sign-in").status_code in {200, 303}
    app.state.engine.dispose()


@pytest.fixture
def port(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server that waits for a request no longer than a moment."""
    monkeypatch.setattr(server.Prompt, "slowest", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, http=server.Prompt, log_config=None)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        running.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\ntoken=",
    ],
)
def test_a_request_that_does_not_come_whole_ends(port: int, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(begun)
        assert connection.recv(10_000) in {b""} or begun.startswith(b"POST")


def test_a_request_that_comes_whole_is_answered(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
