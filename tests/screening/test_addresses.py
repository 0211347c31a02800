"""One address in every spelling is one; another address is another; what is none is said."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.screening import checksums as sums
from surveillance.screening.addresses import canonical
from tests.given.addresses import spellings
from tests.given.depth import deep

HASHES = st.binary(min_size=20, max_size=20)


def _made(kind: str, body: bytes) -> str:
    """Return an address of a kind in its canonical form."""
    versions = {"p2pkh": b"\x00", "p2sh": b"\x05", "dash": b"\x4c", "doge": b"\x1e"}
    if kind == "evm":
        return "0x" + body.hex()
    if kind == "tron":
        return sums.base58_text(b"\x41" + body)
    if kind == "xrp":
        return sums.base58_text(b"\x00" + body, sums.RIPPLE)
    return sums.base58_text(versions[kind] + body)


@given(HASHES, st.sampled_from(["evm", "tron", "xrp", "p2pkh", "p2sh", "dash", "doge"]))
@settings(max_examples=deep(60), deadline=None)
def test_every_spelling_of_an_address_is_that_address(body: bytes, name: str) -> None:
    address = _made(name, body)
    kind = {"p2pkh": "base58", "p2sh": "base58", "dash": "base58", "doge": "base58"}.get(name, name)
    for text, asset in spellings(address, kind):
        read = canonical(text, asset)
        assert (read.canonical, read.kind, read.flaw) == (address, kind, ""), (text, asset)


@given(HASHES, HASHES, st.sampled_from(["evm", "tron", "xrp", "p2pkh", "p2sh", "dash"]))
@settings(max_examples=deep(40), deadline=None)
def test_no_spelling_of_an_address_is_another(body: bytes, other: bytes, name: str) -> None:
    kind = {"p2pkh": "base58", "p2sh": "base58", "dash": "base58"}.get(name, name)
    forms = {
        canonical(text, asset).canonical for text, asset in spellings(_made(name, other), kind)
    }
    assert (_made(name, body) in forms) is (body == other)


@pytest.mark.parametrize(
    ("text", "asset", "expected"),
    [
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "BTC",
         "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "BTC",
         "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        ("bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", "BCH",
         "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"),
        ("BITCOINCASH:QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A", "",
         "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu"),
        ("ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", "BCH", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC"),
        ("X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ", "XRP",
         "r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ETH",
         "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
        ("41a614f803b6fd780986a42c78ec9c7f77e6ded13c", "USDT",
         "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        ("0xa614f803b6fd780986a42c78ec9c7f77e6ded13c", "TRX", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
        ("MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK", "XLM",
         "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"),
        ("EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N", "TON",
         "0:83dfd552e63729b472fcbcc8c45ebcc6691702558b68ec7527e1ba403a0f31a8"),
        ("cosmos1depk54cuajgkzea6zpgkq36tnjwdzv4afc3d27 memo 5", "ATOM",
         "cosmos1depk54cuajgkzea6zpgkq36tnjwdzv4afc3d27"),
    ],
)  # fmt: skip
def test_published_examples_are_read_as_their_papers_say(
    text: str, asset: str, expected: str
) -> None:
    assert canonical(text, asset)[::2] == (expected, "")


@pytest.mark.parametrize(
    "text",
    [
        "BC1SW50QGDZ25J",
        "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
        "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
        "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
        "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
    ],
)
def test_a_program_of_any_version_is_an_address(text: str) -> None:
    assert canonical(text, "BTC") == (text.lower(), "bech32", "")


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh", "checksum"),
        ("tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf", "checksum"),
        ("bc1gmk9yu", "checksum"),
        ("BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", "BIP-141"),
        ("bc1pw5dgrnzv", "BIP-141"),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav", "BIP-141"),
        ("BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "BIP-141"),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf", "BIP-141"),
        ("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j", "BIP-141"),
        ("tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq", "expected an address"),
    ],
)
def test_what_bip_350_calls_invalid_is_said_to_be(text: str, flaw: str) -> None:
    assert flaw in canonical(text, "BTC").flaw


def test_a_long_cashaddr_is_one_with_and_without_its_token_mark() -> None:
    body = bytes(range(32))
    plain, token = (sums.cash_text("bitcoincash", bytes([kind]) + body) for kind in (11, 27))
    assert plain != token
    assert canonical(token, "BCH") == canonical(plain, "BCH")
    assert canonical(plain, "BCH").flaw == ""
    short = sums.cash_text("bitcoincash", bytes([11]) + body[:20])
    assert "length" in canonical(short, "BCH").flaw


def test_the_ways_to_write_an_account_of_ton_are_one() -> None:
    body = bytes([0x11, 0]) + bytes(range(32))
    forms = []
    for tag in (0x11, 0x51):
        whole = bytes([tag]) + body[1:]
        whole += sums.crc16(whole).to_bytes(2, "big")
        forms += [base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()]
    forms.append("0:" + bytes(range(32)).hex().upper())
    assert {canonical(form, "TON") for form in forms} == {
        ("0:" + bytes(range(32)).hex(), "ton", "")
    }


def test_an_integrated_address_of_monero_is_the_account_behind_it() -> None:
    whole = (
        "4LL9oSLmtpccfufTMvppY6JwXNouMBzSkbLYfpAV5Usx3skxNgYeYTRj5UzqtReoS44qo9mtmXCqY45DJ852K5Jv2"
        "bYXZKKQePHES9khPK"
    )
    behind = canonical(whole, "XMR")
    assert len(behind.canonical) == 95
    assert behind == canonical(behind.canonical, "XMR")


@pytest.mark.parametrize(
    ("text", "asset", "form", "flaw"),
    [
        ("0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "ETH",
         "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "EIP-55"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "BTC",
         "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum"),
        ("bitcoincash:qpzry0000000000000000000000000000000000000", "BCH",
         "qpzry0000000000000000000000000000000000000", "checksum"),
        ("rBadBadBadBadBadBadBadBadBadBad11?dt=77", "XRP",
         "rBadBadBadBadBadBadBadBadBadBad11", "checksum"),
        ("1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv", "BTC",
         "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggv", "checksum"),
        ("0xBAD", "ETH", "0xbad", "expected an address"),
        ("to be told", "BTC", "to be told", "expected an address"),
        (" \u200b ", "BTC", "", "expected an address"),
    ],
)  # fmt: skip
def test_what_is_no_address_keeps_its_text_and_says_why(
    text: str, asset: str, form: str, flaw: str
) -> None:
    read = canonical(text, asset)
    assert read.canonical == form
    assert flaw in read.flaw


def test_an_address_within_a_longer_text_of_nobody_is_not_taken() -> None:
    text = "somebodysaccount-at-a-bank:0x" + "ab" * 20
    assert canonical(text, "ETH").canonical == text
