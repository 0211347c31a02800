"""IVMS101 messages, whole unless something is left out."""

from typing import Any


def person(last: str, first: str) -> dict[str, Any]:
    """A natural person by name."""
    name = {"primaryIdentifier": last, "secondaryIdentifier": first, "nameIdentifierType": "LEGL"}
    return {"naturalPerson": {"name": {"nameIdentifier": [name]}}}


def message(
    *,
    originator: str = "Tango",
    beneficiary: str = "Papa",
    first: str = "Delta",
    address: str | None = "1 Street",
    originator_account: list[str] | None = None,
    beneficiary_account: list[str] | None = None,
) -> dict[str, Any]:
    """A message of a payer called Kilo and a payee."""
    payer = person(originator, "Kilo")
    if address:
        payer["naturalPerson"]["geographicAddress"] = [{"addressLine": [address]}]
    return {
        "originator": {
            "originatorPersons": [payer],
            "accountNumber": ["a1"] if originator_account is None else originator_account,
        },
        "beneficiary": {
            "beneficiaryPersons": [person(beneficiary, first)],
            "accountNumber": ["b1"] if beneficiary_account is None else beneficiary_account,
        },
    }
