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
