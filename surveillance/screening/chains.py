"""The forms of address that chains have, each read into the one spelling that stands for all.

A reader gives the canonical text, the kind, and what is wrong with it; None says that the text is
not of that form at all. A reader whose sum does not fit keeps the form: a list may hold a slip.
"""

import base64
import binascii
import re
from collections.abc import Callable
from typing import TypeAlias

from surveillance.screening import checksums as sums

Read: TypeAlias = tuple[str, str, str] | None

_HEX = re.compile(r"(?:0[xX]|[xX][dD][cC])?([0-9a-fA-F]{40})")
_WIDE_HEX = re.compile(r"0[xX]([0-9a-fA-F]{60,64})")
_TRON_HEX = re.compile(r"(?:0[xX])?(41[0-9a-fA-F]{40})")
_BECH32 = re.compile(r"([a-z][a-z0-9_]{0,29})1([02-9ac-hj-np-z]{6,})")
_CASH = re.compile(r"(?:(bitcoincash|bchtest|bchreg|simpleledger):)?([qpzr][02-9ac-hj-np-z]{41,})")
_BASE58 = re.compile(r"[1-9A-HJ-NP-Za-km-z]{25,36}")
_CLASSIC = re.compile(r"r[1-9A-HJ-NP-Za-km-z]{24,34}")
_EXTENDED = re.compile(r"[XT][1-9A-HJ-NP-Za-km-z]{46}")
_TRON = re.compile(r"T[1-9A-HJ-NP-Za-km-z]{33}")
_MONERO = re.compile(r"[48][1-9A-HJ-NP-Za-km-z]{94}(?:[1-9A-HJ-NP-Za-km-z]{11})?")
_STELLAR = re.compile(r"G[A-Z2-7]{55}|M[A-Z2-7]{68}")
_TON = re.compile(r"[A-Za-z0-9+/_\-]{48}")
_TON_RAW = re.compile(r"(0|-1):([0-9a-fA-F]{64})")
_SOLANA = re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}")
_CASH_SIZES = (20, 24, 28, 32, 40, 48, 56, 64)
_SUM = "its checksum does not fit"
_TRON_ASSETS = frozenset(("TRX", "TRON", "TRC20"))
"""Assets that are on Tron alone, where an address is also written as Ethereum writes one."""
_SEGWIT = frozenset(("bc", "tb", "bcrt", "ltc", "tltc", "vtc", "dgb", "grs", "btg"))


def read(text: str, asset: str) -> Read:
    """Return canonical text, kind and flaw of an address; None if it is of no form known here."""
    flawed: Read = None
    for reader in _READERS:
        result = reader(text, asset)
        if result is not None and not result[2]:
            return result
        flawed = flawed or result
    return flawed


def _hexadecimal(text: str, asset: str) -> Read:
    match = _HEX.fullmatch(text)
    if match is None:
        return None
    body = match.group(1)
    if asset in _TRON_ASSETS:
        return _tron_text(bytes.fromhex("41" + body))
    mixed = body != body.lower() and body != body.upper()
    flaw = "its letters do not fit EIP-55" if mixed and body != mixed_case(body) else ""
    return "0x" + body.lower(), "evm", flaw


def mixed_case(body: str) -> str:
    """Return 40 hexadecimal digits in the cases that EIP-55 asks for."""
    small = body.lower()
    marks = sums.keccak256(small.encode()).hex()
    return "".join(
        c.upper() if int(mark, 16) >= 8 else c for c, mark in zip(small, marks, strict=False)
    )


def _tron_hexadecimal(text: str, asset: str) -> Read:
    match = _TRON_HEX.fullmatch(text)
    return _tron_text(bytes.fromhex(match.group(1))) if match else None


def _tron_text(payload: bytes) -> Read:
    return sums.base58_text(payload), "tron", ""


def _tron(text: str, asset: str) -> Read:
    if not _TRON.fullmatch(text):
        return None
    payload = sums.base58_payload(text)
    fits = payload is not None and len(payload) == 21 and payload[0] == 0x41
    return text, "tron", "" if fits else _SUM


def _bech32(text: str, asset: str) -> Read:
    small = text.lower()
    match = _BECH32.fullmatch(small)
    if match is None or text not in (small, text.upper()):
        return None
    prefix, data = match.groups()
    total = sums.bech32_constant(prefix, data)
    if prefix not in _SEGWIT:
        return small, "bech32", "" if total in (sums.BECH32, sums.BECH32M) else _SUM
    expected = sums.BECH32 if data[0] == "q" else sums.BECH32M
    if total != expected:
        return small, "bech32", _SUM
    return small, "bech32", "" if _is_witness(data) else "it pays to no program of BIP-141"


def _is_witness(data: str) -> bool:
    """Return whether what a checked bech32 text holds is a version of 16 at most and a program."""
    version, *values = sums.five_bits(data[:-6]) or [17]
    program = sums.eight_bits(values)
    sizes = (20, 32) if version == 0 else range(2, 41)
    return version <= 16 and program is not None and len(program) in sizes


