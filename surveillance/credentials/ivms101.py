"""IVMS101 messages: whether one has its form, what it lacks, and whom it names.

The law wants of a payer the name, the account, and one of address, official number, customer number
or day and place of birth; of who is paid the name and the account (FATF R.16, Regulation (EU)
2023/1113 Art. 14).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator

_TEXT = {"type": "string", "minLength": 1, "maxLength": 100}
_NATURAL = {
    "type": "object",
    "required": ["primaryIdentifier", "nameIdentifierType"],
    "properties": {
        "primaryIdentifier": _TEXT,
        "secondaryIdentifier": {"type": "string", "maxLength": 100},
        "nameIdentifierType": {"enum": ["ALIA", "BIRT", "MAID", "LEGL", "MISC"]},
    },
}
_LEGAL = {
    "type": "object",
    "required": ["legalPersonName", "legalPersonNameIdentifierType"],
    "properties": {
        "legalPersonName": _TEXT,
        "legalPersonNameIdentifierType": {"enum": ["LEGL", "SHRT", "TRAD"]},
    },
}


def _named(identifier: Mapping[str, Any]) -> dict[str, Any]:
    names = {"type": "array", "minItems": 1, "items": identifier}
    name = {
        "type": "object",
        "required": ["nameIdentifier"],
        "properties": {"nameIdentifier": names},
    }
    return {"type": "object", "required": ["name"], "properties": {"name": name}}


_PERSONS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "oneOf": [{"required": ["naturalPerson"]}, {"required": ["legalPerson"]}],
        "properties": {"naturalPerson": _named(_NATURAL), "legalPerson": _named(_LEGAL)},
    },
}
_ACCOUNTS = {"type": "array", "items": _TEXT}
SCHEMA = {
    "type": "object",
    "required": ["originator", "beneficiary"],
    "properties": {
        side: {
            "type": "object",
            "required": [f"{side}Persons"],
            "properties": {f"{side}Persons": _PERSONS, "accountNumber": _ACCOUNTS},
        }
        for side in ("originator", "beneficiary")
    },
}
"""The form of a message as far as the travel rule asks for it; more may stand in it."""
_KNOWN_BY = ("geographicAddress", "nationalIdentification", "customerIdentification",
             "dateAndPlaceOfBirth")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """What a message came to: its form, what it lacks, and the names of both sides."""

    is_valid: bool
    missing: tuple[str, ...] = ()
    originator: str = ""
    beneficiary: str = ""


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(SCHEMA)


def read(message: Any) -> Message:
    """Return what a parsed message came to; of one that is not of the form nothing else is said."""
    if not _validator().is_valid(message):
        return Message(is_valid=False)
    return Message(
        is_valid=True,
        missing=tuple(_missing(message)),
        originator=_name(message["originator"]["originatorPersons"][0]),
        beneficiary=_name(message["beneficiary"]["beneficiaryPersons"][0]),
    )


def _missing(message: Mapping[str, Any]) -> Iterator[str]:
    for side in ("originator", "beneficiary"):
        if not any(each.strip() for each in message[side].get("accountNumber", ())):
            yield f"account of the {side}"
        if not _name(message[side][f"{side}Persons"][0]).strip(" .-*xX?"):
            yield f"name of the {side}"
    (person,) = (each for each in message["originator"]["originatorPersons"][0].values())
    if not any(person.get(name) for name in _KNOWN_BY):
        yield "address, number or birth of the originator"


def _name(person: Mapping[str, Any]) -> str:
    if "legalPerson" in person:
        return str(person["legalPerson"]["name"]["nameIdentifier"][0]["legalPersonName"])
    first = person["naturalPerson"]["name"]["nameIdentifier"][0]
    return f"{first.get('secondaryIdentifier', '')} {first['primaryIdentifier']}".strip()
