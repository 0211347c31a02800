"""The UK Sanctions List of the FCDO, as XML.

This follows the published format guide of ``UK_Sanctions_List.xml``, and was tried on excerpts of
the list of 2026; there was no whole list at hand. The list of asset freezes that OFSI kept beside
it ended in January 2026, and is not read.
"""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from surveillance.activity.published import xml
from surveillance.activity.published.entries import Entry, Listed, Rows, since
from surveillance.activity.published.texts import Texts

_KINDS = {"individual": "natural", "entity": "legal", "ship": "vessel"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARTS = [f"Name{number}" for number in (1, 2, 3, 4, 5, 6)]


def read(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield names in every script; an alias of low quality is weak."""
    for path, _ in texts.of(folder, glob):
        date = None
        found = xml.elements(path, texts, {"Designation", "DateGenerated"}, "Designation")
        for number, (kind, element) in enumerate(found):
            if kind == "DateGenerated":
                date = since(listed, iso(element.text), path)
            elif kind:
                date = date or since(listed, None, path)
                entry = _entry(element)
                if entry.id and entry.names:
                    yield from entry.rows(listed, date, f"{path.name}:{entry.id}")
                    continue
                reason = "expected a UniqueID and a name"
                texts.refuse(path, number, xml.written(element), reason)


def _entry(element: Element) -> Entry:
    kind = (xml.first(element, "IndividualEntityShip") or "").casefold()
    entry = Entry(
        xml.first(element, "UniqueID") or "",
        _KINDS.get(kind),
        births=[iso(text) or "" for text in xml.texts(element, ".//DOBs/DOB")],
        countries=xml.texts(element, ".//Nationalities/Nationality", ".//AddressCountry"),
        programmes=xml.texts(element, "RegimeName"),
        remarks=xml.first(element, "OtherInformation"),
    )
    aliases = []
    for name in element.findall("Names/Name"):
        whole = " ".join(xml.texts(name, *_PARTS))
        if (xml.first(name, "AliasStrength") or "").casefold().startswith("low"):
            entry.weak.append(whole)
        elif (xml.first(name, "NameType") or "").casefold().startswith("primary"):
            entry.names.append(whole)
        else:
            aliases.append(whole)
    entry.names += aliases + xml.texts(element, "NonLatinNames/NonLatinName/NameNonLatinScript")
    return entry


def iso(date: str | None) -> str | None:
    """Return a day that is written day first, as 13/02/2026 or 13-Feb-2026, the other way round.

    What is unknown of it is left out; what is written otherwise stays as it is.
    """
    said = (date or "").strip()
    match = re.fullmatch(r"(\d\d|dd)[/-](\d\d|mm|[A-Z][a-z]{2})[/-](\d{4})(?:[ T].*)?", said)
    if match is None:
        return said or None
    day, month, year = match.groups()
    month = f"{_MONTHS.index(month) + 1:02d}" if month in _MONTHS else month
    parts = (year, month, day)
    return "-".join(part for part in parts if part.isdigit() and part != "00")
