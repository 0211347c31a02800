"""XML read entry by entry: a list of eighty megabytes never stands in memory as a tree.

Entities and external references are refused, for a list comes from outside. An entry that breaks
the document is cut out and set aside, so that it costs no more than itself; a document that ends
too soon is refused whole, for nobody knows what it lacks.
"""

import re
from collections.abc import Iterator, Set
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, tostring
from xml.parsers import expat

from defusedxml import DefusedXmlException, ElementTree

from surveillance.activity.published.entries import plain
from surveillance.activity.published.texts import Texts
from surveillance.errors import SourceError

_MOST_BROKEN = 100
"""Entries that may break a document; with more it is no list with a slip, but another thing."""


def elements(
    path: Path, texts: Texts, wanted: Set[str], entry: str
) -> Iterator[tuple[str, Element]]:
    """Yield the elements of these names as they end, without namespaces, and the root as it begins.

    What is yielded is emptied afterwards, so take what you need of it. ``entry`` is a pattern of
    the names of entries: those that are no XML are set aside among the faults of ``texts``.

    Raises:
        SourceError: the text is no whole XML, or refers to what lies outside of it.
    """
    body = BytesIO(_mended(path, texts, entry))
    depth = 0
    try:
        for event, element in ElementTree.iterparse(body, events=("start", "end")):
            element.tag = element.tag.rpartition("}")[2]
            if event == "start":
                if not depth:
                    yield "", element
                depth += 1
                continue
            depth -= 1
            if element.tag in wanted:
                yield element.tag, element
            if element.tag in wanted or depth == 1:
                element.clear()
    except (ParseError, DefusedXmlException, ValueError) as wrong:
        raise SourceError(f"expected whole XML in {path}, was unreadable: {wrong}") from None


def _mended(path: Path, texts: Texts, entry: str) -> bytes:
    """Return a document without the entries that break it; each is set aside with its line."""
    body = texts.texts[path].encode("utf-8", "replace")
    # What an entity stands for is nobody's to unfold: the parser proper refuses it.
    for _ in range(0 if b"<!ENTITY" in body else _MOST_BROKEN):
        fault = _fault(body)
        cut = fault and _around(body, fault[0], entry.encode())
        if not fault or not cut:
            break
        broken, line = body[slice(*cut)], body.count(b"\n", 0, cut[0]) + 1
        reason = f"expected an entry of whole XML, was none: {fault[1]}"
        texts.refuse(path, line, broken.decode("utf-8", "replace"), reason)
        body = body[: cut[0]] + b"\n" * broken.count(b"\n") + body[cut[1] :]
    return body


def _fault(body: bytes) -> tuple[int, str] | None:
    """Return where a document breaks and how, or None if it is whole."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(body, True)
    except expat.ExpatError as wrong:
        return parser.ErrorByteIndex, expat.ErrorString(wrong.code)
    return None


def _around(body: bytes, place: int, entry: bytes) -> tuple[int, int] | None:
    """Return where the entry that holds a place begins and ends; None if none does."""
    begins = [each.start() for each in re.finditer(rb"<(?:%s)[\s>]" % entry, body[: place + 1])]
    end = re.compile(rb"</(?:%s)\s*>" % entry).search(body, begins[-1]) if begins else None
    return (begins[-1], end.end()) if end and place <= end.end() else None


def texts(element: Element, *paths: str) -> list[str]:
    """Return the texts at the paths that hold one, in order."""
    found = (each.text for path in paths for each in element.findall(path))
    return [text for text in map(plain, found) if text]


def first(element: Element, *paths: str) -> str | None:
    """Return the first text at the paths."""
    return next(iter(texts(element, *paths)), None)


def written(element: Element) -> str:
    """Return an element as it was written, to show what was set aside."""
    return tostring(element, encoding="unicode")
