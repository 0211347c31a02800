"""An issuer and a holder of credentials: what they sign, for tests and for a source's sample."""

import json
import zlib
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from surveillance.credentials.check import Known
from surveillance.credentials.disclosures import encoded

ISSUER, AUDIENCE, URI = (
    "https://issuer.example",
    "https://venue.example",
    "https://issuer.example/1",
)
NOW = 1_772_452_800.0
"""2 March 2026, noon UTC."""
HOUR = 3600.0
SECRET = "Rosalind Quillfeather"
"""What a credential says, and what nobody may find anywhere."""


class Wallet:
    """Keys of one issuer and one holder."""

    def __init__(self) -> None:
        self.issuer, self.holder = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")

    def known(self, statuses: Mapping[str, str] | None = None) -> Known:
        """What a venue knows that trusts the issuer."""
        keys = KeySet.import_key_set({"keys": [self.issuer.as_dict(private=False)]})
        listed = {URI: self.listed([0, 1, 2, 3])} if statuses is None else statuses
        return Known({ISSUER: keys}, listed, AUDIENCE)

    def listed(self, states: Sequence[int], **claims: Any) -> str:
        """A status list of two bits a credential."""
        packed = bytearray((len(states) * 2 + 7) // 8)
        for place, state in enumerate(states):
            packed[place // 4] |= state << place % 4 * 2
        body = {"bits": 2, "lst": encoded(zlib.compress(bytes(packed)))}
        said = {"sub": URI, "iat": NOW - HOUR, "status_list": body, **claims}
        return jwt.encode({"alg": "ES256", "typ": "statuslist+jwt"}, said, self.issuer)

    def presented(
        self,
        nonce: str = "n1",
        index: int = 0,
        *,
        alter: Mapping[str, str] | None = None,
        proof: Mapping[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A credential with one disclosure, and the holder's proof; ``alter`` replaces text."""
        disclosure = encoded(json.dumps(["salt", "name", SECRET]).encode())
        said = {
            "iss": ISSUER,
            "exp": NOW + 24 * HOUR,
            "_sd": [encoded(sha256(disclosure.encode()).digest())],
            "cnf": {"jwk": self.holder.as_dict(private=False)},
            "status": {"status_list": {"uri": URI, "idx": index}},
            **claims,
        }
        token = jwt.encode({"alg": "ES256", "typ": "dc+sd-jwt"}, said, self.issuer)
        whole = f"{token}~{disclosure}~"
        for old, new in (alter or {}).items():
            whole = whole.replace(old, new)
        bound = {
            "nonce": nonce,
            "aud": AUDIENCE,
            "iat": NOW - 5,
            "sd_hash": encoded(sha256(whole.encode()).digest()),
            **(proof or {}),
        }
        return whole + jwt.encode({"alg": "ES256", "typ": "kb+jwt"}, bound, self.holder)
