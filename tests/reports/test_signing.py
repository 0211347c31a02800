"""A report is signed after what was rendered, which stays as it was."""

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from surveillance.errors import SurveillanceError
from surveillance.reports import signing
from surveillance.reports.pdf import write_pdf

SECRET = "open"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("key")
    made = ("-keyout", "k.pem", "-out", "c.pem", "-days", "9", "-nodes", "-subj", "/CN=Venue")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *made],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    pack = ("-inkey", "k.pem", "-in", "c.pem", "-out", "key.p12", "-passout", f"pass:{SECRET}")
    subprocess.run(["openssl", "pkcs12", "-export", *pack], cwd=folder, check=True)
    return folder / "key.p12"


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return write_pdf('<html lang="en"><title>t</title>', (), datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def signed(unsigned: bytes, key: Path) -> bytes:
    return signing.sign(unsigned, key, SECRET)


def test_what_was_rendered_stands_unchanged_before_the_signature(
    unsigned: bytes, signed: bytes
) -> None:
    assert signed.startswith(unsigned)
    assert signing.revisions(signed)[0] == hashlib.sha256(unsigned).hexdigest()


def test_a_signature_names_its_certificate_and_covers_all(signed: bytes, key: Path) -> None:
    signature = signing.signature(signed)
    assert signature is not None
    assert (signature.is_intact, signature.covers_all) == (True, True)
    assert signature.signer == "Common Name: Venue"
    assert signature.certificate == signing.certificate(key, SECRET)


def test_a_byte_that_was_changed_breaks_it_and_what_was_added_is_not_covered(
    signed: bytes,
) -> None:
    changed = bytearray(signed)
    place = changed.index(b"/Title") + 8
    changed[place] ^= 1
    broken, longer = signing.signature(bytes(changed)), signing.signature(signed + b"\n%")
    assert broken is not None
    assert longer is not None
    assert not broken.is_intact
    assert not longer.covers_all


def test_a_file_without_one_has_none_and_what_is_no_pdf_is_said(unsigned: bytes) -> None:
    assert signing.signature(unsigned) is None
    with pytest.raises(SurveillanceError, match="expected a PDF that can be read"):
        signing.signature(b"hello")


def test_a_wrong_secret_is_explained(unsigned: bytes, key: Path) -> None:
    with pytest.raises(SurveillanceError, match="expected a PKCS#12 file and the secret"):
        signing.sign(unsigned, key, "wrong")
