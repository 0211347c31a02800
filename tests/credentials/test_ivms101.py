"""IVMS101: what is of its form, what it lacks, and whom it names."""

from typing import Any

import pytest

from surveillance.credentials import ivms101
from tests.given.ivms101 import message, person

BOTH = {**person("A", "B"), "legalPerson": {}}


def test_a_whole_message_names_both_sides_and_lacks_nothing() -> None:
    found = ivms101.read(message())
    assert found.is_valid
    assert found.missing == ()
    assert (found.originator, found.beneficiary) == ("Kilo Tango", "Delta Papa")


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        ({"originator_account": []}, "account of the originator"),
        ({"beneficiary_account": [" "]}, "account of the beneficiary"),
        ({"address": None}, "address, number or birth of the originator"),
        ({"beneficiary": "N/A", "first": "-"}, None),
        ({"beneficiary": "xxx", "first": ""}, "name of the beneficiary"),
    ],
)
def test_what_it_lacks_is_named(changed: dict[str, Any], missing: str | None) -> None:
    assert ivms101.read(message(**changed)).missing == ((missing,) if missing else ())


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "text",
        {},
        {"originator": {}, "beneficiary": {}},
        {**message(), "beneficiary": {"beneficiaryPersons": []}},
        {**message(), "originator": {"originatorPersons": [{"naturalPerson": {"name": "Kilo"}}]}},
        {
            **message(),
            "originator": {"originatorPersons": [{**person("A", "B"), "legalPerson": {}}]},
        },
    ],
)
def test_what_is_of_another_form_is_not_valid_and_names_nobody(wrong: Any) -> None:
    assert ivms101.read(wrong) == ivms101.Message(is_valid=False)


def _of_2023(**customer: Any) -> dict[str, Any]:
    name = {"primaryIdentifier": "Tango", "naturalPersonNameIdentifierType": "LEGL"}
    payer = {"name": {"nameIdentifier": [name]}, **customer}
    names = [
        {"legalPersonName": "Papa", "legalPersonNameIdentifierType": "SHRT"},
        {"legalPersonName": "Papa Ltd", "legalPersonNameIdentifierType": "LEGL"},
    ]
    payee = {"name": {"nameIdentifier": names}}
    return {
        "originator": {"originatorPerson": [{"naturalPerson": payer}], "accountNumber": ["a1"]},
        "beneficiary": {"beneficiaryPerson": [{"legalPerson": payee}], "accountNumber": ["b1"]},
        "payloadMetadata": {"payloadVersion": "101.2023"},
    }


def test_a_message_of_the_later_issue_says_the_same_under_other_names() -> None:
    found = ivms101.read(_of_2023(customerIdentification="77"))
    assert found == ivms101.Message(True, (), "Tango", "Papa Ltd; Papa")


def _capital(part: Any) -> Any:
    if isinstance(part, list):
        return [_capital(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {f"{name[0].upper()}{name[1:]}": _capital(value) for name, value in part.items()}


def _in_lists(part: Any) -> Any:
    if isinstance(part, list):
        return [_in_lists(each) for each in part]
    if not isinstance(part, dict):
        return part
    named = {name: _in_lists(value) for name, value in part.items()}
    return {**named, "name": [named["name"]]} if "name" in named else named


@pytest.mark.parametrize(
    "written",
    [
        {"ivms101": message()},
        {"IVMS101": message()},
        _capital(message()),
        {"ivms101": _capital(message())},
        _in_lists(message()),
    ],
)
def test_a_message_is_read_in_the_ways_that_networks_write_it(written: Any) -> None:
    assert ivms101.read(written) == ivms101.read(message())


@pytest.mark.parametrize(
    ("field", "value", "is_known"),
    [
        ("geographicAddress", [{"addressType": "HOME", "country": "US"}], False),
        ("geographicAddress", [{"streetName": "N/A", "townName": "Denver"}], True),
        ("geographicAddress", [{"addressLine": ["-", " "]}], False),
        ("nationalIdentification", {"nationalIdentifierType": "CCPT"}, False),
        ("nationalIdentification", {"nationalIdentifier": "C1"}, True),
        ("dateAndPlaceOfBirth", {"placeOfBirth": "LA"}, False),
        ("dateAndPlaceOfBirth", {"dateOfBirth": "1990-01-01", "placeOfBirth": "LA"}, True),
        ("customerNumber", "xxx", False),
        ("customerNumber", "5", True),
    ],
)
def test_a_payer_is_known_by_what_says_something(field: str, value: Any, *, is_known: bool) -> None:
    missing = ivms101.read(_of_2023(**{field: value})).missing
    assert missing == (() if is_known else ("address, number or birth of the originator",))


def test_names_in_a_local_script_and_of_a_second_payer_are_names_too() -> None:
    whole = message()
    local = {"primaryIdentifier": "로버트 반스", "nameIdentifierType": "LEGL"}
    persons = whole["originator"]["originatorPersons"]
    persons[0]["naturalPerson"]["name"]["localNameIdentifier"] = [local]
    persons.append(person("Golf", "Hotel"))
    assert ivms101.read(whole).originator == "Kilo Tango; 로버트 반스; Hotel Golf"


def test_a_message_that_is_nested_without_end_is_not_valid() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = {"originator": deep}
    assert not ivms101.read(deep).is_valid
