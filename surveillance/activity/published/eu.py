"""The European Union's consolidated financial sanctions list, as XML of version 1.1.

There was no sample at hand: this follows the published schema (namespace
``http://eu.europa.ec/fpi/fsd/export``).
"""

from pathlib import Path
from xml.etree.ElementTree import Element

from surveillance.activity.published import xml
from surveillance.activity.published.entries import Entry, Listed, Rows, since
from surveillance.activity.published.texts import Texts

_KINDS = {"person": "natural", "P": "natural", "enterprise": "legal", "E": "legal"}


def read(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield names; an alias that is not said to be strong is weak."""
    for path, text in texts.of(folder, glob):
        date = None
        for number, (kind, element) in enumerate(xml.elements(path, text, {"sanctionEntity"})):
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
        births=[
            each.get("birthdate") or each.get("year") or "" for each in element.iter("birthdate")
        ],
        countries=[each.get("countryIso2Code", "") for each in element.iter("citizenship")],
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
