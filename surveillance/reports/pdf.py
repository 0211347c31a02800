"""HTML to PDF/A-3a and PDF/UA-1 in one file, with attachments, the same bytes each time.

Nothing is fetched while rendering: an address other than ``data:`` stops it, because a report
that could read a file of the server would hand it to whoever reads the report. No clock is
asked: times come as arguments. What does change the bytes is the version of WeasyPrint, Pango
and the fonts; so the evidence has a digest of its own, which depends on none of them.
"""

from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from surveillance.canonical import digest
from surveillance.errors import SurveillanceError

_MISSING = (
    "expected the Pango libraries to write PDF, was: {}; on Debian: apt-get install "
    "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
)
_IMPORTING = Lock()
_UNIVERSAL_ACCESS = b"""\
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" rdf:about=""><pdfuaid:part>1</pdfuaid:part>\
</rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" \
xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" \
xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#" rdf:about="">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name>\
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 that the file conforms to\
</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property>\
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside the PDF; ``relationship`` is what PDF/A-3 calls it: Data or Source."""

    name: str
    description: str
    body: bytes
    relationship: str


def write_pdf(html: str, attached: Sequence[Attached], at: datetime) -> bytes:
    """Render standalone HTML, with attachments dated ``at``, as PDF/A-3a and PDF/UA-1."""
    weasyprint = _weasyprint()
    files = [
        weasyprint.Attachment(
            string=file.body,
            name=file.name,
            description=file.description,
            relationship=file.relationship,
            created=at,
            modified=at,
        )
        for file in attached
    ]
    from weasyprint.urls import FatalURLFetchingError

    try:
        written: bytes = weasyprint.HTML(string=html, url_fetcher=_fetcher()).write_pdf(
            pdf_variant="pdf/a-3a",
            pdf_identifier=bytes.fromhex(digest(html)[:32]),
            attachments=files,
            finisher=_finish,
        )
    except FatalURLFetchingError as outside:
        raise SurveillanceError(str(outside)) from None
    return written


def _weasyprint() -> Any:
    # Where a library is missing, WeasyPrint prints ten lines before it raises.
    try:
        with _IMPORTING, redirect_stdout(None):
            import weasyprint
    except OSError as missing:
        library = str(missing).partition(":")[0]
        raise SurveillanceError(_MISSING.format(library)) from None
    return weasyprint


def _fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class OnlyData(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith("data:"):
                raise FatalURLFetchingError(f"expected a data: address in a report, was {url[:80]}")
            return super().fetch(url, headers)

    return OnlyData(allowed_protocols=["data"], fail_on_errors=True)


def _finish(_document: Any, pdf: Any) -> None:
    """Declare PDF/UA-1, and name each attachment once: WeasyPrint lists them twice."""
    _declare_universal_access(pdf)
    if associated := pdf.catalog.get("AF"):
        associated[:] = dict.fromkeys(associated)


def _declare_universal_access(pdf: Any) -> None:
    """Say inside the metadata that the file is PDF/UA-1 too; WeasyPrint names one variant only."""
    number = int(pdf.catalog["Metadata"].split()[0])
    metadata = pdf.objects[number]
    packet = b"\n".join(metadata.stream)
    metadata.stream = [packet.replace(b"</rdf:RDF>", _UNIVERSAL_ACCESS + b"</rdf:RDF>", 1)]
