"""Files of elsewhere are read as those beside the venue file, from the place named and no other."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pytest

from surveillance.activity import sources
from surveillance.activity.venue import remote
from surveillance.errors import SourceAbort, SourceError, SurveillanceError, VenueError

HEAD = "ts,id,price,quantity\n"
SELECT = (
    "select ts, _line as seq, id as trade_id, 'BTC' as instrument, price, quantity from messages"
)
LONG_AGO = 1_700_000_000

pytestmark = pytest.mark.usefixtures("own_cache")


class _Shop(SimpleHTTPRequestHandler):
    """Serve a folder, remember what was fetched, and never write to the terminal."""

    fetched: list[str]

    def do_GET(self) -> None:
        self.fetched.append(self.path)
        super().do_GET()

    def log_message(self, *_: Any) -> None:
        pass


Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve with a handler until the test ends, and return the address."""
    servers = []

    def start(handler: Any) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    """The folder that a venue serves."""
    folder = tmp_path / "served" / "drop"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def shop(drop: Path, serve: Serve) -> tuple[str, list[str]]:
    """The address of the served folder, and the paths that were fetched from it."""
    fetched: list[str] = []
    handler = type("Shop", (_Shop,), {"fetched": fetched})
    return f"{serve(partial(handler, directory=str(drop.parent)))}/drop", fetched


def put(drop: Path, name: str, *lines: str, at: int = LONG_AGO) -> None:
    """Write a file of trades whose ids are ``lines``, last written long ago."""
    path = drop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + "".join(f"2026-03-02,{line},1,1\n" for line in lines))
    os.utime(path, (at, at))


def ids(url: str, tmp_path: Path, glob: str = "*.csv") -> list[tuple[str, str]]:
    """Pull, and return the id and the origin of each trade."""
    text = (
        f"venue: shop\nsource: files\nfolder: {url}\nfiles:\n  messages: {{glob: '{glob}'}}\n"
        f"tables:\n  trades: |\n    {SELECT}\n"
    )
    rows = [
        row
        for batch in sources.pull(sources.parse(text, tmp_path, "shop.yml"))
        for row in batch.tables["trades"].to_pylist()
    ]
    return sorted((row["trade_id"], row["source_line"]) for row in rows)


def test_files_of_a_web_server_are_read_with_their_names_and_lines(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path
) -> None:
    put(drop, "a.csv", "1", "2")
    put(drop, "b.csv", "3")
    put(drop, "other.txt", "4")
    assert ids(shop[0], tmp_path) == [("1", "a.csv:2"), ("2", "a.csv:3"), ("3", "b.csv:2")]


def test_files_in_folders_of_a_web_server_are_found(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path
) -> None:
    put(drop, "2026-03-02/a.csv", "1")
    put(drop, "2026-03-03/a.csv", "2")
    assert ids(shop[0], tmp_path, "*/a.csv") == [
        ("1", "2026-03-02/a.csv:2"),
        ("2", "2026-03-03/a.csv:2"),
    ]


def test_a_file_of_one_name_needs_no_listing(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path
) -> None:
    put(drop, "a.csv", "1")
    assert ids(shop[0], tmp_path, "a.csv") == [("1", "a.csv:2")]
    assert shop[1] == ["/drop/a.csv"]


def test_only_what_is_new_or_changed_is_fetched_again(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path
) -> None:
    url, fetched = shop
    for name in ("same", "changed", "gone"):
        put(drop, f"{name}.csv", name)
    ids(url, tmp_path)
    fetched.clear()
    put(drop, "changed.csv", "CHANGED", at=LONG_AGO + 60)
    put(drop, "new.csv", "new")
    (drop / "gone.csv").unlink()
    assert [name for name, _ in ids(url, tmp_path)] == ["CHANGED", "new", "same"]
    assert sorted(path for path in fetched if path.endswith(".csv")) == [
        "/drop/changed.csv",
        "/drop/new.csv",
    ]


def test_what_was_written_a_moment_ago_is_fetched_again(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path
) -> None:
    put(drop, "a.csv", "1")
    os.utime(drop / "a.csv")
    now = (drop / "a.csv").stat().st_mtime_ns
    ids(shop[0], tmp_path)
    put(drop, "a.csv", "2")
    os.utime(drop / "a.csv", ns=(now, now))
    assert ids(shop[0], tmp_path) == [("2", "a.csv:2")]


def test_files_of_a_store_in_memory_are_read_and_read_again_when_they_change(
    tmp_path: Path,
) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/venue-drop/a.csv", f"{HEAD}2026-03-02,1,1,1\n".encode())
    try:
        assert ids("memory://venue-drop", tmp_path) == [("1", "a.csv:2")]
        store.pipe("/venue-drop/a.csv", f"{HEAD}2026-03-02,2,1,1\n".encode())
        assert ids("memory://venue-drop", tmp_path) == [("2", "a.csv:2")]
    finally:
        store.rm("/venue-drop", recursive=True)


def test_credentials_come_from_the_environment(
    drop: Path, tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed(_Shop):
        fetched: list[str] = []  # noqa: RUF012

        def send_head(self) -> Any:
            if self.headers["Authorization"] == "Bearer s3cret":
                return super().send_head()
            self.send_error(401)
            return None

    put(drop, "a.csv", "1")
    url = f"{serve(partial(Closed, directory=str(drop.parent)))}/drop"
    with pytest.raises(SourceAbort, match="401"):
        ids(url, tmp_path)
    options = {"client_kwargs": {"headers": {"Authorization": "Bearer s3cret"}}}
    monkeypatch.setitem(os.environ, "FSSPEC_HTTP", json.dumps(options))
    monkeypatch.setitem(fsspec.config.conf, "http", {})  # read when fsspec is imported
    fsspec.config.set_conf_env(fsspec.config.conf)
    assert ids(url, tmp_path) == [("1", "a.csv:2")]


def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Any:
    """Return a handler that answers everything in one way."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def redirecting(where: str) -> Any:
    """Return a handler that sends everybody elsewhere."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", where)
        handler.end_headers()

    return answering(answer)


