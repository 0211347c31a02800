"""OFAC's list as Advanced XML, in which everything is said once and referred to by number.

This follows the published schema and notes of ``sdn_advanced.xml``, and was tried on excerpts of
the list of 2026; there was no whole list at hand. Programmes follow the parties they are of, so
parties wait for the end of the file.
"""

from pathlib import Path
from xml.etree.ElementTree import Element

from surveillance.activity.published import xml
from surveillance.activity.published.entries import Entry, Listed, Rows, plain, since
from surveillance.activity.published.texts import Texts

_WANTED = {"DateOfIssue", "FeatureType", "PartySubType", "Country", "DetailReference", "Location",
           "DistinctParty", "SanctionsEntry"}  # fmt: skip
_DIGITAL = "Digital Currency Address - "
_COUNTRY_NAME = "LocationPart[@LocPartTypeID='1']/LocationPartValue/Value"
_PEOPLE, _ENTITIES = "1", "2"


def read(folder: Path, listed: Listed, glob: str, texts: Texts) -> Rows:
    """Yield names and addresses; an alias of low quality is weak."""
    for path, _ in texts.of(folder, glob):
        document = _Document(path, texts)
        date = since(listed, document.dated, path)
        for entry in document.entries.values():
            yield from entry.rows(listed, date, f"{path.name}:{entry.id}")


class _Document:
    """The tables of references, and the entries in their order."""

    def __init__(self, path: Path, texts: Texts) -> None:
        self.dated: str | None = None
        self.names: dict[tuple[str, str], str] = {}
        self.kinds: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.entries: dict[str, Entry] = {}
        found = xml.elements(path, texts, _WANTED, "DistinctParty|SanctionsEntry")
        for number, (kind, element) in enumerate(found):
            if kind == "DistinctParty":
                entry = self._entry(element)
                if entry.id and entry.names:
                    self.entries[entry.id] = entry
                else:
                    reason = "expected a FixedRef and a name"
                    texts.refuse(path, number, xml.written(element), reason)
            elif kind:
                self._note(kind, element)

    def _note(self, kind: str, element: Element) -> None:
        number = element.get("ID", "")
        if kind == "DateOfIssue":
            parts = xml.texts(element, "*")
            self.dated = "-".join(part.zfill(2) for part in parts)
        elif kind == "PartySubType":
            self.kinds[number] = _kind(element.get("PartyTypeID"), plain(element.text))
        elif kind == "Location":
            self.places[number] = self._country(element)
        elif kind == "SanctionsEntry":
            entry = self.entries.get(element.get("ProfileID", ""))
            programmes = xml.texts(element, ".//Comment")
            if entry is not None:
                entry.programmes += programmes
        else:
            self.names[kind, number] = plain(element.text)

    def _country(self, place: Element) -> str:
        """Return the country of a place; of a nationality it stands there by its name alone."""
        named = place.find(".//*[@CountryID]")
        if named is not None:
            country = self.names.get(("Country", named.get("CountryID", "")), "")
        else:
            country = xml.first(place, _COUNTRY_NAME) or ""
        return "" if country.casefold() == "undetermined" else country

    def _entry(self, party: Element) -> Entry:
        _strip(party)
        profile = party.find("Profile")
        sub_type = "" if profile is None else profile.get("PartySubTypeID", "")
        entry = Entry(
            party.get("FixedRef", ""), self.kinds.get(sub_type), remarks=xml.first(party, "Comment")
        )
        aliases = []
        for alias in party.iter("Alias"):
            for documented in alias.iter("DocumentedName"):
                name = " ".join(xml.texts(documented, "DocumentedNamePart/NamePartValue"))
                if alias.get("LowQuality") == "true":
                    entry.weak.append(name)
                elif alias.get("Primary") == "true":
                    entry.names.append(name)
                else:
                    aliases.append(name)
        entry.names = [name for name in (*entry.names, *aliases) if name]
        for feature in party.iter("Feature"):
            self._feature(entry, feature)
        return entry

    def _feature(self, entry: Entry, feature: Element) -> None:
        kind = self.names.get(("FeatureType", feature.get("FeatureTypeID", "")), "")
        detail = xml.texts(feature, "FeatureVersion/VersionDetail")
        if kind.startswith(_DIGITAL):
            entry.addresses += [(kind.removeprefix(_DIGITAL), text) for text in detail]
        elif kind == "Birthdate":
            entry.births += [_born(period) for period in feature.iter("DatePeriod")]
        elif kind in ("Nationality Country", "Citizenship Country", "Location"):
            for node in feature.iter():
                entry.countries += [
                    self.places.get(node.get("LocationID", ""), ""),
                    self.names.get(("DetailReference", node.get("DetailReferenceID", "")), ""),
                ]


def _strip(party: Element) -> None:
    """Leave the namespace out of the names of what a party holds."""
    for node in party.iter():
        node.tag = node.tag.rpartition("}")[2]


def _kind(party_type: str | None, name: str) -> str:
    kinds = {_PEOPLE: "natural", _ENTITIES: "legal"}
    return {"vessel": "vessel", "aircraft": "aircraft"}.get(
        name.casefold(), kinds.get(party_type or "", "legal")
    )


def _born(period: Element) -> str:
    """Return a day, a month or a year if a period is one, else its first and last; or about it."""
    days = []
    for end in ("Start/From", "End/To"):
        parts = [xml.first(period, f"{end}/{part}") for part in ("Year", "Month", "Day")]
        days.append([part.zfill(2) for part in parts if part])
    if not days[0] or days[0] == days[1] or not days[1]:
        date = "-".join(days[0])
    else:
        date = "-".join(dict.fromkeys([days[0][0], days[1][0]]))
    start = period.find("Start")
    is_about = start is not None and start.get("Approximate") == "true"
    return f"circa {date}" if date and is_about else date
