"""Elements of the batch, each under the prefix that FinCEN asks for.

A batch under a default namespace says the same as XML and is refused all the same (fatal error
F60 of the user guide): every element is written ``fc2:``.
"""

from datetime import datetime
from typing import Any

from lxml import etree

NAMESPACE = "www.fincen.gov/base"
PREFIX = "fc2"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_WHERE = f"{NAMESPACE} https://www.fincen.gov/base/EFL_SARXBatchSchema.xsd"


def root(name: str) -> Any:
    """Return a root that declares the prefix and says where the schema is."""
    element = etree.Element(tag(name), nsmap={PREFIX: NAMESPACE, "xsi": _INSTANCE})
    element.set(f"{{{_INSTANCE}}}schemaLocation", _WHERE)
    return element


def add(parent: Any, name: str) -> Any:
    """Append an element and return it."""
    return etree.SubElement(parent, tag(name))


def say(parent: Any, name: str, value: str) -> None:
    """Append an element with a text of one line, for no other is allowed."""
    add(parent, name).text = " ".join(value.split())


def tag(name: str) -> str:
    """Return a name as the parser writes it."""
    return f"{{{NAMESPACE}}}{name}"


def plain(element: Any) -> str:
    """Return the name of an element alone."""
    return str(etree.QName(element).localname)


def day(moment: datetime) -> str:
    """Write a day as FinCEN does."""
    return f"{moment:%Y%m%d}"
