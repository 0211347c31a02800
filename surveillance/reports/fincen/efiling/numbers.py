"""Rules for numbers: identifications, telephones, amounts, and codes that go with each other."""

import re
from collections.abc import Iterator
from typing import Any

from surveillance.reports.fincen.efiling.tree import every, fault, parties, value

_TAX = ("1", "2", "4")
"""Identifications that are nine digits: of a person, an employer, or either."""
_ISSUED = ("5", "6", "7", "999")
_DOLLARS = (
    "TotalSuspiciousAmountText", "CumulativeTotalViolationAmountText", "LossToFinancialAmountText",
)  # fmt: skip
_OTHERS = (
    ("OrganizationClassificationTypeSubtype", "OrganizationSubtypeID", "OrganizationTypeID",
     "OtherOrganizationSubTypeText"),
    ("SuspiciousActivityClassification", "SuspiciousActivitySubtypeID", "SuspiciousActivityTypeID",
     "OtherSuspiciousActivityTypeText"),
)  # fmt: skip


def faults(root: Any) -> Iterator[str]:
    """Yield the rules of numbers that a batch breaks."""
    for phone in every(root, ".//f:PhoneNumberText | .//f:PhoneNumberExtensionText"):
        if not phone.text.isdecimal():
            yield fault(phone, "a telephone number of digits alone", repr(phone.text))
    for name in _DOLLARS:
        for amount in every(root, f".//f:{name}"):
            if not re.fullmatch(r"[1-9]\d{0,14}", amount.text):
                yield fault(amount, "whole dollars, without point, comma or sign", amount.text)
    for identified in every(root, ".//f:PartyIdentification"):
        yield from _identification(identified)
    yield from _transmitter(root)
    for holder, sub, kind, text in _OTHERS:
        for element in every(root, f".//f:{holder}"):
            yield from _classified(element, sub, kind, text)


def _identification(identified: Any) -> Iterator[str]:
    number = value(identified, "PartyIdentificationNumberText")
    kind = value(identified, "PartyIdentificationTypeCode")
    unknown = value(identified, "TINUnknownIndicator")
    if unknown and (number or kind):
        yield fault(identified, "a tax number or that it is unknown", "both")
    if not unknown and not kind:
        yield fault(identified, "a PartyIdentificationTypeCode", "none")
    if kind in _TAX and number:
        yield from _tax(identified, number)
    elif number and kind != "28" and not re.fullmatch(r"[A-Za-z0-9]+", number):
        yield fault(identified, "letters and digits alone", repr(number))
    if (kind == "999") != bool(value(identified, "OtherPartyIdentificationTypeText")):
        yield fault(identified, "a text for another identification and for no other", kind)
    if kind and kind not in _ISSUED and value(identified, "OtherIssuerCountryText") and kind != "9":
        yield fault(identified, "an issuer of a document alone", f"type {kind}")


def _tax(identified: Any, number: str) -> Iterator[str]:
    if not re.fullmatch(r"\d{9}", number) or len(set(number)) == 1 or number == "123456789":
        expected = "a tax number of nine digits, not all the same and not 123456789"
        yield fault(identified, expected, repr(number), "C21")


def _transmitter(root: Any) -> Iterator[str]:
    for party in parties(root, "35"):
        found = every(party, "f:PartyIdentification")
        kinds = [value(each, "PartyIdentificationTypeCode") for each in found]
        if sorted(kinds) != ["28", "4"]:
            yield fault(party, "a tax number (4) and a control code (28)", kinds, "G14, G15")
        for each in found:
            code = value(each, "PartyIdentificationNumberText")
            is_code = value(each, "PartyIdentificationTypeCode") == "28"
            if is_code and not re.fullmatch(r"P[A-Z0-9]{7}", code):
                yield fault(each, "a transmitter control code such as PBSA8180", repr(code))


def _classified(element: Any, sub: str, kind: str, text: str) -> Iterator[str]:
    """Expect a subtype of its type, and a text for another one and for no other."""
    code, of = value(element, sub), value(element, kind)
    if code and (code[:-3] if code.endswith("999") else str(int(code) // 100)) != of:
        yield fault(element, f"a {sub} of type {of}", code)
    if code.endswith("999") != bool(value(element, text)):
        yield fault(element, f"{text} for other activity and for no other", code or "none")