def _cash(text: str, asset: str) -> Read:
    small = text.lower()
    match = _CASH.fullmatch(small)
    if match is None or text not in (small, text.upper()):
        return None
    prefix, data = match.groups()
    payload = sums.cash_payload(prefix or "bitcoincash", data)
    if payload is None:
        return data, "cashaddr", _SUM
    if len(payload) != _CASH_SIZES[payload[0] & 7] + 1 or payload[0] & 0x80:
        return data, "cashaddr", "its length is not the one it says"
    # A token-aware address is the same one, with a mark that its wallet knows of tokens.
    payload = bytes([payload[0] & ~0x10]) + payload[1:]
    if len(payload) == 21 and prefix in (None, "bitcoincash", "simpleledger"):
        version = b"\x05" if payload[0] >> 3 & 1 else b"\x00"
        return sums.base58_text(version + payload[1:]), "base58", ""
    return sums.cash_text(prefix or "bitcoincash", payload).partition(":")[2], "cashaddr", ""


def _base58(text: str, asset: str) -> Read:
    if not _BASE58.fullmatch(text):
        return None
    payload = sums.base58_payload(text)
    if payload is None:
        return (text, "base58", _SUM) if text[0] in "13LMD" else None
    # Litecoin's scripts had the version of Bitcoin's before they had one of their own.
    if payload[0] == 50 and len(payload) == 21:
        text = sums.base58_text(b"\x05" + payload[1:])
    return text, "base58", ""


def _ripple(text: str, asset: str) -> Read:
    if _EXTENDED.fullmatch(text):
        payload = sums.base58_payload(text, sums.RIPPLE)
        if payload is not None and payload[:2] in (b"\x05\x44", b"\x04\x93"):
            return sums.base58_text(b"\x00" + payload[2:22], sums.RIPPLE), "xrp", ""
        return text, "xrp", _SUM
    if not _CLASSIC.fullmatch(text):
        return None
    payload = sums.base58_payload(text, sums.RIPPLE)
    fits = payload is not None and len(payload) == 21 and payload[0] == 0
    return text, "xrp", "" if fits else _SUM


def _monero(text: str, asset: str) -> Read:
    if not _MONERO.fullmatch(text):
        return None
    blocks = [text[start : start + 11] for start in range(0, len(text), 11)]
    parts = [sums.base58_bytes(block) for block in blocks]
    sizes = [8 if len(block) == 11 else 5 for block in blocks]
    if None in parts:
        return text, "monero", _SUM
    payload = b"".join(
        (part or b"").lstrip(b"\0").rjust(size, b"\0")
        for part, size in zip(parts, sizes, strict=True)
    )
    if sums.keccak256(payload[:-4])[:4] != payload[-4:]:
        return text, "monero", _SUM
    if len(text) == 95:
        return text, "monero", ""
    standard = b"\x12" + payload[1:65]
    return _monero_text(standard + sums.keccak256(standard)[:4]), "monero", ""


def _monero_text(payload: bytes) -> str:
    """Write whole blocks of eight bytes as eleven letters, and the five that are left as seven."""
    blocks = [payload[start : start + 8] for start in range(0, len(payload), 8)]
    return "".join(
        sums.base58_plain(block.lstrip(b"\0")).rjust(11 if len(block) == 8 else 7, "1")
        for block in blocks
    )


def _stellar(text: str, asset: str) -> Read:
    if not _STELLAR.fullmatch(text):
        return None
    try:
        payload = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        return text, "stellar", _SUM
    if sums.crc16(payload[:-2]) != int.from_bytes(payload[-2:], "little"):
        return text, "stellar", _SUM
    if text[0] == "G":
        return text, "stellar", ""
    account = bytes([6 << 3]) + payload[1:33]
    whole = account + sums.crc16(account).to_bytes(2, "little")
    return base64.b32encode(whole).decode().rstrip("="), "stellar", ""


def _ton(text: str, asset: str) -> Read:
    raw = _TON_RAW.fullmatch(text)
    if raw:
        return f"{raw.group(1)}:{raw.group(2).lower()}", "ton", ""
    if not _TON.fullmatch(text):
        return None
    payload = base64.urlsafe_b64decode(text.replace("+", "-").replace("/", "_"))
    if payload[0] & 0x3F != 0x11 or sums.crc16(payload[:34]) != int.from_bytes(payload[34:], "big"):
        return None
    chain = -1 if payload[1] == 0xFF else payload[1]
    return f"{chain}:{payload[2:34].hex()}", "ton", ""


def _wide_hexadecimal(text: str, asset: str) -> Read:
    match = _WIDE_HEX.fullmatch(text)
    return ("0x" + match.group(1).lower().rjust(64, "0"), "move", "") if match else None


def _solana(text: str, asset: str) -> Read:
    if not _SOLANA.fullmatch(text):
        return None
    payload = sums.base58_bytes(text)
    return (text, "solana", "") if payload is not None and len(payload) == 32 else None


_READERS: tuple[Callable[[str, str], Read], ...] = (
    _hexadecimal,
    _tron_hexadecimal,
    _bech32,
    _cash,
    _tron,
    _ripple,
    _base58,
    _monero,
    _stellar,
    _ton,
    _wide_hexadecimal,
    _solana,
)
