"""The parties of a batch: who files, where it happened, and the subjects with their accounts."""

from collections.abc import Mapping
from typing import Any

from surveillance.config.sections import Fincen, Institution
from surveillance.reports.fincen.elements import add, say

_ACTIVITY, _TRANSMITTER, _CONTACT = "34", "35", "37"

_FILER, _OFFICE, _SUBJECT, _ACCOUNT_AT = "30", "8", "33", "41"


def institutions(activity: Any, institution: Institution, fincen: Fincen) -> None:
    """Append who transmits and files, whom to ask, and where it happened."""
    name = institution.name or ""
    transmitter = _party(activity, _TRANSMITTER, name)
    _address(transmitter, fincen)
    _phone(transmitter, fincen.phone)
    _identified(transmitter, fincen.tin, "4")
    _identified(transmitter, fincen.transmitter_control_code, "28")
    _party(activity, _CONTACT, institution.contact_name or fincen.contact_office)
    filer = _party(activity, _FILER, name, PrimaryRegulatorTypeCode=str(fincen.regulator))
    _address(filer, fincen)
    _identified(filer, fincen.tin, "2")
    _organization(filer, fincen)
    office = _party(activity, _OFFICE, fincen.contact_office)
    _phone(office, fincen.phone)
    where = _party(
        activity,
        _ACTIVITY,
        name,
        NoBranchActivityInvolvedIndicator="Y",
        PrimaryRegulatorTypeCode=str(fincen.regulator),
    )
    _address(where, fincen)
    _identified(where, fincen.tin, "2")
    _organization(where, fincen)


def subject(activity: Any, trader: str, subject: Mapping[str, str | None], fincen: Fincen) -> None:
    """Append one whom the report is about; what is not on record is marked unknown.

    How a relationship stands is asked of insiders alone, and so left out of customers.
    """
    is_entity = subject.get("entity") == "legal"
    birth = (subject.get("birth_date") or "")[:10].replace("-", "")
    party = add(activity, "Party")
    say(party, "ActivityPartyTypeCode", _SUBJECT)
    if is_entity:
        say(party, "PartyAsEntityOrganizationIndicator", "Y")
    elif birth:
        say(party, "IndividualBirthDateText", birth)
    else:
        say(party, "BirthDateUnknownIndicator", "Y")
    if not is_entity:
        say(party, "UnknownGenderIndicator", "Y")
    _subject_name(party, subject.get("name") or "", is_entity)
    _subject_address(party, subject)
    say(add(party, "PartyIdentification"), "TINUnknownIndicator", "Y")
    if work := subject.get("occupation"):
        say(add(party, "PartyOccupationBusiness"), "OccupationBusinessText", work[:50])
    association = add(party, "PartyAssociation")
    say(association, "CustomerIndicator", "Y")
    say(association, "SubjectRelationshipFinancialInstitutionTINText", fincen.tin)
    _accounts(party, trader, fincen)


def _subject_name(party: Any, name: str, is_entity: bool) -> None:
    """Write a name; of a person the last word for the last name, for the officer to check."""
    first, _, last = name.rpartition(" ")
    element = add(party, "PartyName")
    if not name:
        say(element, "EntityLastNameUnknownIndicator", "Y")
    if not is_entity and not first:
        say(element, "FirstNameUnknownIndicator", "Y")
    say(element, "PartyNameTypeCode", "L")
    if name:
        say(element, "RawEntityIndividualLastName", (name if is_entity else last)[:150])
    if first and not is_entity:
        say(element, "RawIndividualFirstName", first[:35])


def _subject_address(party: Any, subject: Mapping[str, str | None]) -> None:
    country = subject.get("residence") or subject.get("country") or ""
    street = " ".join((subject.get("address") or "").split())
    element = add(party, "Address")
    say(element, "CityUnknownIndicator", "Y")
    if not country:
        say(element, "CountryCodeUnknownIndicator", "Y")
    else:
        say(element, "RawCountryCodeText", country)
    if street:
        say(element, "RawStreetAddress1Text", street[:100])
    if not country or country in ("US", "CA", "MX"):
        say(element, "StateCodeUnknownIndicator", "Y")
    if not street:
        say(element, "StreetAddressUnknownIndicator", "Y")
    say(element, "ZIPCodeUnknownIndicator", "Y")


def _accounts(party: Any, trader: str, fincen: Fincen) -> None:
    at = add(party, "PartyAccountAssociation")
    say(at, "PartyAccountAssociationTypeCode", "7")
    where = add(at, "Party")
    say(where, "ActivityPartyTypeCode", _ACCOUNT_AT)
    _identified(where, fincen.tin, "4")
    account = add(where, "Account")
    say(account, "AccountNumberText", trader[:40])
    say(add(account, "PartyAccountAssociation"), "PartyAccountAssociationTypeCode", "5")


def _party(activity: Any, code: str, name: str, **indicators: str) -> Any:
    party = add(activity, "Party")
    say(party, "ActivityPartyTypeCode", code)
    for indicator, value in indicators.items():
        say(party, indicator, value)
    named = add(party, "PartyName")
    say(named, "PartyNameTypeCode", "L")
    say(named, "RawPartyFullName", name[:150])
    return party


def _address(party: Any, fincen: Fincen) -> None:
    address = add(party, "Address")
    say(address, "RawCityText", fincen.city)
    say(address, "RawCountryCodeText", fincen.country)
    if fincen.state:
        say(address, "RawStateCodeText", fincen.state)
    say(address, "RawStreetAddress1Text", fincen.street)
    say(address, "RawZIPCode", fincen.postal_code)


def _phone(party: Any, number: str) -> None:
    say(add(party, "PhoneNumber"), "PhoneNumberText", number)


def _identified(party: Any, number: str, kind: str) -> None:
    element = add(party, "PartyIdentification")
    say(element, "PartyIdentificationNumberText", number)
    say(element, "PartyIdentificationTypeCode", kind)


def _organization(party: Any, fincen: Fincen) -> None:
    element = add(party, "OrganizationClassificationTypeSubtype")
    if fincen.organization_subtype:
        say(element, "OrganizationSubtypeID", str(fincen.organization_subtype))
    say(element, "OrganizationTypeID", str(fincen.organization))
