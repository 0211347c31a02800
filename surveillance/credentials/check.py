"""Whether an SD-JWT VC that somebody presents holds at a moment.

What comes back is a state, digests and times: the token, its disclosures and what they say stay
with whoever called. A credential that cannot be verified is not a revoked one, and one whose status
nobody could ask for lately is neither: each has its own word.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey, import_key

from surveillance.credentials import status
from surveillance.credentials.disclosures import Undisclosed, decoded, encoded, expect_signed
from surveillance.credentials.status import ALGORITHMS, State

_TYPES = ("dc+sd-jwt", "vc+sd-jwt")
_LEEWAY = 60
"""Seconds that clocks may differ."""
_LARGEST = 200_000
"""Characters of a presentation."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a venue knows: keys of issuers that it trusts, status lists by address, its name."""

    issuers: Mapping[str, KeySet]
    statuses: Mapping[str, str]
    audience: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to; ``credential_id`` and ``nullifier`` are digests, ``reason`` is words.

    ``nullifier`` names the holder by the key that the credential is bound to, where it is bound.
    """

    state: State
    credential_id: str
    issuer: str = ""
    valid_until: float | None = None
    nullifier: str = ""
    reason: str = ""


def check(presentation: str, nonce: str, known: Known, at: float) -> Checked:
    """Return whether a presentation holds at a moment, in seconds since 1970.

    ``nonce`` is what the venue asked the holder to sign for this time.
    """
    name = sha256(presentation.split("~", maxsplit=1)[0].encode()).hexdigest()
    try:
        return _checked(presentation, nonce, known, at, name)
    except Undisclosed as wrong:
        return Checked(State.UNVERIFIABLE, name, reason=str(wrong))


def _checked(presentation: str, nonce: str, known: Known, at: float, name: str) -> Checked:
    parts = presentation.split("~")
    if len(presentation) > _LARGEST or len(parts) < 2:
        raise Undisclosed("expected an SD-JWT with tildes, was another or too long")
    issuer, claims = _signed(parts[0], known)
    expect_signed(claims, parts[1:-1])
    nullifier = _bound(parts, claims, nonce, known.audience, at)
    until = _number(claims.get("exp"))
    found = Checked(State.VALID, name, issuer, until, nullifier)
    begins = _number(claims.get("nbf"))
    if begins is not None and at < begins - _LEEWAY:
        raise Undisclosed("expected a credential that has begun, was one of later")
    state = _status(claims, issuer, known, at)
    if state in (State.REVOKED, State.SUSPENDED):
        return _of(found, state, "by the issuer's status list")
    if until is not None and at >= until + _LEEWAY:
        return _of(found, State.EXPIRED, "its time ran out")
    return found if state is State.VALID else _of(found, state, "its status is not known")


def _of(found: Checked, state: State, reason: str) -> Checked:
    return Checked(
        state, found.credential_id, found.issuer, found.valid_until, found.nullifier, reason
    )


def _signed(token: str, known: Known) -> tuple[str, dict[str, Any]]:
    """Return who signed a credential and what they said, if they are trusted."""
    issuer = _unsigned(token).get("iss")
    keys = known.issuers.get(issuer) if isinstance(issuer, str) else None
    if keys is None:
        raise Undisclosed("expected an issuer that is trusted, was another")
    try:
        signed = jwt.decode(token, keys, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError):
        raise Undisclosed("expected the issuer's signature, was none") from None
    if signed.header.get("typ") not in _TYPES:
        raise Undisclosed("expected the type dc+sd-jwt, was another")
    return str(issuer), dict(signed.claims)


def _unsigned(token: str) -> dict[str, Any]:
    """Return what a token says before anybody believes it: only to know whose key to take."""
    parts = token.split(".")
    try:
        claims = json.loads(decoded(parts[1])) if len(parts) == 3 else None
    except (ValueError, RecursionError):
        claims = None
    if not isinstance(claims, dict):
        raise Undisclosed("expected a signed token, was something else")
    return claims


def _bound(
    parts: Sequence[str], claims: dict[str, Any], nonce: str, audience: str, at: float
) -> str:
    """Return the digest of the holder's key, once the holder has proved to have it."""
    bound = claims.get("cnf")
    if bound is None:
        return ""
    try:
        key = import_key(bound["jwk"])
        if not isinstance(key, ECKey | OKPKey | RSAKey):
            raise Undisclosed("expected a public key of the holder, was another")
        proof = jwt.decode(parts[-1], key, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, KeyError):
        raise Undisclosed("expected the holder's proof of the key, was none") from None
    hashed = encoded(sha256(("~".join(parts[:-1]) + "~").encode()).digest())
    expected = {"nonce": nonce, "aud": audience, "sd_hash": hashed}
    if proof.header.get("typ") != "kb+jwt":
        raise Undisclosed("expected a proof of the type kb+jwt, was another")
    for name, value in expected.items():
        if proof.claims.get(name) != value:
            raise Undisclosed(f"expected a proof for this {name}, was for another")
    made = _number(proof.claims.get("iat"))
    if made is None or made > at + _LEEWAY:
        raise Undisclosed("expected a proof with its time, was none or of later")
    return sha256(f"{claims['iss']} {key.thumbprint()}".encode()).hexdigest()


def _status(claims: dict[str, Any], issuer: str, known: Known, at: float) -> State:
    """Return what the status list says; a credential that names none has none to ask."""
    named = claims.get("status")
    if named is None:
        return State.VALID
    try:
        uri, index = named["status_list"]["uri"], named["status_list"]["idx"]
    except (TypeError, KeyError):
        return State.UNVERIFIABLE
    token = known.statuses.get(uri) if isinstance(uri, str) else None
    is_place = isinstance(index, int) and not isinstance(index, bool)
    listed = status.read(token, uri, issuer, known.issuers[issuer]) if token else None
    return listed.state(index, at) if listed and is_place else State.UNVERIFIABLE


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None
