"""The batch: one activity with its parties, in the order and under the names of the schema.

What a person is called, where they live and what they did comes from the case; what only the
institution knows from its settings. Nothing is guessed: what is not on record is marked unknown,
which the form has a box for.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from lxml import etree

from surveillance.config.sections import Fincen, Institution
from surveillance.errors import SurveillanceError
from surveillance.reports import known
from surveillance.reports.filing import Filing
from surveillance.reports.fincen.efiling import faults

NAMESPACE = "www.fincen.gov/base"
PART = 4000
"""Characters of one part of a narrative, of which there may be five."""
_ACTIVITY, _TRANSMITTER, _CONTACT = "34", "35", "37"
_FILER, _OFFICE, _SUBJECT, _ACCOUNT_AT = "30", "8", "33", "41"
_PRODUCTS = {"future": "8", "option": "8", "perpetual": "20"}


def written(filing: Filing, narrative: str, prior: str = "") -> bytes:
    """Return a case as a batch of one SAR; ``prior`` is the number of one that it corrects.

    Raises:
        SurveillanceError: the institution lacks what FinCEN asks for, or a rule of e-filing fails.
    """
    institution = filing.institution
    if institution.fincen is None:
        raise SurveillanceError("expected settings under institution.fincen, was none")
    root = _batch(filing, institution, institution.fincen, narrative, prior)
    etree.indent(root)
    body: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    if wrong := faults(body, filing.at):
        raise SurveillanceError("expected a SAR that FinCEN takes, was: " + "; ".join(wrong))
    return body


def amount(filing: Filing) -> Decimal:
    """Return what the findings are worth, USD, each by its alert of the most money."""
    worth = (
        max((Decimal(page.file.money or 0) for page in finding.pages), default=Decimal(0))
        for finding in filing.findings
    )
    return sum(worth, Decimal(0)).to_integral_value(ROUND_CEILING)


def subtypes(filing: Filing) -> list[str]:
    """Return the kinds of suspicious activity that the rules name, sorted; else *other*."""
    named = {
        str(code)
        for dossier in filing.dossiers
        for code in (dossier.rule.get("report") or {}).get("sar", ())
    }
    return sorted(named, key=int) or ["9999"]


def _batch(
    filing: Filing, institution: Institution, fincen: Fincen, narrative: str, prior: str
) -> Any:
    root = etree.Element(_name("EFilingBatchXML"), nsmap={None: NAMESPACE})
    _text(root, "FormTypeCode", "SARX")
    activity = _child(root, "Activity")
    if prior:
        _text(activity, "EFilingPriorDocumentNumber", prior)
    _text(activity, "FilingDateText", _day(filing.at))
    association = _child(activity, "ActivityAssociation")
    kind = "CorrectsAmendsPriorReportIndicator" if prior else "InitialReportIndicator"
    _text(association, kind, "Y")
    _institutions(activity, institution, fincen)
    for trader, subject in known.subjects(filing):
        _subject(activity, trader, subject, fincen)
    _what(activity, filing)
    for part in _parts(narrative):
        text = _child(activity, "ActivityNarrativeInformation")
        _text(text, "ActivityNarrativeSequenceNumber", str(len(_all(activity, text.tag))))
        _text(text, "ActivityNarrativeText", part)
    _count(root, filing)
    return root


def _institutions(activity: Any, institution: Institution, fincen: Fincen) -> None:
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


def _subject(activity: Any, trader: str, subject: Mapping[str, str | None], fincen: Fincen) -> None:
    is_entity = subject.get("entity") == "legal"
    birth = (subject.get("birth_date") or "")[:10].replace("-", "")
    party = _child(activity, "Party")
    _text(party, "ActivityPartyTypeCode", _SUBJECT)
    if is_entity:
        _text(party, "PartyAsEntityOrganizationIndicator", "Y")
    elif birth:
        _text(party, "IndividualBirthDateText", birth)
    else:
        _text(party, "BirthDateUnknownIndicator", "Y")
    if not is_entity:
        _text(party, "UnknownGenderIndicator", "Y")
    _subject_name(party, subject.get("name") or "", is_entity)
    _subject_address(party, subject)
    _text(_child(party, "PartyIdentification"), "TINUnknownIndicator", "Y")
    if work := subject.get("occupation"):
        _text(_child(party, "PartyOccupationBusiness"), "OccupationBusinessText", work[:50])
    association = _child(party, "PartyAssociation")
    _text(association, "CustomerIndicator", "Y")
    _text(association, "RelationshipContinuesIndicator", "Y")
    _text(association, "SubjectRelationshipFinancialInstitutionTINText", fincen.tin)
    _accounts(party, trader, fincen)


def _subject_name(party: Any, name: str, is_entity: bool) -> None:
    """Write a name; of a person the last word for the last name, for the officer to check."""
    first, _, last = name.rpartition(" ")
    element = _child(party, "PartyName")
    if not name:
        _text(element, "EntityLastNameUnknownIndicator", "Y")
    if not is_entity and not first:
        _text(element, "FirstNameUnknownIndicator", "Y")
    _text(element, "PartyNameTypeCode", "L")
    if name:
        _text(element, "RawEntityIndividualLastName", (name if is_entity else last)[:150])
    if first and not is_entity:
        _text(element, "RawIndividualFirstName", first[:35])


def _subject_address(party: Any, subject: Mapping[str, str | None]) -> None:
    country = subject.get("residence") or subject.get("country") or ""
    street = " ".join((subject.get("address") or "").split())
    element = _child(party, "Address")
    _text(element, "CityUnknownIndicator", "Y")
    if not country:
        _text(element, "CountryCodeUnknownIndicator", "Y")
    else:
        _text(element, "RawCountryCodeText", country)
    if street:
        _text(element, "RawStreetAddress1Text", street[:100])
    if not country or country in ("US", "CA", "MX"):
        _text(element, "StateCodeUnknownIndicator", "Y")
    if not street:
        _text(element, "StreetAddressUnknownIndicator", "Y")
    _text(element, "ZIPCodeUnknownIndicator", "Y")


def _accounts(party: Any, trader: str, fincen: Fincen) -> None:
    at = _child(party, "PartyAccountAssociation")
    _text(at, "PartyAccountAssociationTypeCode", "7")
    where = _child(at, "Party")
    _text(where, "ActivityPartyTypeCode", _ACCOUNT_AT)
    _identified(where, fincen.tin, "4")
    account = _child(where, "Account")
    _text(account, "AccountNumberText", trader[:40])
    _text(_child(account, "PartyAccountAssociation"), "PartyAccountAssociationTypeCode", "5")


def _what(activity: Any, filing: Filing) -> None:
    first, last = filing.span
    total = amount(filing)
    what = _child(activity, "SuspiciousActivity")
    if not total:
        _text(what, "AmountUnknownIndicator", "Y")
    _text(what, "SuspiciousActivityFromDateText", _day(first))
    _text(what, "SuspiciousActivityToDateText", _day(last))
    if total:
        _text(what, "TotalSuspiciousAmountText", str(total))
    for subtype in subtypes(filing):
        classified = _child(what, "SuspiciousActivityClassification")
        if subtype.endswith("999"):
            typologies = sorted({dossier.hit.typology for dossier in filing.dossiers})
            text = ", ".join(typologies).replace("_", " ")[:50].strip()
            _text(classified, "OtherSuspiciousActivityTypeText", text)
        _text(classified, "SuspiciousActivitySubtypeID", subtype)
        kind = subtype[:-3] if subtype.endswith("999") else str(int(subtype) // 100)
        _text(classified, "SuspiciousActivityTypeID", kind)
    for address, at in _ip_addresses(filing):
        element = _child(activity, "ActivityIPAddress")
        _text(element, "ActivityIPAddressDateText", at[:10].replace("-", ""))
        _text(element, "ActivityIPAddressTimeStampText", at[11:19])
        _text(element, "IPAddressText", address)
    kinds = {dossier.instrument.get("kind") or "" for dossier in filing.dossiers} - {""}
    for product in sorted({_PRODUCTS.get(kind, "30") for kind in kinds}):
        asset = _child(activity, "Assets")
        _text(asset, "AssetSubtypeID", product)
        _text(asset, "AssetTypeID", "5")
        if product == "30":
            _text(asset, "OtherAssetSubtypeText", "Virtual currency")


def _ip_addresses(filing: Filing) -> list[tuple[str, str]]:
    """Return the addresses that subjects signed in from, each once with its first time."""
    first: dict[str, str] = {}
    for row in filing.tables.get("logins", ()):
        address, at = row.get("ip") or "", row.get("ts") or ""
        if address and len(address) <= 39:
            first.setdefault(address, at)
    return list(first.items())[:99]


def _parts(narrative: str) -> Iterator[str]:
    """Cut a narrative into parts at words: one line, for the form knows no other characters."""
    text = " ".join(narrative.split())
    while text:
        cut = len(text) if len(text) <= PART else text.rfind(" ", 0, PART + 1)
        cut = cut if cut > 0 else PART
        yield text[:cut].strip()
        text = text[cut:].strip()


def _count(root: Any, filing: Filing) -> None:
    """Number every element in its order, and say on top how many there are."""
    numbered = ("EFilingBatchXML", "FormTypeCode")
    holders = [each for each in root.iter() if len(each) and _plain(each) not in numbered]
    for number, element in enumerate(holders, 1):
        element.set("SeqNum", str(number))
    root.set("TotalAmount", str(amount(filing)))
    root.set("PartyCount", str(len(list(root.iter(_name("Party"))))))
    root.set("ActivityCount", "1")
    root.set("ActivityAttachmentCount", "0")
    root.set("AttachmentCount", "0")


def _party(activity: Any, code: str, name: str, **indicators: str) -> Any:
    party = _child(activity, "Party")
    _text(party, "ActivityPartyTypeCode", code)
    for indicator, value in indicators.items():
        _text(party, indicator, value)
    named = _child(party, "PartyName")
    _text(named, "PartyNameTypeCode", "L")
    _text(named, "RawPartyFullName", name[:150])
    return party


def _address(party: Any, fincen: Fincen) -> None:
    address = _child(party, "Address")
    _text(address, "RawCityText", fincen.city)
    _text(address, "RawCountryCodeText", fincen.country)
    if fincen.state:
        _text(address, "RawStateCodeText", fincen.state)
    _text(address, "RawStreetAddress1Text", fincen.street)
    _text(address, "RawZIPCode", fincen.postal_code)


def _phone(party: Any, number: str) -> None:
    _text(_child(party, "PhoneNumber"), "PhoneNumberText", number)


def _identified(party: Any, number: str, kind: str) -> None:
    element = _child(party, "PartyIdentification")
    _text(element, "PartyIdentificationNumberText", number)
    _text(element, "PartyIdentificationTypeCode", kind)


def _organization(party: Any, fincen: Fincen) -> None:
    element = _child(party, "OrganizationClassificationTypeSubtype")
    if fincen.organization_subtype:
        _text(element, "OrganizationSubtypeID", str(fincen.organization_subtype))
    _text(element, "OrganizationTypeID", str(fincen.organization))


def _child(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, _name(name))


def _text(parent: Any, name: str, value: str) -> None:
    _child(parent, name).text = " ".join(value.split())


def _all(parent: Any, tag: str) -> list[Any]:
    return list(parent.findall(tag))


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _plain(element: Any) -> str:
    return str(etree.QName(element).localname)


def _day(moment: datetime) -> str:
    return f"{moment:%Y%m%d}"
