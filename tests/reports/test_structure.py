"""What an archive and a reading voice need of a PDF, read back from the file by another library."""

import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject

from surveillance.reports.pdf import Attached, write_pdf
from tests.given.casework import AT

PICTURE = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
HTML = f"""<html lang="en"><head><title>Two pages</title><style>
@page {{ @top-left {{ content: "In every margin" }} @bottom-right {{ content: counter(page) }} }}
h2 {{ break-before: page }}</style></head><body><h1>Two pages</h1>
<table><thead><tr><th scope="col">What</th><th scope="col">How much</th></tr></thead>
<tbody><tr><th scope="row">Orders</th><td>3</td></tr></tbody></table>
<h2>Next</h2><p>Text.</p><img src="{PICTURE}" alt="Nothing"></body></html>"""


@cache
def reader() -> PdfReader:
    attached = [Attached("rows.csv", "Rows", b"ts\n", "Data")]
    return PdfReader(io.BytesIO(write_pdf(HTML, attached, AT)))


def catalog() -> Any:
    return reader().root_object


def elements(above: Any = None) -> Iterator[Any]:
    """Yield the elements of structure, each after the one that has it."""
    kids = (catalog()["/StructTreeRoot"] if above is None else above).get("/K", [])
    for kid in kids if isinstance(kids, ArrayObject) else [kids]:
        element = kid.get_object()
        if isinstance(element, DictionaryObject) and element.get("/Type") == "/StructElem":
            yield element
            yield from elements(element)


def test_the_pdf_declares_archiving_and_accessibility() -> None:
    metadata = catalog()["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata


def test_it_can_be_kept_for_ever() -> None:
    assert "/Encrypt" not in reader().trailer
    intent = catalog()["/OutputIntents"][0]
    assert intent["/S"] == "/GTS_PDFA1"
    assert intent["/DestOutputProfile"].get_object().get_data()[36:40] == b"acsp"
    assert not {"/JavaScript", "/XFA", "/AA", "/OpenAction"} & set(catalog())
    for file in catalog()["/AF"]:
        assert file.get_object()["/AFRelationship"] in ("/Data", "/Source")
        embedded = file.get_object()["/EF"]["/F"].get_object()
        assert "/" in str(embedded["/Subtype"])[1:]
        assert "/ModDate" in embedded["/Params"]


def test_every_font_is_inside() -> None:
    fonts = {
        id(font.get_object()): font.get_object()
        for page in reader().pages
        for font in page["/Resources"].get_object().get("/Font", {}).values()  # type: ignore[union-attr]
    }
    assert fonts
    for font in fonts.values():
        descendant = font["/DescendantFonts"][0].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())
        assert "/ToUnicode" in font


def test_a_voice_knows_the_language_the_title_and_the_pictures() -> None:
    assert catalog()["/Lang"] == "en"
    assert catalog()["/MarkInfo"]["/Marked"]
    assert catalog()["/ViewerPreferences"]["/DisplayDocTitle"]
    pictures = [each for each in elements() if each["/S"] == "/Figure"]
    assert pictures
    assert all(picture["/Alt"] for picture in pictures)


def test_a_header_says_what_it_heads_and_each_identifier_is_found() -> None:
    headers = [each for each in elements() if each["/S"] == "/TH"]
    assert {header["/A"]["/Scope"] for header in headers} == {"/Row", "/Column"}
    names = catalog()["/StructTreeRoot"]["/IDTree"]["/Kids"][0].get_object()["/Names"]
    found = dict(zip(names[::2], names[1::2], strict=True))
    assert {header["/ID"] for header in headers} == set(found)
    assert list(found) == sorted(found)
    assert all(found[header["/ID"]].get_object() == header for header in headers)


def test_what_stands_in_every_margin_is_no_text_to_read() -> None:
    reached = {(each["/Pg"].get_object()["/StructParents"], kid) for each in elements()
               for kid in each["/K"] if isinstance(kid, int)}  # fmt: skip
    for page in reader().pages:
        content = page.get_contents()
        assert content is not None
        body = content.get_data()
        assert body.count(b"/Pagination") >= 2
        marked = {int(number) for number in re.findall(rb"/MCID (\d+)", body)}
        assert marked == {kid for of, kid in reached if of == page["/StructParents"]}
