"""Reports signed: an incremental update after the file as it was rendered, which stays as it was.

The unsigned revision has the same bytes each time and its digest is kept; the signature after it
says who vouches for it and has a time and a chance of its own. So whoever has a signed file has
both: the bytes that can be rendered again, and the proof that nobody changed them since.
"""

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveillance.canonical import digest
from surveillance.errors import SurveillanceError

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

_END = re.compile(rb"%%EOF\r?\n?")
_FIELD = "Signature"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signed file says: by whom, whose certificate, and whether it covers it unchanged."""

    signer: str
    certificate: str
    is_intact: bool
    covers_all: bool


def sign(pdf: bytes, key: Path, secret: str) -> bytes:
    """Return a PDF with a signature after it, by the key of a PKCS#12 file.

    Raises:
        SurveillanceError: the file cannot be read, or the secret does not open it.
    """
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign.signers import PdfSignatureMetadata, sign_pdf

    signed = io.BytesIO()
    sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf)),
        PdfSignatureMetadata(
            field_name=_FIELD,
            md_algorithm="sha256",
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
            subfilter=fields.SigSeedSubFilter.PADES,
        ),
        signer=_signer(key, secret),
        output=signed,
    )
    return signed.getvalue()


def certificate(key: Path, secret: str) -> str:
    """Return the SHA-256 of the certificate that a key signs with."""
    return _digest(_signer(key, secret).signing_cert)


def signature(pdf: bytes) -> Signature | None:
    """Return what the signature of a PDF says, or None where it has none.

    Whom to trust is not asked: the certificate is named, for the reader to know it.

    Raises:
        SurveillanceError: it is no PDF that can be read.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.general import SigningError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    try:
        signatures = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures
        if not signatures:
            return None
        embedded = signatures[-1]
        signer = embedded.signer_cert
        status = validate_pdf_signature(
            embedded,
            ValidationContext(trust_roots=[signer], allow_fetching=False),
            key_usage_settings=KeyUsageConstraints(),
            skip_diff=True,
        )
    except (PdfError, SigningError, SignatureValidationError, ValueError) as wrong:
        raise SurveillanceError(f"expected a PDF that can be read, was: {wrong}") from None
    return Signature(
        signer=signer.subject.human_friendly,
        certificate=_digest(signer),
        is_intact=status.intact and status.valid,
        covers_all=status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
    )


def revisions(pdf: bytes) -> list[str]:
    """Return the SHA-256 of each beginning of a file that could be a PDF: its revisions."""
    running, last, digests = hashlib.sha256(), 0, []
    for end in _END.finditer(pdf):
        running.update(pdf[last : end.end()])
        last = end.end()
        digests.append(running.hexdigest())
    return digests


def _digest(certificate: Any) -> str:
    body: bytes = certificate.dump()
    return digest(body)


def _signer(key: Path, secret: str) -> "SimpleSigner":
    from pyhanko.sign.signers import SimpleSigner

    try:
        signer: SimpleSigner = SimpleSigner.load_pkcs12_data(key.read_bytes(), (), secret.encode())
    except (OSError, ValueError) as wrong:
        raise SurveillanceError(
            f"expected a PKCS#12 file and the secret that opens it, was: {wrong}"
        ) from None
    return signer