@pytest.mark.parametrize("glob", ["*.csv", "a.csv"])
def test_nobody_is_sent_to_another_host(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path, serve: Serve, glob: str
) -> None:
    put(drop, "a.csv", "1")
    elsewhere, fetched = shop
    with pytest.raises(SourceAbort, match="was sent elsewhere"):
        ids(serve(redirecting(f"{elsewhere}/a.csv")), tmp_path, glob)
    assert fetched == []


def test_nobody_is_sent_to_a_file_of_this_machine(tmp_path: Path, serve: Serve) -> None:
    (tmp_path / "a.csv").write_text(f"{HEAD}2026-03-02,own,1,1\n")
    with pytest.raises(SourceAbort, match="was sent elsewhere"):
        ids(serve(redirecting(f"file://{tmp_path}/a.csv")), tmp_path, "a.csv")


def test_links_to_other_hosts_are_not_followed(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path, serve: Serve
) -> None:
    put(drop, "a.csv", "1")

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        links = f'<a href="{shop[0]}/a.csv">a</a><a href="file://{tmp_path}/b.csv">b</a>'
        handler.wfile.write(links.encode())

    with pytest.raises(SurveillanceError):
        ids(serve(answering(answer)), tmp_path)
    assert shop[1] == []


def test_a_file_without_end_is_cut_off(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while handler.command == "GET":
                handler.wfile.write(b"2026-03-02,1,1,1\n" * 1000)
        except OSError:
            return

    monkeypatch.setattr(remote, "MOST_BYTES", 3_000_000)
    with pytest.raises(SourceAbort, match="expected at most 3000000 bytes in http"):
        ids(serve(answering(answer)), tmp_path, "a.csv")


def test_a_place_of_too_many_or_too_large_files_is_refused(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(drop, "a.csv", "1")
    put(drop, "b.csv", "2")
    with monkeypatch.context() as patched:
        patched.setattr(remote, "MOST_FILES", 1)
        with pytest.raises(SourceAbort, match=r"expected at most 1 files in http.*, was 2"):
            ids(shop[0], tmp_path)
    monkeypatch.setattr(remote, "MOST_BYTES", 50)
    with pytest.raises(SourceAbort, match="expected at most 50 bytes"):
        ids(shop[0], tmp_path)


def test_a_file_that_breaks_off_fails_and_what_was_there_stays(
    shop: tuple[str, list[str]], drop: Path, tmp_path: Path, serve: Serve, own_cache: Path
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(HEAD.encode())

    with pytest.raises(SourceError, match="expected to read http"):
        ids(serve(answering(answer)), tmp_path, "a.csv")
    assert not list((own_cache / "copies").rglob("*.csv"))
    assert not list((own_cache / "copies").rglob(".part*"))


@pytest.mark.parametrize(("status", "kind"), [(500, SourceError), (403, SourceAbort)])
@pytest.mark.parametrize("glob", ["*.csv", "a.csv"])
def test_what_a_server_says_decides_whether_it_is_tried_again(
    tmp_path: Path, serve: Serve, status: int, kind: type[Exception], glob: str
) -> None:
    url = serve(answering(lambda handler: handler.send_error(status)))
    with pytest.raises(kind, match=f"expected to read {url}, was .*{status}"):
        ids(url, tmp_path, glob)


@pytest.mark.parametrize("glob", ["*.csv", "a.csv", "*/*.csv"])
def test_a_server_that_is_down_is_tried_again(tmp_path: Path, serve: Serve, glob: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Shop) as server:
        port = server.server_port
    with pytest.raises(SourceError, match="expected to read http://127"):
        ids(f"http://127.0.0.1:{port}", tmp_path, glob)


@pytest.mark.parametrize("glob", ["*.csv", "a.csv"])
def test_a_pattern_that_finds_nothing_names_the_place(
    shop: tuple[str, list[str]], tmp_path: Path, glob: str
) -> None:
    with pytest.raises(SourceAbort, match=shop[0]):
        ids(shop[0], tmp_path, glob)


@pytest.mark.parametrize("glob", ["../*.csv", "/etc/*", "a/../../b.csv"])
def test_a_pattern_that_leads_out_of_the_place_is_refused(
    shop: tuple[str, list[str]], tmp_path: Path, glob: str
) -> None:
    with pytest.raises(SourceAbort, match="expected a pattern within http"):
        ids(shop[0], tmp_path, glob)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc", "that begins with one of abfs://"),
        ("/var/drop", "that begins with one of"),
        ("simplecache::https://host/drop", "that begins with one of"),
        ("https://user:s3cret@host/drop", "credentials belong into the environment"),
        ("https://host/drop?signature=s3cret", "credentials belong into the environment"),
    ],
)
def test_an_address_that_is_none_or_holds_credentials_is_refused(
    url: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(VenueError, match=message) as wrong:
        ids(f"'{url}'", tmp_path)
    assert "s3cret" not in str(wrong.value)
    assert "shop.yml:3:1: folder: " in str(wrong.value)


def test_a_protocol_whose_package_is_not_there_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(SourceAbort, match=r'pip install "surveillance\[s3\]"'):
        ids("s3://bucket/drop", tmp_path)
