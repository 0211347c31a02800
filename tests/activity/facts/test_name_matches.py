"""Screening: who is found on a list, when and why, and when a decision on it no longer holds."""

from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.sample import START
from surveillance.model import Window
from tests.given.hands import Rows, fact_in

CUSTOMER_SINCE = START.replace(tzinfo=None)
WINDOW = Window(START, START + timedelta(days=30))
ENTRY = {"at": "-60d", "list": "L", "entry_id": "1", "entity": "natural"}
LISTED: Rows = [
    {**ENTRY, "name": "ABDULRAHMAN, Farid", "birth_date": "25 Mar 1977", "country": "Iran"},
    {**ENTRY, "name": "Kit", "name_id": "1", "quality": "weak", "birth_date": "25 Mar 1977"},
    {**ENTRY, "entry_id": "2", "entity": "legal", "name": "Crystalord Trading GmbH"},
    {**ENTRY, "entry_id": "IR", "entity": None, "name": "Iran", "country": "IR"},
]
CUSTOMER = {"at": "-30d", "trader_id": "A", "name": "Farid Abdul-Rahman", "entity": "natural"}
MOVED: Rows = [{"at": "26h", "times": 3, "apart": "1h", "trader_id": "A", "transfer_id": "t{n}"}]


def matches(**tables: Rows) -> Rows:
    """Return what is found in a month, the lists being those above unless they are given."""
    return fact_in(WINDOW, "name_matches", {"watchlist": LISTED, **tables})


def scored(**customer: Any) -> float:
    """Return the best score of one customer."""
    return max((row["score"] for row in matches(kyc=[{**CUSTOMER, **customer}])), default=0.0)


def test_a_customer_is_screened_when_known_and_once_a_day_of_moving_money() -> None:
    rows = matches(kyc=[CUSTOMER], transfers=MOVED)
    assert [(row["because"], row["transfer_ids"]) for row in rows] == [
        ("customer", []),
        ("transfer", ["t0"]),
    ]
    assert {row["entry_id"] for row in rows} == {"1"}
    assert "farid" in rows[0]["reason"]


def test_births_and_countries_speak_for_and_against() -> None:
    typo = {"name": "Farid Abdulrahmam"}
    plain = scored(**typo)
    assert scored(**typo, birth_date="1977-03-25") > plain
    assert scored(**typo, nationality="IR") > plain
    assert scored(**typo, birth_date="1951-01-01", nationality="FR") < 0.8 < plain


def test_a_company_is_found_without_its_form_and_is_no_person() -> None:
    (row,) = matches(kyc=[{**CUSTOMER, "entity": "legal", "name": "CRYSTALORD TRADING LLC"}])
    assert row["entry_id"] == "2"
    assert not matches(kyc=[{**CUSTOMER, "name": "Crystalord Trading"}])


@pytest.mark.parametrize("name", ["Iran", "Farid Sultan", "Kit Farid", "Farid", ""])
def test_a_country_a_first_name_and_nothing_are_nobody(name: str) -> None:
    assert scored(name=name) < 0.8


def test_a_weak_alias_alone_is_no_ground() -> None:
    assert 0 < scored(name="Kit") < 1
    assert scored(name="Kit", birth_date="1950-01-01") < 0.8


def test_whom_a_customer_pays_is_screened_where_it_is_named() -> None:
    paid: Rows = [
        {
            "at": "1h",
            "trader_id": "B",
            "counterparty_name": "Abdulrahman Farid",
            "direction": "out",
        },
        {"at": "2h", "trader_id": "B", "counterparty_vasp": "Crystalord Trading"},
        {"at": "3h", "trader_id": "B", "counterparty_name": "Nobody Known"},
    ]
    rows = matches(transfers=paid)
    assert [(row["party"], row["entry_id"]) for row in rows] == [
        ("counterparty", "1"),
        ("institution", "2"),
    ]


def test_a_customer_and_whom_they_pay_are_found_each_at_a_moment_of_its_own() -> None:
    paid: Rows = [
        {
            "at": "1h",
            "trader_id": "A",
            "counterparty_name": "Abdulrahman Farid",
            "counterparty_vasp": "Crystalord Trading",
            "direction": "out",
        }
    ]
    rows = [row for row in matches(kyc=[CUSTOMER], transfers=paid) if row["ts"] > CUSTOMER_SINCE]
    assert [row["party"] for row in rows] == ["customer", "counterparty", "institution"]
    assert len({row["ts"] for row in rows}) == 3


