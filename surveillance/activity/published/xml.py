"""XML read entry by entry: a list of eighty megabytes never stands in memory as a tree.

Entities and external references are refused, for a list comes from outside.
"""

from collections.abc import Iterator, Set
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, tostring

from defusedxml import DefusedXmlException, ElementTree

from surveillance.activity.published.entries import plain
from surveillance.errors import SourceError


def elements(path: Path, text: str, wanted: Set[str]) -> Iterator[tuple[str, Element]]:
    """Yield the elements of these names as they end, without namespaces, and the root as it begins.

    What is yielded is emptied afterwards, so take what you need of it.

    Raises:
        SourceError: the text is no whole XML, or refers to what lies outside of it.
    """
    body = BytesIO(text.encode("utf-8", "replace"))
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
