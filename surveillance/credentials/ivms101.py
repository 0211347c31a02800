"""IVMS101 messages: whether one has its form, what it lacks, and whom it names.

The law wants of a payer the name, the account, and one of address, official number, customer number
or day and place of birth; of who is paid the name and the account (FATF R.16, Regulation (EU)
2023/1113 Art. 14).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from surveillance.credentials import form

_KNOWN_BY: Mapping[str, tuple[str, ...]] = {
    "geographicAddress": ("addressLine", "streetName", "buildingName", "postBox", "townName"),
    "nationalIdentification": ("nationalIdentifier",),
    "customerIdentification": (),
    "dateAndPlaceOfBirth": ("dateOfBirth",),
}
"""What a payer may be known by, and the parts of it that say something."""
_NOTHING = " .-*xX?"
"""Letters that are written where nothing is known."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a message came to: its form, what it lacks, and the names of both sides."""

    is_valid: bool
    missing: tuple[str, ...] = ()
    originator: str = ""
    beneficiary: str = ""


def read(message: Any) -> Message:
    """Return what a parsed message came to; of one that is not of the form nothing else is said."""
    plain = form.plain(message)
    if not form.validator().is_valid(plain):
        return Message(is_valid=False)
    return Message(
        is_valid=True,
        missing=tuple(_missing(plain)),
        originator="; ".join(_names(plain["originator"]["originatorPersons"])),
        beneficiary="; ".join(_names(plain["beneficiary"]["beneficiaryPersons"])),
    )


def _missing(message: Mapping[str, Any]) -> Iterator[str]:
    for side in ("originator", "beneficiary"):
        if not any(each.strip() for each in message[side].get("accountNumber", ())):
            yield f"account of the {side}"
        if not any(name.strip(_NOTHING) for name in _names(message[side][f"{side}Persons"])):
            yield f"name of the {side}"
    (person,) = (each for each in message["originator"]["originatorPersons"][0].values())
    if not any(_says(person.get(name), parts) for name, parts in _KNOWN_BY.items()):
        yield "address, number or birth of the originator"


def _says(value: Any, parts: tuple[str, ...]) -> bool:
    """Return whether a field says anything by one of its parts, or by itself."""
    if isinstance(value, list):
        return any(_says(each, parts) for each in value)
    if isinstance(value, dict):
        return any(_says(value.get(part), ()) for part in parts)
    return isinstance(value, str) and bool(value.strip(_NOTHING))


def _names(persons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return every name of those who stand on one side, the legal ones first."""
    found = []
    for person in persons:
        (each,) = person.values()
        name = each["name"]
        local = name.get("localNameIdentifier")
        named = [*name["nameIdentifier"], *(local if isinstance(local, list) else ())]
        found += [(_type(one) != "LEGL", _written(one)) for one in named if isinstance(one, dict)]
    return list(dict.fromkeys(name for _, name in sorted(found, key=itemgetter(0)) if name))


def _written(named: Mapping[str, Any]) -> str:
    parts = ("legalPersonName", "secondaryIdentifier", "primaryIdentifier")
    return " ".join(filter(None, (str(named.get(part) or "") for part in parts))).strip()


def _type(named: Mapping[str, Any]) -> Any:
    return named.get("nameIdentifierType") or named.get("legalPersonNameIdentifierType")
