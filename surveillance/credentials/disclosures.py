"""Selective disclosures of an SD-JWT (RFC 9901): a digest of each stands in what was signed."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from surveillance.errors import SurveillanceError


class Undisclosed(SurveillanceError):
    """A disclosure was not signed for, or cannot be read; the message never repeats it."""


def expect_signed(claims: dict[str, Any], disclosures: Sequence[str]) -> None:
    """Refuse disclosures that the signed claims have no digest of, or that are there twice.

    Raises:
        Undisclosed: one is not what the issuer signed, or the digests are of another algorithm.
    """
    if claims.get("_sd_alg", "sha-256") != "sha-256":
        raise Undisclosed("expected digests of sha-256, was another algorithm")
    if len(set(disclosures)) != len(disclosures):
        raise Undisclosed("expected each disclosure once, was one twice")
    values = [_value(each) for each in disclosures]
    signed = {digest for part in (claims, *values) for digest in _digests(part)}
    for place, disclosure in enumerate(disclosures):
        if encoded(sha256(disclosure.encode()).digest()) not in signed:
            raise Undisclosed(f"expected disclosure {place + 1} to be signed for, was not")


def encoded(body: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url without padding.

    Raises:
        Undisclosed: it is none.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Undisclosed("expected base64url, was something else") from None


def _value(disclosure: str) -> Any:
    try:
        parts = json.loads(decoded(disclosure))
    except (ValueError, RecursionError):
        raise Undisclosed("expected a disclosure of JSON, was something else") from None
    if not isinstance(parts, list) or len(parts) not in (2, 3):
        raise Undisclosed("expected a disclosure of two or three parts, was another")
    return parts[-1]


def _digests(value: Any) -> Iterator[str]:
    """Yield the digests in a value: of claims under ``_sd``, of elements under ``...``."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            listed = part.get("_sd", [])
            yield from (each for each in listed if isinstance(each, str))
            if isinstance(part.get("..."), str):
                yield part["..."]
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
