"""Spellings of one address: what venues, wallets and lists write for it."""

from collections.abc import Iterator

from surveillance.screening import checksums as sums
from surveillance.screening.chains import mixed_case


def spellings(canonical: str, kind: str) -> Iterator[tuple[str, str]]:
    """Yield every spelling of an address in its canonical form, each with an asset."""
    yield from ((text, "") for text in _decorated(canonical, kind))
    if kind == "evm":
        body = canonical[2:]
        for text in (body, body.upper(), "0X" + body.upper(), "0x" + body.upper(), mixed_case(body),
                     "0x" + mixed_case(body)):  # fmt: skip
            yield from ((each, "ETH") for each in _decorated(text, kind))
    if kind == "bech32":
        yield canonical.upper(), "BTC"
        yield f"BITCOIN:{canonical.upper()}?AMOUNT=1", "BTC"
    if kind == "base58":
        yield from _legacy(canonical)
    if kind == "xrp":
        yield from _extended(canonical)
    if kind == "tron":
        payload = sums.base58_payload(canonical) or b""
        yield payload.hex(), "TRX"
        yield "0x" + payload.hex().upper(), "TRX"
        yield "0x" + payload[1:].hex(), "TRX"


def _decorated(text: str, kind: str) -> Iterator[str]:
    scheme = {"evm": "ethereum", "xrp": "ripple", "tron": "tron", "monero": "monero"}.get(
        kind, "bitcoin"
    )
    yield from (text, f" {text}\t", f"\u200b{text}\u00a0", f"{text}:12345", f"{text}?memo=7 x")
    yield from (
        f"{text} 12345",
        f"{text}-12345",
        f"{scheme}:{text}",
        f"{scheme}:{text}?amount=0.5&label=a",
    )
    if kind == "evm":
        yield from (f"eip155:1:{text}", f"ethereum:{text}@1", f"arb1:{text}")
        yield f"xdc{text.lower().removeprefix('0x')}"
        yield f"ethereum:0x{'11' * 20}@1/transfer?address={text}&uint256=5"


def _legacy(canonical: str) -> Iterator[tuple[str, str]]:
    payload = sums.base58_payload(canonical)
    if payload is None or len(payload) != 21 or payload[0] not in (0, 5):
        return
    whole = sums.cash_text("bitcoincash", bytes([8 if payload[0] else 0]) + payload[1:])
    token = sums.cash_text("bitcoincash", bytes([24 if payload[0] else 16]) + payload[1:])
    for text in (whole, whole.partition(":")[2], token, token.partition(":")[2]):
        yield from ((each, "BCH") for each in (text, text.upper(), f"{text}?amount=1"))
    if payload[0] == 5:
        yield sums.base58_text(b"\x32" + payload[1:]), "LTC"


def _extended(canonical: str) -> Iterator[tuple[str, str]]:
    account = (sums.base58_payload(canonical, sums.RIPPLE) or b"")[1:]
    for flag, tag in ((0, 0), (1, 0), (1, 77), (1, 2**32 - 1)):
        body = b"\x05\x44" + account + bytes([flag]) + tag.to_bytes(8, "little")
        yield sums.base58_text(body, sums.RIPPLE), "XRP"
    yield from ((f"{canonical}{end}", "XRP") for end in ("?dt=77", ":0", "#77", " dt: 77"))
