"""The United Nations' consolidated list, as XML."""

from pathlib import Path
from xml.etree.ElementTree import Element

from surveillance.activity.published import xml
from surveillance.activity.published.entries import Entry, Listed, Rows, since
from surveillance.activity.published.texts import Texts

_KINDS = {"INDIVIDUAL": "natural", "ENTITY": "legal"}
_WEAK = ("low",)


def read(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield names in every script; an alias of low quality is weak."""
    for path, _ in texts.of(folder, glob):
        date = None
        found = xml.elements(path, texts, _KINDS.keys(), "INDIVIDUAL|ENTITY")
        for number, (kind, element) in enumerate(found):
            if not kind:
                date = since(listed, element.get("dateGenerated"), path)
                continue
            entry = _entry(kind, element)
            if not entry.id or not entry.names or date is None:
                texts.refuse(path, number, xml.written(element), "expected a DATAID and a name")
                continue
            yield from entry.rows(listed, date, f"{path.name}:{entry.id}")


def _entry(kind: str, element: Element) -> Entry:
    parts = [f"{place}_NAME" for place in ("FIRST", "SECOND", "THIRD", "FOURTH")]
    main = " ".join(xml.texts(element, *parts))
    entry = Entry(
        xml.first(element, "DATAID") or "",
        _KINDS[kind],
        names=[name for name in (main, *xml.texts(element, "NAME_ORIGINAL_SCRIPT")) if name],
        births=_births(element),
        countries=xml.texts(element, "NATIONALITY/VALUE", f"{kind}_ADDRESS/COUNTRY"),
        programmes=xml.texts(element, "UN_LIST_TYPE"),
        remarks=xml.first(element, "COMMENTS1"),
    )
    for alias in element.iter(f"{kind}_ALIAS"):
        quality = (xml.first(alias, "QUALITY") or "").casefold()
        (entry.weak if quality in _WEAK else entry.names).extend(xml.texts(alias, "ALIAS_NAME"))
    return entry


def _births(element: Element) -> list[str]:
    births = []
    for born in element.iter("INDIVIDUAL_DATE_OF_BIRTH"):
        span = xml.texts(born, "FROM_YEAR", "TO_YEAR")
        dates = xml.texts(born, "DATE") or xml.texts(born, "YEAR") or ["-".join(span)]
        is_about = (xml.first(born, "TYPE_OF_DATE") or "").casefold().startswith("approx")
        births += [f"circa {date}" if is_about and date else date for date in dates]
    return births
