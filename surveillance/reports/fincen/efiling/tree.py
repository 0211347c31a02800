"""A batch as its rules read it: elements by name, and where one is in words."""

from typing import Any

from lxml import etree

from surveillance.reports.fincen.elements import NAMESPACE

_NS = {"f": NAMESPACE}


def every(element: Any, path: str) -> list[Any]:
    """Return the elements of a path, whose names have the prefix ``f``."""
    return list(element.xpath(path, namespaces=_NS))


def values(element: Any, name: str) -> list[str]:
    """Return the texts of every element of a name at any depth."""
    return [each.text or "" for each in every(element, f".//f:{name}")]


def value(element: Any, name: str) -> str:
    """Return the text of a child; empty where there is none."""
    return next((each.text or "" for each in every(element, f"f:{name}")), "")


def parties(root: Any, *codes: str) -> list[Any]:
    """Return the parties of an activity, of some types or all."""
    found = every(root, "f:Activity/f:Party")
    return [each for each in found if not codes or value(each, "ActivityPartyTypeCode") in codes]


def place(element: Any) -> str:
    """Say where an element is: *Party 33 / Address / RawZIPCode*."""
    above = [each for each in element.iterancestors() if name(each) not in _OUTER]
    return " / ".join(_named(each) for each in (*reversed(above), element))


_OUTER = ("EFilingBatchXML", "Activity")


def _named(element: Any) -> str:
    code = value(element, "ActivityPartyTypeCode")
    return f"{name(element)} {code}".strip()


def name(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(etree.QName(element).localname)


def fault(element: Any, expected: str, was: object, code: str = "") -> str:
    """Word a refusal: which element, what was expected, what it was, and FinCEN's number."""
    return f"{place(element)}: expected {expected}, was {was}{f' ({code})' if code else ''}"
