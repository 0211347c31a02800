"""Time-stamps of RFC 3161: an authority outside signs what the journal's head was, and when.

The token stands for itself: whoever has it and the authority's root certificate can check it
without us, and nobody here can make one that is older than it is.
"""

from datetime import datetime
from pathlib import Path
from urllib.request import Request, urlopen

from surveillance.errors import SourceError, SurveillanceError

_PATIENCE = 20
"""Seconds to wait for an authority."""


def stamp(authority: str, message: bytes, certificates: Path) -> bytes:
    """Have an authority sign a message, and return its answer once it proves itself.

    Raises:
        SurveillanceError: the authority does not answer, or not with a token of the message.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    if not authority.startswith(("https://", "http://")):
        raise SurveillanceError(f"expected the address of a web server, was {authority!r}")
    builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256)
    asked = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    kind = {"Content-Type": "application/timestamp-query"}
    try:
        question = Request(authority, asked.as_bytes(), kind)  # noqa: S310 - of the web, see above
        with urlopen(question, timeout=_PATIENCE) as reply:  # noqa: S310 - likewise
            answer: bytes = reply.read()
    except OSError as wrong:
        raise SourceError(f"expected the time-stamp authority to answer, was: {wrong}") from None
    stamped_at(answer, message, certificates)
    return answer


def stamped_at(answer: bytes, message: bytes, certificates: Path) -> datetime:
    """Return when an authority signed a message.

    Raises:
        SurveillanceError: the answer holds no token of it that the certificates prove.
    """
    from cryptography.x509 import load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        builder = VerifierBuilder()
        for root in load_pem_x509_certificates(certificates.read_bytes()):
            builder = builder.add_root_certificate(root)
        response = decode_timestamp_response(answer)
        builder.build().verify_message(response, message)
    except (ValueError, OSError, VerificationError) as wrong:
        raise SurveillanceError(f"expected a time-stamp that is proved, was: {wrong}") from None
    return response.tst_info.gen_time
