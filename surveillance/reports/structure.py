"""What a tagged PDF says of its structure, where WeasyPrint stops short of PDF/UA-1.

A header cell says whether it heads a row or a column; identifiers of elements stand in a tree, as
ISO 32000-1 (14.7.2) asks for; and what stands in the margins of every page is an artifact of the
pagination (ISO 14289-1, 7.8), not text that a reading voice says again on each page.
"""

from collections.abc import Iterator
from typing import Any


def complete(pdf: Any) -> None:
    """Complete the structure of a PDF that is about to be written."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    elements = list(_below(pdf, root))
    _scope(pdf, elements)
    _identify(pdf, root, elements)
    _paginate(pdf, root, {element.number for element in elements})


def _scope(pdf: Any, elements: list[Any]) -> None:
    for element in elements:
        if element["S"] == "/TH":
            group = _object(pdf, _object(pdf, element["P"])["P"])
            element["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"


def _identify(pdf: Any, root: Any, elements: list[Any]) -> None:
    by_id = {element["ID"].data: element for element in elements if "ID" in element}
    named = [each for key in sorted(by_id) for each in (by_id[key]["ID"], by_id[key].reference)]
    if named:
        array, dictionary = type(root["K"]), type(root)
        leaf = dictionary({"Limits": array([named[0], named[-2]]), "Names": array(named)})
        pdf.add_object(leaf)
        root["IDTree"] = dictionary({"Kids": array([leaf.reference])})


def _paginate(pdf: Any, root: Any, reached: set[int]) -> None:
    """Make an artifact of each marked content whose element nobody reaches: that of margins."""
    numbered = _object(pdf, root["ParentTree"])["Nums"]
    for number, page in enumerate(pdf.page_references):
        elements = numbered[2 * number + 1]
        margins = {n for n, each in enumerate(elements) if _number(each) not in reached}
        for marked in margins:
            elements[marked] = b"null"
        stream = _object(pdf, _object(pdf, page)["Contents"]).stream
        for place, part in enumerate(stream):
            if isinstance(part, dict) and part.get("MCID") in margins:
                stream[place - 1] = b"/Artifact"
                del part["MCID"]
                part["Type"] = "/Pagination"


def _below(pdf: Any, element: Any) -> Iterator[Any]:
    """Yield the elements of structure below one, each after the one that has it."""
    for kid in element.get("K", ()):
        if isinstance(kid, bytes):
            child = _object(pdf, kid)
            if child.get("Type") == "/StructElem":
                yield child
                yield from _below(pdf, child)


def _object(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[_number(reference)]


def _number(reference: bytes) -> int:
    return int(reference.split()[0])
