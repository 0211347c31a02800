"""Anchors outside: written once, signed by an authority, mailed, and old ones are a warning."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlmodel import Session

from surveillance.config.sections import Anchoring
from surveillance.errors import SourceError, SurveillanceError
from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.upkeep import anchors
from tests.given.dossiers import NOON

HEAD = Anchor(3, "ab" * 32)
_REPLIES = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
_TSA = """
[tsa]
default_tsa = it
[it]
serial = {0}/serial
signer_cert = {0}/tsa.pem
signer_key = {0}/tsa.key
certs = {0}/tsa.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A time-stamp authority of one machine, and its root certificate."""
    folder = tmp_path_factory.mktemp("tsa")
    (folder / "tsa.cnf").write_text(_TSA.format(folder))
    (folder / "serial").write_text("01\n")
    new = ["-newkey", "rsa:2048", "-nodes", "-keyout"]
    _openssl(folder, "req", "-x509", *new, "root.key", "-out", "root.pem", "-days", "9",
             "-subj", "/CN=Root")  # fmt: skip
    _openssl(folder, "req", *new, "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Authority")
    (folder / "ext").write_text(
        "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"
    )
    _openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
             "-CAcreateserial", "-days", "9", "-extfile", "ext", "-out", "tsa.pem")  # fmt: skip

    class Reply(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            _openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq",
                     "-out", "r.tsr")  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write((folder / "r.tsr").read_bytes())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Reply) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", folder / "root.pem"
        server.shutdown()
        thread.join()


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def test_an_anchor_is_a_file_of_its_own(tmp_path: Path) -> None:
    anchoring = Anchoring(folder=tmp_path)
    anchors.anchor(anchoring, HEAD, NOON)
    anchors.anchor(anchoring, HEAD, NOON + timedelta(hours=1))
    with pytest.raises(SourceError, match="expected to write an anchor"):
        anchors.anchor(anchoring, HEAD, NOON)
    assert [each.place for each in anchors.listed(tmp_path)] == [HEAD, HEAD]


def test_an_old_anchor_is_a_warning(tmp_path: Path) -> None:
    anchoring = Anchoring(folder=tmp_path, oldest_hours=2)
    assert "was none yet" in anchors.warning(anchoring, NOON)
    anchors.anchor(anchoring, HEAD, NOON)
    assert anchors.warning(anchoring, NOON + timedelta(hours=2)) == ""
    assert "was 3 hours old" in anchors.warning(anchoring, NOON + timedelta(hours=3))


def test_nowhere_to_go_is_said() -> None:
    with pytest.raises(SurveillanceError, match="expected a place outside, was none"):
        anchors.anchor(Anchoring(), HEAD, NOON)


def test_an_authority_signs_an_anchor_and_its_token_proves_it(
    tmp_path: Path, session: Session, authority: tuple[str, Path]
) -> None:
    url, root = authority
    anchoring = Anchoring(folder=tmp_path / "a", authority=url, certificates=root)
    journal.append(session, "system", "begin", "x", {}, at=NOON)
    anchors.anchor(anchoring, journal.head(session), NOON)
    assert list(anchors.findings(session, anchoring)) == []

    [path] = (tmp_path / "a").glob("*.json")
    path.write_text(path.read_text() + " ")
    [changed] = anchors.findings(session, anchoring)
    assert "expected a time-stamp that is proved" in changed.message
    path.with_suffix(".tsr").unlink()
    [bare] = anchors.findings(session, anchoring)
    assert "expected a time-stamp beside it, was none" in bare.message


def test_a_token_of_another_authority_proves_nothing(
    tmp_path: Path, authority: tuple[str, Path]
) -> None:
    url, _ = authority
    other = tmp_path / "other"
    other.mkdir()
    _openssl(other, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k", "-out",
             "c.pem", "-subj", "/CN=Other")  # fmt: skip
    anchoring = Anchoring(folder=tmp_path / "a", authority=url, certificates=other / "c.pem")
    with pytest.raises(SurveillanceError, match="expected a time-stamp that is proved"):
        anchors.anchor(anchoring, HEAD, NOON)
    assert anchors.listed(tmp_path / "a") == []


def test_an_authority_that_is_away_is_tried_again(tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    shutil.copy(__file__, root)
    anchoring = Anchoring(folder=tmp_path, authority="http://127.0.0.1:9/", certificates=root)
    with pytest.raises(SourceError, match="expected the time-stamp authority to answer"):
        anchors.anchor(anchoring, HEAD, NOON)


def test_an_authority_needs_a_folder_and_its_certificates() -> None:
    with pytest.raises(ValueError, match="expected a folder and certificates"):
        Anchoring(authority="https://tsa.example/")


def test_an_anchor_is_mailed() -> None:
    heard: list[bytes] = []

    def post_office(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb") as line:
            line.write(b"220 here\r\n")
            line.flush()
            is_text = False
            for said in line:
                heard.append(said)
                word = said[:4].upper()
                if is_text and said != b".\r\n":
                    continue
                is_text = word == b"DATA"
                line.write(_REPLIES.get(word, b"250 yes\r\n"))
                line.flush()
                if word == b"QUIT":
                    return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=post_office, args=(listening,))
        thread.start()
        port = listening.getsockname()[1]
        anchoring = Anchoring(mail_to="audit@venue.example", mail_server=f"127.0.0.1:{port}")
        assert anchors.anchor(anchoring, HEAD, NOON) == ["audit@venue.example"]
        thread.join()
    assert f'"digest": "{HEAD.digest}"'.encode() in b"".join(heard)
