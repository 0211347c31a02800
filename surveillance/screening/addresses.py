"""One address has many spellings: here is the one that they are all compared by.

Hexadecimal letters mean the same in either case, bech32 too; CashAddr and the legacy form of it
are one address, as are an X-address and the classic one behind it, a Tron address and its bytes, a
muxed Stellar account and the account. Venues add what routes a payment and is no part of it: a
scheme, an amount, a memo, a destination tag, blanks.

An asset moves over many networks, so an address is judged by its own form; the asset says which of
two readings is meant where both are possible. What is no address still has a canonical form, so
that it is compared, and a flaw, so that it is not passed in silence. Forms: EIP-55, EIP-681,
CAIP-10, BIP-21, BIP-173, BIP-350, the CashAddr specification, XLS-5d, SEP-23, and the address
documentation of Tron, Monero, TON and Solana.
"""

import re
import unicodedata
from typing import NamedTuple

from surveillance.screening import chains

_SHORT = re.compile(r"[A-Za-z0-9+.\-]{0,20}")
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x1f\x7f]+")
_PAID_TO = re.compile(r"/transfer\?(?:[^#]*&)?address=([^&#\s]+)")
_APART = re.compile(r"[:?#/;,&=|@\s]+")


class Address(NamedTuple):
    """An address in the form that all spellings share; ``flaw`` is empty where it is one."""

    canonical: str
    kind: str
    flaw: str


def canonical(written: str, asset: str = "") -> Address:
    """Return what an address is, however it is written; ``asset`` decides where two are possible.

    What is no address keeps its text without blanks, in small letters where it is hexadecimal.
    """
    text = unicodedata.normalize("NFKC", written).strip()
    text = _UNSEEN.sub(" ", text).strip()
    paid = _PAID_TO.search(text)
    text, asset = paid.group(1) if paid else text, asset.strip().upper()
    best: Address | None = None
    for piece in (text, *_pieces(text), text.replace(" ", "")):
        read = chains.read(piece, asset)
        if read is not None:
            address = Address(*read)
            if not address.flaw:
                return address
            best = best or address
    return best or Address(_plain(text), "", f"expected an address, was '{written[:80]}'")


def _pieces(text: str) -> list[str]:
    """Return the parts of a text up to the first that is too long for a scheme or a chain's id.

    Of that one also what stands before a dash, which parts a memo and is a letter of TON.
    """
    parts = [part.removeprefix("pay-") for part in _APART.split(text) if part]
    for place, part in enumerate(parts):
        if not _SHORT.fullmatch(part):
            return [*parts[: place + 1], part.partition("-")[0]]
    return parts


def _plain(text: str) -> str:
    return text.lower() if re.fullmatch(r"0[xX][0-9a-fA-F]+", text) else text
