"""Token Status Lists: what an issuer says of a credential by two bits or so in a signed list."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from surveillance.credentials.disclosures import Undisclosed, decoded

ALGORITHMS = ("ES256", "ES384", "ES512", "PS256", "RS256", "Ed25519", "EdDSA")
"""Signatures that are taken: none that is made with a shared secret."""
_LARGEST = 16 * 2**20
"""Bytes of a list when it is unpacked: a hundred million credentials are told apart by less."""


class State(StrEnum):
    """What a check of a credential came to."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNVERIFIABLE = "unverifiable"
    STALE = "stale"
    REUSED = "reused"


_STATES = {0: State.VALID, 1: State.REVOKED, 2: State.SUSPENDED}


@dataclass(frozen=True, slots=True)
class StatusList:
    """A list that is signed: whose, when it runs out, bits of each entry, and the entries."""

    issuer: str
    until: float | None
    bits: int
    entries: bytes

    def state(self, index: int, at: float) -> State:
        """Return the state at a place; of a list that ran out, or beyond it, nobody knows."""
        if self.until is not None and at >= self.until:
            return State.STALE
        byte, place = divmod(index * self.bits, 8)
        if index < 0 or byte >= len(self.entries):
            return State.UNVERIFIABLE
        value = self.entries[byte] >> place & (1 << self.bits) - 1
        return _STATES.get(value, State.UNVERIFIABLE)


def read(token: str, uri: str, issuer: str, keys: KeySet) -> StatusList | None:
    """Return the list of a status list token, or nothing if it is none that this issuer signed."""
    try:
        signed = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
        listed = signed.claims["status_list"]
        bits, packed = listed["bits"], decoded(listed["lst"])
    except (JoseError, Undisclosed, KeyError, TypeError, ValueError):
        return None
    if signed.header.get("typ") != "statuslist+jwt" or signed.claims.get("sub") != uri:
        return None
    entries = _unpacked(packed)
    if bits not in (1, 2, 4, 8) or entries is None:
        return None
    return StatusList(issuer, _until(signed.claims), bits, entries)


def _until(claims: Mapping[str, Any]) -> float | None:
    ends = [claims["exp"]] if _is_number(claims.get("exp")) else []
    if _is_number(claims.get("ttl")) and _is_number(claims.get("iat")):
        ends.append(claims["iat"] + claims["ttl"])
    return min(ends, default=None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unpacked(packed: bytes) -> bytes | None:
    unpacking = zlib.decompressobj()
    try:
        entries = unpacking.decompress(packed, _LARGEST)
    except zlib.error:
        return None
    return entries if unpacking.eof else None