def test_whom_a_message_names_is_screened_on_both_sides_unless_it_is_anyway() -> None:
    told = {"at": "2h", "transfer_id": "t1", "trader_id": "B", "is_valid": True}
    moved: Rows = [{"at": "1h", "trader_id": "B", "transfer_id": "t1", "direction": "out"}]
    both = {
        **told,
        "originator_name": "Some Body; Farid Abdulrahman",
        "beneficiary_name": "Crystalord Trading",
    }
    rows = matches(transfers=moved, travel_rule_messages=[both])
    assert [(row["party"], row["entry_id"], row["transfer_ids"]) for row in rows] == [
        ("originator", "1", ["t1"]),
        ("beneficiary", "2", ["t1"]),
    ]
    known = {**CUSTOMER, "trader_id": "B"}
    named: Rows = [{**moved[0], "counterparty_name": "CRYSTALORD TRADING"}]
    same = {**told, "originator_name": known["name"], "beneficiary_name": "Crystalord Trading"}
    rows = matches(kyc=[known], transfers=named, travel_rule_messages=[same])
    assert {row["party"] for row in rows} == {"customer", "counterparty"}


def test_a_new_version_of_a_list_screens_again_and_lets_go_of_who_is_off_it() -> None:
    second: Rows = [{**LISTED[0], "at": "5d", "birth_date": "26 Mar 1977"}]
    first, again = matches(kyc=[CUSTOMER], watchlist=[*LISTED[:2], *second])
    assert (first["because"], again["because"]) == ("customer", "list")
    assert first["pair"] != again["pair"]
    gone: Rows = [{**LISTED[2], "at": "5d"}]
    late: Rows = [{"at": "6d", "trader_id": "A"}]
    rows = matches(kyc=[CUSTOMER], watchlist=[*LISTED[:2], *gone], transfers=late)
    assert [row["because"] for row in rows] == ["customer"]


def test_what_was_compared_has_one_digest_until_either_side_changes() -> None:
    moved: Rows = [{"at": "1d", "times": 20, "apart": "1d", "trader_id": "A"}]
    same: Rows = [{**row, "at": "5d"} for row in LISTED]
    married = {**CUSTOMER, "at": "10d", "birth_date": "1977-03-25"}
    rows = matches(kyc=[CUSTOMER, married], watchlist=[*LISTED, *same], transfers=moved)
    before = {row["pair"] for row in rows if row["ts"] < married_at()}
    after = {row["pair"] for row in rows if row["ts"] >= married_at()}
    assert len(before) == len(after) == 1
    assert before != after


def married_at() -> Any:
    """Return when the customer's record changes."""
    return (START + timedelta(days=10)).replace(tzinfo=None)


def test_a_decision_clears_what_was_compared_from_then_on_until_either_side_changes() -> None:
    moved: Rows = [{"at": "1d", "times": 4, "apart": "1d", "trader_id": "A"}]
    changed = {**CUSTOMER, "at": "84h", "birth_date": "1977-03-25"}
    (pair, *_) = {row["pair"] for row in matches(kyc=[CUSTOMER], transfers=moved)}
    decided: Rows = [{"at": "36h", "trader_id": "A", "pair": pair, "decision": "false_hit"}]
    rows = matches(kyc=[CUSTOMER, changed], transfers=moved, screening_decisions=decided)
    assert [row["is_cleared"] for row in rows if row["because"] == "transfer"] == [
        False,
        True,
        True,
        False,
    ]
    withdrawn = [*decided, {**decided[0], "at": "60h", "decision": "same_person"}]
    rows = matches(kyc=[CUSTOMER], transfers=moved, screening_decisions=withdrawn)
    assert [row["is_cleared"] for row in rows if row["because"] == "transfer"] == [
        False,
        True,
        False,
        False,
    ]


def test_a_decision_on_another_account_clears_nobody() -> None:
    moved: Rows = [{"at": "1d", "trader_id": "A"}]
    (row, *_) = matches(kyc=[CUSTOMER], transfers=moved)
    decided: Rows = [{"at": "1h", "trader_id": "B", "pair": row["pair"], "decision": "false_hit"}]
    rows = matches(kyc=[CUSTOMER], transfers=moved, screening_decisions=decided)
    assert not any(row["is_cleared"] for row in rows)
