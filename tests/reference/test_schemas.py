"""The JSON schemas take what the product takes, and refuse what it refuses."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from surveillance import yamlfile
from surveillance.errors import SurveillanceError
from surveillance.reference import schema
from surveillance.reference.schemas import FILES

CHECKOUT = Path(__file__).parents[2]
RULES = sorted(CHECKOUT.glob("rules/*/*.yml"))
VENUES = [
    *sorted(CHECKOUT.glob("tests/venues/**/*.yml")),
    CHECKOUT / "surveillance" / "demo.yml",
]
VALIDATORS = {name: Draft202012Validator(schema(name)) for name in FILES}


def faults(name: str, data: Any) -> list[str]:
    return [fault.message for fault in VALIDATORS[name].iter_errors(data)]


@pytest.mark.parametrize("name", FILES)
def test_a_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_shipped_rule_fits(path: Path) -> None:
    assert faults("rule", yamlfile.load(path).data) == []


@pytest.mark.parametrize("path", VENUES, ids=lambda path: path.relative_to(CHECKOUT).as_posix())
def test_every_venue_file_fits(path: Path) -> None:
    assert faults("venue", yamlfile.load(path).data) == []


def test_unknown_missing_and_wrong_keys_do_not_fit() -> None:
    rule = yamlfile.load(RULES[0]).data
    assert faults("rule", {**rule, "lockback": "1h"})
    assert faults("rule", {key: value for key, value in rule.items() if key != "law"})
    assert faults("rule", {**rule, "severity": "dire"})
    assert faults("rule", {**rule, "version": 0})
    venue = yamlfile.load(CHECKOUT / "tests" / "venues" / "swaps.yml").data
    assert faults("venue", {**venue, "seed": 7})
    assert faults("venue", {**venue, "source": "synthetic"})
    assert faults("venue", {**venue, "files": {"events": {"glob": "*", "format": "xlsx"}}})


def test_every_key_says_what_it_means() -> None:
    for name in FILES:
        whole = schema(name)
        parts = [whole, *whole["$defs"].values()]
        keys = [key for part in parts for key in part.get("properties", {}).values()]
        assert len(keys) > 20
        assert all(key.get("description") for key in keys)


def test_other_files_have_none() -> None:
    with pytest.raises(SurveillanceError, match="expected rule or venue, was 'lock'"):
        schema("lock")
