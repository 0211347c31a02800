"""Checksums of chain addresses: what tells an address from a text that only looks like one.

Base58 and Keccak come from libraries. The sums of bech32, CashAddr and the CRC of Stellar and TON
are a few lines each, of the papers that define them: BIP-173, BIP-350, the CashAddr specification.
"""

from collections.abc import Iterable, Sequence

import base58
from Crypto.Hash import keccak

RIPPLE = base58.XRP_ALPHABET
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32 = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CASH = (0x98F2BC8E61, 0x79B76D99E2, 0xF33E5FB3C4, 0xAE2EABE2A8, 0x1E4F43E470)
BECH32, BECH32M = 1, 0x2BC830A3


def base58_payload(text: str, alphabet: bytes = base58.BITCOIN_ALPHABET) -> bytes | None:
    """Return what a base58 text with a double SHA-256 holds, or None if its sum does not fit."""
    try:
        return base58.b58decode_check(text, alphabet=alphabet)
    except ValueError:
        return None


def base58_text(payload: bytes, alphabet: bytes = base58.BITCOIN_ALPHABET) -> str:
    """Write bytes as base58 with a double SHA-256."""
    return base58.b58encode_check(payload, alphabet=alphabet).decode()


def base58_bytes(text: str) -> bytes | None:
    """Return the bytes of a base58 text without a sum, or None if it is none."""
    try:
        return base58.b58decode(text)
    except ValueError:
        return None


def base58_plain(data: bytes) -> str:
    """Write bytes as base58 without a sum."""
    return base58.b58encode(data).decode()


def keccak256(data: bytes) -> bytes:
    """Return the Keccak-256 of bytes, which is not SHA3-256."""
    return keccak.new(data=data, digest_bits=256).digest()


def bech32_constant(prefix: str, data: str) -> int | None:
    """Return the constant to which a bech32 text adds up, or None for other letters."""
    values = five_bits(data)
    if values is None:
        return None
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    return _polymod([*spread, *values], _BECH32, 30)


def cash_payload(prefix: str, data: str) -> bytes | None:
    """Return version and hash of a CashAddr, or None if its sum does not fit."""
    values = five_bits(data)
    if values is None or len(values) < 8:
        return None
    if _polymod([*(ord(c) & 31 for c in prefix), 0, *values], _CASH, 40) != 1:
        return None
    return eight_bits(values[:-8])


def cash_text(prefix: str, payload: bytes) -> str:
    """Write version and hash as a CashAddr with its prefix."""
    number = int.from_bytes(payload, "big") << (-len(payload) * 8 % 5)
    count = (len(payload) * 8 + 4) // 5
    values = [number >> 5 * place & 31 for place in reversed(range(count))]
    total = _polymod([*(ord(c) & 31 for c in prefix), 0, *values, *([0] * 8)], _CASH, 40) ^ 1
    values += [total >> 5 * place & 31 for place in reversed(range(8))]
    return f"{prefix}:{''.join(_LETTERS[value] for value in values)}"


def eight_bits(values: Sequence[int]) -> bytes | None:
    """Return whole bytes of groups of five bits, or None if what is left over is not nothing."""
    number, spare = 0, len(values) * 5 % 8
    for value in values:
        number = number << 5 | value
    if spare >= 5 or number & ((1 << spare) - 1):
        return None
    return (number >> spare).to_bytes(len(values) * 5 // 8, "big")


def crc16(data: bytes) -> int:
    """Return the CRC-16/XMODEM of bytes."""
    total = 0
    for byte in data:
        total ^= byte << 8
        for _ in range(8):
            total = (total << 1 ^ 0x1021 if total & 0x8000 else total << 1) & 0xFFFF
    return total


def five_bits(data: str) -> list[int] | None:
    """Return the numbers that the letters of bech32 stand for, or None for other letters."""
    values = [_LETTERS.find(letter) for letter in data]
    return None if -1 in values else values


def _polymod(values: Iterable[int], generator: Sequence[int], bits: int) -> int:
    """Return the remainder of values of five bits by a generator."""
    total, mask = 1, (1 << bits - 5) - 1
    for value in values:
        top = total >> bits - 5
        total = (total & mask) << 5 ^ value
        for place, term in enumerate(generator):
            if top >> place & 1:
                total ^= term
    return total
