"""Rules for addresses: each part or that it is unknown, codes that exist, and those on the net."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from surveillance.reports.fincen.efiling.tree import every, fault, parties, value

_PAIRS = (
    ("RawCityText", "CityUnknownIndicator"),
    ("RawCountryCodeText", "CountryCodeUnknownIndicator"),
    ("RawStreetAddress1Text", "StreetAddressUnknownIndicator"),
    ("RawZIPCode", "ZIPCodeUnknownIndicator"),
)
_TERRITORIES = ("AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI")
_NEEDS_STATE = ("US", "CA", "MX", *_TERRITORIES)
_STATES = {
    "US": "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV "
    "NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AA AE AP "
    "AS FM GU MH MP PR PW VI",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
}
_CERTAIN = ("35", "30")
"""Parties of which nothing of an address may be unknown: the transmitter and the filer."""


def faults(root: Any) -> Iterator[str]:
    """Yield the rules of addresses that a batch breaks."""
    for party in parties(root):
        certain = value(party, "ActivityPartyTypeCode") in _CERTAIN
        for address in every(party, "f:Address"):
            yield from _parts(address, certain)
            yield from _codes(address)
    for element in every(root, ".//f:IPAddressText"):
        if not is_on_the_net(element.text):
            yield fault(element, "an address of version 4 or 6", repr(element.text))
    for element in every(root, ".//f:ElectronicAddress"):
        is_mail = value(element, "ElectronicAddressTypeCode") == "E"
        text = value(element, "ElectronicAddressText")
        if " " in text or is_mail != ("@" in text):
            yield fault(element, "an e-mail with @ or a site without", repr(text))


def is_on_the_net(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _parts(address: Any, certain: bool) -> Iterator[str]:
    for said, unknown in _PAIRS:
        if bool(value(address, said)) == bool(value(address, unknown)):
            was = "both" if value(address, said) else "neither"
            yield fault(address, f"{said} or {unknown}", was)
        elif certain and value(address, unknown):
            yield fault(address, f"{said}, for the filer knows it", "unknown")
    if value(address, "RawStateCodeText") and value(address, "StateCodeUnknownIndicator"):
        yield fault(address, "RawStateCodeText or StateCodeUnknownIndicator", "both")


def _codes(address: Any) -> Iterator[str]:
    country, state = value(address, "RawCountryCodeText"), value(address, "RawStateCodeText")
    if country and not re.fullmatch(r"[A-Z]{2}", country):
        yield fault(address, "a country of two letters", repr(country))
    if country in _NEEDS_STATE and not (state or value(address, "StateCodeUnknownIndicator")):
        yield fault(address, f"a state in {country}", "none", "C25")
    if state and state not in _STATES.get(country, state).split():
        yield fault(address, f"a state of {country}", repr(state), "C25")
    postal_code = value(address, "RawZIPCode")
    if not re.fullmatch(r"[A-Za-z0-9]*", postal_code):
        yield fault(address, "a postal code without space or hyphen", repr(postal_code))
    elif country == "US" and postal_code and not _is_zip(postal_code):
        yield fault(address, "a ZIP code of five or nine digits", repr(postal_code))


def _is_zip(text: str) -> bool:
    if not re.fullmatch(r"\d{5}(\d{4})?", text):
        return False
    return text[:5] not in ("00000", "99999") and text[5:] not in ("0000", "9999")
