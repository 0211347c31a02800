"""A finished report: its template filled, written as PDF with its files attached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from surveillance import __version__
from surveillance.canonical import digest
from surveillance.reports import pages
from surveillance.reports.pages import ReportKind
from surveillance.reports.pdf import Attached, write_pdf


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished report: ``sha256`` is of the PDF, ``evidence`` the JSON attached to it."""

    kind: ReportKind
    html: str
    pdf: bytes
    sha256: str
    evidence: bytes


def evidence(body: bytes, name: str) -> Attached:
    """Return the evidence as a file to attach."""
    return Attached(name, "Machine-readable evidence, canonical JSON", body, "Source")


def rendered(
    kind: ReportKind,
    context: dict[str, Any],
    files: Sequence[Attached],
    at: datetime,
    templates: Path,
) -> Rendered:
    """Fill the template of a kind and write the PDF; the first file is its evidence."""
    html = pages.render(kind, {**context, "software": f"surveillance {__version__}"}, templates)
    pdf = write_pdf(html, files, at)
    return Rendered(kind, html, pdf, digest(pdf), files[0].body)
