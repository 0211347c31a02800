"""A PDF that somebody holds: whether it is a report of ours, unchanged, and who signed it.

Two proofs that do not rest on one another: the digest of the revision that was rendered, which the
database and the journal hold, and the signature over all of it, which needs neither.
"""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from surveillance.config import Settings
from surveillance.records.tables import Report
from surveillance.reports import signing
from surveillance.reports.signing import Signature


@dataclass(frozen=True, slots=True)
class Verification:
    """What a PDF was found to be: the report, its signature, and what is wrong with them."""

    report: Report | None
    signature: Signature | None
    faults: tuple[str, ...]


def verify(session: Session, settings: Settings, pdf: bytes) -> Verification:
    """Hold a PDF against the reports on record, and check its signature.

    Raises:
        SurveillanceError: it is no PDF that can be read, or the key cannot.
    """
    revisions = signing.revisions(pdf)
    report = _known(session, revisions)
    signature = signing.signature(pdf)
    faults = [*_of_digest(report, revisions, pdf), *_of_signature(report, signature)]
    if signature is not None and settings.signing_key is not None and report is not None:
        secret = settings.signing_secret.get_secret_value()
        if signing.certificate(settings.signing_key, secret) != signature.certificate:
            faults.append(f"expected it signed with the key in use, was by {signature.signer}")
    return Verification(report, signature, tuple(faults))


def _known(session: Session, digests: list[str]) -> Report | None:
    wanted = select(Report).where(col(Report.sha256).in_(digests)).order_by(col(Report.id).desc())
    return session.exec(wanted).first()


def _of_digest(report: Report | None, revisions: list[str], pdf: bytes) -> list[str]:
    if report is None:
        return ["expected a report on record, was a file that none of them is"]
    is_signed = bool(report.signed_sha256)
    after = len(revisions) - 1 - revisions.index(report.sha256)
    if after > is_signed or not pdf.rstrip().endswith(b"%%EOF"):
        return ["expected nothing after the report but its signature, was more"]
    return []


def _of_signature(report: Report | None, signature: Signature | None) -> list[str]:
    if signature is None:
        was_signed = report is not None and report.signed_sha256
        return ["expected a signature, was none"] if was_signed else []
    faults = []
    if not signature.is_intact:
        faults.append("expected a signature that holds, was one over other bytes")
    if not signature.covers_all:
        faults.append("expected a signature over the whole file, was one over a part")
    return faults
