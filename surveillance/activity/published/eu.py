"""The European Union's consolidated financial sanctions list, as XML of version 1.1.

This follows the published schema (namespace ``http://eu.europa.ec/fpi/fsd/export``), and was tried
on excerpts of the list of 2018 and later; there was no whole list at hand.
"""

from pathlib import Path
from xml.etree.ElementTree import Element

from surveillance.activity.published import xml
from surveillance.activity.published.entries import Entry, Listed, Rows, since
from surveillance.activity.published.texts import Texts

_UNKNOWN = "00"
"""Code of a country that nobody knows."""
_KINDS = {"person": "natural", "P": "natural", "enterprise": "legal", "E": "legal"}


def read(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield names; an alias that is not said to be strong is weak."""
    for path, _ in texts.of(folder, glob):
        date = None
        found = xml.elements(path, texts, {"sanctionEntity"}, "sanctionEntity")
        for number, (kind, element) in enumerate(found):
            if not kind:
                date = since(listed, element.get("generationDate"), path)
                continue
            entry = _entry(element)
            if not entry.id or not entry.names or date is None:
                reason = "expected a reference and a name"
                texts.refuse(path, number, xml.written(element), reason)
                continue
            yield from entry.rows(listed, date, f"{path.name}:{entry.id}")


def _entry(element: Element) -> Entry:
    subject = element.find("subjectType")
    codes = [subject.get("code"), subject.get("classificationCode")] if subject is not None else []
    entry = Entry(
        element.get("euReferenceNumber") or element.get("logicalId") or "",
        next((_KINDS[code] for code in codes if code in _KINDS), None),
        births=[_born(each) for each in element.iter("birthdate")],
        countries=[
            each.get("countryIso2Code", "").replace(_UNKNOWN, "")
            for kind in ("citizenship", "address")
            for each in element.iter(kind)
        ],
        programmes=[each.get("programme", "") for each in element.findall("regulation")],
        remarks=xml.first(element, "remark"),
    )
    for alias in element.iter("nameAlias"):
        name = alias.get("wholeName") or " ".join(
            alias.get(part, "") for part in ("firstName", "middleName", "lastName")
        )
        names = entry.names if alias.get("strong", "true") == "true" else entry.weak
        names += [name.strip()] if name.strip() else []
    if not entry.names:
        entry.names, entry.weak = entry.weak, []
    return entry


def _born(birth: Element) -> str:
    """Return a day, a year or the first and the last of several, and whether it is about then."""
    years = filter(None, (birth.get("yearRangeFrom"), birth.get("yearRangeTo")))
    date = birth.get("birthdate") or "-".join(years) or birth.get("year") or ""
    return f"circa {date}" if date and birth.get("circa") == "true" else date
