"""What FinCEN checks of a batch: its schema, and the rules of e-filing that no schema can say.

The rules are those of the SAR XML user guide as far as they could be read: counts on top must be
those below, every number in sequence is there once, texts have no characters that do not print, and
what is marked unknown is not given as well.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

_SCHEMA = Path(__file__).with_name("sarx-batch-1.2.xsd")
_NS = {"f": "www.fincen.gov/base"}
_ONCE = ("35", "37", "30", "8")
_AT_LEAST_ONCE = ("34", "33")
_NEEDS_STATE = ("US", "CA", "MX")
_NO_NAME = {
    "AKA", "COMPUTER GENERATED", "CUSTOMER", "DBA", "NONE", "NOT APPLICABLE", "N/A", "OTHER",
    "SAME", "SAME AS ABOVE", "SEE ABOVE", "SEE NARRATIVE", "T/A", "UNKNOWN", "VARIOUS", "XX",
}  # fmt: skip
"""What may not stand for a name."""


def faults(body: bytes, at: datetime) -> list[str]:
    """Return why FinCEN would send back a batch that is filed at this moment, if it would."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
    schema = _schema()
    if not schema.validate(root):
        return [f"line {each.line}: {each.message}" for each in schema.error_log]
    return [
        *_counts(root), *_parties(root), *_texts(root), *_numbers(root), *_addresses(root),
        *_activity(root, at),
    ]  # fmt: skip


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(str(_SCHEMA)))


def _counts(root: Any) -> Iterator[str]:
    there = {
        "ActivityCount": len(_all(root, "f:Activity")),
        "PartyCount": len(_all(root, ".//f:Party")),
        "TotalAmount": sum(map(int, _values(root, "TotalSuspiciousAmountText"))),
        "AttachmentCount": len(_values(root, "OriginalAttachmentFileName")),
    }
    for name, count in there.items():
        if root.get(name) != str(count):
            yield f"expected {name} {count}, was {root.get(name)}"
    numbers = [int(number) for number in root.xpath(".//@SeqNum")]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"expected SeqNum in order from 1, was {numbers[:5]}"


def _parties(root: Any) -> Iterator[str]:
    parties = _all(root, "f:Activity/f:Party")
    codes = [_value(party, "ActivityPartyTypeCode") for party in parties]
    for code in (*_ONCE, *_AT_LEAST_ONCE):
        if code not in codes or (code in _ONCE and codes.count(code) > 1):
            yield f"expected party {code} once{'' if code in _ONCE else ' or more'}, was {codes}"
    for party in parties:
        legal = [n for n in _all(party, "f:PartyName") if _value(n, "PartyNameTypeCode") == "L"]
        if len(legal) != 1:
            yield f"expected one legal name of each party, was {len(legal)}"
    for code in _values(
        root, "PartyIdentificationTypeCode[.='28']/../f:PartyIdentificationNumberText"
    ):
        if not re.fullmatch(r"P[A-Z0-9]{7}", code):
            yield f"expected a transmitter control code such as PBSA8180, was {code!r}"


def _texts(root: Any) -> Iterator[str]:
    for element in root.iter():
        if len(element):
            continue
        name, text = etree.QName(element).localname, element.text or ""
        if not text:
            yield f"expected a value of {name}, was none"
        elif text != text.strip() or not text.isprintable():
            yield f"expected {name} without characters that do not print, was {text[:40]!r}"
        elif "Name" in name and text.upper() in _NO_NAME:
            yield f"expected a name in {name}, was {text!r}"


def _numbers(root: Any) -> Iterator[str]:
    for number in _values(root, "PhoneNumberText"):
        if not number.isdecimal():
            yield f"expected a telephone number of digits alone, was {number!r}"
    for name in ("TotalSuspiciousAmountText", "CumulativeTotalViolationAmountText"):
        for number in _values(root, name):
            if not number.isdecimal():
                yield f"expected whole dollars in {name}, was {number!r}"
    of_institutions = (
        "PartyIdentificationTypeCode[.='2' or .='4']/../f:PartyIdentificationNumberText"
    )
    for number in _values(root, of_institutions):
        if not re.fullmatch(r"\d{9}", number) or len(set(number)) == 1:
            yield f"expected a tax number of nine digits, not all the same, was {number!r}"


def _addresses(root: Any) -> Iterator[str]:
    pairs = (
        ("RawCityText", "CityUnknownIndicator"),
        ("RawCountryCodeText", "CountryCodeUnknownIndicator"),
        ("RawStreetAddress1Text", "StreetAddressUnknownIndicator"),
        ("RawZIPCode", "ZIPCodeUnknownIndicator"),
    )
    for address in _all(root, "f:Activity/f:Party/f:Address"):
        for value, unknown in pairs:
            if bool(_value(address, value)) == bool(_value(address, unknown)):
                yield f"expected {value} or {unknown}, was both or neither"
        country, state = _value(address, "RawCountryCodeText"), _value(address, "RawStateCodeText")
        if country in _NEEDS_STATE and not (state or _value(address, "StateCodeUnknownIndicator")):
            yield f"expected a state in {country}, was none"
        postal_code = _value(address, "RawZIPCode")
        if country == "US" and postal_code and not re.fullmatch(r"\d{5}(\d{4})?", postal_code):
            yield f"expected a ZIP code of five or nine digits, was {postal_code!r}"


def _activity(root: Any, at: datetime) -> Iterator[str]:
    filed = _values(root, "FilingDateText")[0]
    first, last = (_values(root, f"SuspiciousActivity{end}DateText")[0] for end in ("From", "To"))
    if not first <= last <= filed <= f"{at:%Y%m%d}":
        yield f"expected activity before its filing and now, was {first} to {last}, filed {filed}"
    if bool(_values(root, "AmountUnknownIndicator")) == bool(
        _values(root, "TotalSuspiciousAmountText")
    ):
        yield "expected an amount, or that it is unknown, was both or neither"
    prior = _values(root, "EFilingPriorDocumentNumber")
    if bool(prior) != bool(_values(root, "CorrectsAmendsPriorReportIndicator")):
        yield f"expected the number of a prior report where one is corrected, was {prior}"
    if prior and not re.fullmatch(r"\d{14}", prior[0]):
        yield f"expected a prior number of fourteen digits, was {prior[0]!r}"
    for classified in _all(root, ".//f:SuspiciousActivityClassification"):
        subtype = _value(classified, "SuspiciousActivitySubtypeID")
        if subtype.endswith("999") != bool(_value(classified, "OtherSuspiciousActivityTypeText")):
            yield f"expected a text for other activity and for no other, was of {subtype}"


def _all(element: Any, path: str) -> list[Any]:
    return list(element.xpath(path, namespaces=_NS))


def _values(element: Any, name: str) -> list[str]:
    return [each.text or "" for each in _all(element, f".//f:{name}")]


def _value(element: Any, name: str) -> str:
    return next((each.text or "" for each in _all(element, f"f:{name}")), "")
