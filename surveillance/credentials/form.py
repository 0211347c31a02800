"""The form of an IVMS101 message: its schema, and one spelling for the fields of its issues.

Both issues are read, that of 2020 and IVMS101.2023, whose fields are the same under other names,
and the ways in which networks write them: a wrapper, capital first letters, a name in a list.
"""

from collections.abc import Mapping
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
_ALSO = {
    "originatorPerson": "originatorPersons",
    "beneficiaryPerson": "beneficiaryPersons",
    "naturalPersonNameIdentifierType": "nameIdentifierType",
    "customerNumber": "customerIdentification",
}
"""Names of 2023 and what they were in 2020, and one that both have had."""
_WRAPPERS = ("ivms101", "iVMS101")
_DEEPEST = 24


@lru_cache(maxsize=1)
def validator() -> Draft202012Validator:
    """Return what says whether a message is of the form."""
    return Draft202012Validator(SCHEMA)


def plain(message: Any) -> Any:
    """Return a message out of its wrapper, with the fields of 2020 in small first letters."""
    found = _plain(message)
    if isinstance(found, dict):
        return next((found[name] for name in _WRAPPERS if name in found), found)
    return found


def _plain(part: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(part, list):
        return [_plain(each, depth + 1) for each in part]
    if not isinstance(part, dict):
        return part
    plain = {}
    for name, value in part.items():
        small = f"{name[:1].lower()}{name[1:]}"
        plain[_ALSO.get(small, small)] = _plain(value, depth + 1)
    if isinstance(plain.get("name"), list) and len(plain["name"]) == 1:
        plain["name"] = plain["name"][0]
    return plain
