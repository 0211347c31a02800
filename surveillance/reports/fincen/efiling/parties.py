"""Rules for parties: which there must be, and what each type has, may not have, or says unknown."""

from collections.abc import Iterator
from typing import Any

from surveillance.reports.fincen.efiling.tree import every, fault, parties, place, value

_ONCE = ("35", "37", "30", "8")
_AT_LEAST_ONCE = ("34", "33")
_AT_MOST_ONCE = ("18", "19")
_HAS = {
    "35": ("Address", "PhoneNumber", "PartyIdentification"),
    "30": (
        "PrimaryRegulatorTypeCode", "Address", "PartyIdentification",
        "OrganizationClassificationTypeSubtype",
    ),
    "8": ("PhoneNumber",),
    "34": (
        "PrimaryRegulatorTypeCode", "Address", "PartyIdentification",
        "OrganizationClassificationTypeSubtype",
    ),
    "33": ("Address", "PartyIdentification"),
}  # fmt: skip
"""What a party of a type must have."""
_OF_PERSONS = (
    "IndividualBirthDateText", "BirthDateUnknownIndicator", "FemaleGenderIndicator",
    "MaleGenderIndicator", "UnknownGenderIndicator",
)  # fmt: skip
_GENDERS = ("FemaleGenderIndicator", "MaleGenderIndicator", "UnknownGenderIndicator")
_INSIDERS = (
    "DirectorIndicator", "EmployeeIndicator", "OfficerIndicator", "OwnerShareholderIndicator",
)  # fmt: skip
_RELATIONS = (
    *_INSIDERS, "AccountantIndicator", "AgentIndicator", "AppraiserIndicator", "AttorneyIndicator",
    "BorrowerIndicator", "CustomerIndicator", "OtherRelationshipIndicator",
)  # fmt: skip
_STATUSES = (
    "RelationshipContinuesIndicator", "ResignedIndicator", "SuspendedBarredIndicator",
    "TerminatedIndicator",
)  # fmt: skip


def faults(root: Any) -> Iterator[str]:
    """Yield the rules of parties that a batch breaks."""
    yield from _types(root)
    for party in parties(root):
        yield from _whole(party)
    for subject in parties(root, "33"):
        is_entity = bool(value(subject, "PartyAsEntityOrganizationIndicator"))
        yield from (_entity if is_entity else _person)(subject)
        yield from _relations(subject)


def _types(root: Any) -> Iterator[str]:
    codes = [value(party, "ActivityPartyTypeCode") for party in parties(root)]
    for code in (*_ONCE, *_AT_LEAST_ONCE):
        if code not in codes or (code in _ONCE and codes.count(code) > 1):
            yield f"expected party {code} once{'' if code in _ONCE else ' or more'}, was {codes}"
    for code in _AT_MOST_ONCE:
        if codes.count(code) > 1:
            yield f"expected party {code} at most once, was {codes}"


def _whole(party: Any) -> Iterator[str]:
    legal = every(party, "f:PartyName[f:PartyNameTypeCode='L']")
    if len(legal) != 1:
        yield fault(party, "one legal name", len(legal))
    for name in _HAS.get(value(party, "ActivityPartyTypeCode"), ()):
        if not every(party, f"f:{name}"):
            yield fault(party, name, "none", "B9")
    seen: set[str] = set()
    for account in every(party, ".//f:AccountNumberText"):
        if account.text in seen:
            yield fault(account, "each account once", repr(account.text))
        seen.add(account.text)


def _person(subject: Any) -> Iterator[str]:
    if bool(value(subject, "IndividualBirthDateText")) == bool(
        value(subject, "BirthDateUnknownIndicator")
    ):
        yield fault(subject, "IndividualBirthDateText or that it is unknown", "both or neither")
    if len([name for name in _GENDERS if value(subject, name)]) > 1:
        yield fault(subject, "one gender at most", "several")
    for name in every(subject, "f:PartyName[f:PartyNameTypeCode='L']"):
        yield from _known(name, "RawEntityIndividualLastName", "EntityLastNameUnknownIndicator")
        yield from _known(name, "RawIndividualFirstName", "FirstNameUnknownIndicator", "C4")


def _entity(subject: Any) -> Iterator[str]:
    for name in _OF_PERSONS:
        if value(subject, name):
            yield fault(subject, f"no {name} of an entity", value(subject, name))
    for name in every(subject, "f:PartyName[f:PartyNameTypeCode='L']"):
        yield from _known(name, "RawEntityIndividualLastName", "EntityLastNameUnknownIndicator")
        for part in every(name, "f:*[starts-with(local-name(), 'RawIndividual')]"):
            yield fault(part, "no such name of an entity", repr(part.text))


def _known(element: Any, said: str, unknown: str, code: str = "") -> Iterator[str]:
    """Expect a value or that it is unknown, and not both."""
    if bool(value(element, said)) == bool(value(element, unknown)):
        was = "both" if value(element, said) else "neither"
        yield fault(element, f"{said} or {unknown}", was, code)


def _relations(subject: Any) -> Iterator[str]:
    for relation in every(subject, "f:PartyAssociation"):
        if value(relation, "NoRelationshipToInstitutionIndicator") and _of(relation, _RELATIONS):
            yield fault(relation, "no relationship or which", "both")
        if bool(value(relation, "OtherRelationshipIndicator")) != bool(
            value(relation, "OtherPartyAssociationTypeText")
        ):
            yield fault(relation, "a text for another relationship and for no other", "otherwise")
        statuses, insider = _of(relation, _STATUSES), bool(_of(relation, _INSIDERS))
        if (statuses and not insider) or len(statuses) > 1:
            yield f"{place(relation)}: expected one status, of insiders alone, was {statuses}"


def _of(element: Any, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if value(element, name)]
