"""Links: what ties two accounts, how surely, and what ties nobody."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.facts.groups import SURE
from tests.given.depth import deep
from tests.given.hands import Rows, fact, logins, paid


def strengths(**tables: Rows) -> dict[tuple[str, str, str], float]:
    rows = fact("links", **tables)
    return {(row["trader_id"], row["other_id"], row["kind"]): row["strength"] for row in rows}


# --- What the venue knows ---


def test_accounts_of_an_owner_are_tied_to_the_first_of_them() -> None:
    accounts: Rows = [{"trader_id": name, "owner_id": "X"} for name in "CAB"]
    tied = strengths(accounts=accounts)
    assert tied == {("A", "B", "owner"): 1, ("A", "C", "owner"): 1}


def test_an_account_that_the_venue_links_to_another_is_tied_to_it_once() -> None:
    both: Rows = [{"trader_id": "A", "linked_to": "B"}, {"trader_id": "B", "linked_to": "A"}]
    assert strengths(accounts=both) == {("A", "B", "declared"): 1}


def test_a_link_to_oneself_or_to_nobody_known_ties_nothing() -> None:
    rows: Rows = [{"trader_id": "A", "linked_to": "A"}, {"trader_id": "B", "linked_to": "gone"}]
    assert strengths(accounts=rows) == {}


# --- Who somebody is ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"national_id": "AB 12-34 56"}, {"national_id": "ab123456"}),
        (
            {"national_id": "C-07", "birth_date": "1977-07-09"},
            {"national_id": "c 07", "birth_date": "1977-07-09"},
        ),
        ({"lei": "5299000J2N45DDNE4Y28"}, {"lei": "5299000j2n45ddne4y28"}),
        (
            {"name": "José Pérez", "birth_date": "1980-02-01"},
            {"name": "JOSE PEREZ ", "birth_date": "1980-02-01"},
        ),
    ],
)
def test_one_identity_ties_two_accounts(one: dict[str, Any], other: dict[str, Any]) -> None:
    kyc: Rows = [{"trader_id": "A", **one}, {"trader_id": "B", **other}]
    assert strengths(kyc=kyc)["A", "B", "kyc"] >= SURE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"national_id": "unknown"}, {"national_id": "unknown"}),
        ({"national_id": ""}, {"national_id": ""}),
        ({"national_id": "C-07"}, {"national_id": "C-07"}),
        (
            {"national_id": "00", "birth_date": "1980-02-01"},
            {"national_id": "00", "birth_date": "1980-02-01"},
        ),
        (
            {"national_id": "C-07", "birth_date": "1980-02-01"},
            {"national_id": "C-07", "birth_date": "1981-02-01"},
        ),
        ({"name": "Ann Li"}, {"name": "Ann Li"}),
        (
            {"name": "Ann Li", "birth_date": "1980-02-01"},
            {"name": "Ann Li", "birth_date": "1981-02-01"},
        ),
    ],
)
def test_a_name_alone_or_a_blank_number_ties_nobody(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert strengths(kyc=[{"trader_id": "A", **one}, {"trader_id": "B", **other}]) == {}


def test_a_credential_of_one_holder_ties_accounts() -> None:
    rows: Rows = [
        {"trader_id": name, "credential_id": name, "nullifier": "holder"} for name in "AB"
    ]
    assert strengths(kyc_credentials=rows)["A", "B", "kyc"] >= SURE


# --- What somebody uses ---


def test_two_accounts_on_a_device_are_tied_from_when_both_used_it_and_it_says_so() -> None:
    (link,) = fact("links", logins=logins("A", "B", device_id="d1"))
    assert link["strength"] >= SURE
    assert (link["since"].hour, link["until"].day - link["since"].day) == (1, 2)
    assert link["shared_by"] == 2
    said = "both signed in from device d1, on 3 and 3 days, as nobody else did"
    assert link["reason"] == said


def test_a_cookie_is_as_good_as_a_device() -> None:
    assert strengths(logins=logins("A", "B", cookie_id="c"))["A", "B", "device"] >= SURE


def test_what_the_other_account_of_an_owner_uses_is_no_news() -> None:
    accounts: Rows = [{"trader_id": name, "owner_id": "X"} for name in "AB"]
    tied = strengths(accounts=accounts, logins=logins("A", "B", device_id="d"))
    assert set(tied) == {("A", "B", "owner")}


def test_the_more_owners_share_a_device_the_less_it_says() -> None:
    of = [
        strengths(logins=logins(*(f"T{n:02}" for n in range(size)), device_id="d")).get(
            ("T00", "T01", "device"), 0
        )
        for size in (2, 4, 8, 20, 41)
    ]
    assert of == sorted(of, reverse=True)
    assert of[1] >= SURE > of[3] > of[4] == 0


def test_many_accounts_of_one_owner_are_one_who_shares() -> None:
    accounts: Rows = [{"trader_id": f"T{n}", "owner_id": "X"} for n in range(30)]
    users = [*(f"T{n}" for n in range(30)), "Z"]
    tied = strengths(accounts=accounts, logins=logins(*users, days=1, device_id="d"))
    assert tied["T0", "Z", "device"] >= SURE


def test_a_network_address_is_never_enough() -> None:
    assert 0 < strengths(logins=logins("A", "B", ip="10.1.2.3"))["A", "B", "ip"] < SURE / 2


def test_an_anonymising_exit_ties_nobody() -> None:
    assert strengths(logins=logins("A", "B", ip="10.1.2.3", is_anonymised=True)) == {}


def test_who_was_not_let_in_has_used_nothing() -> None:
    tried = logins("B", device_id="d", kind="failure")
    assert strengths(logins=[*logins("A", device_id="d"), *tried]) == {}


@pytest.mark.parametrize(("days", "later"), [(1, 4), (5, 5), (5, 20)])
def test_a_phone_handed_on_says_little(days: int, later: int) -> None:
    rows = [
        *logins("A", days=days, device_id="d"),
        *logins("B", since=later, days=days, device_id="d"),
    ]
    (link,) = fact("links", logins=rows)
    assert link["strength"] < SURE / 2
    assert link["reason"].endswith("; one had left it before the other came")


def test_a_device_that_is_used_by_turns_is_not_handed_on() -> None:
    turns = [
        *logins("A", days=1, device_id="d"),
        *logins("B", since=5, days=1, device_id="d"),
        *logins("A", since=9, days=1, device_id="d"),
    ]
    assert strengths(logins=turns)["A", "B", "device"] >= SURE


def test_what_was_used_long_before_the_last_that_is_known_is_forgotten() -> None:
    rows = [*logins("A", "B", device_id="d"), *logins("C", since=100)]
    assert strengths(logins=rows) == {}


# --- Where money goes ---


def test_accounts_paid_out_to_one_address_are_tied() -> None:
    out = paid("out", "A", "B", kind="chain", address="0xa")
    assert strengths(transfers=out) == {("A", "B", "address_out"): 0.9}


def test_accounts_paid_from_one_address_are_tied() -> None:
    into = paid("in", "A", "B", kind="chain", address="0xa")
    assert strengths(transfers=into)["A", "B", "address_in"] >= SURE


def test_an_address_that_many_are_paid_from_ties_them_less_and_less() -> None:
    crowd = [f"T{n}" for n in range(6)]
    tied = strengths(transfers=paid("in", *crowd, kind="chain", address="hot"))
    assert max(tied.values()) < SURE


@pytest.mark.parametrize("how", [{"counterparty_vasp": "VASP"}, {"self_hosted": False}])
def test_an_address_that_an_institution_holds_ties_nobody(how: dict[str, Any]) -> None:
    assert strengths(transfers=paid("in", "A", "B", kind="chain", address="0xa", **how)) == {}


def test_an_exchange_s_hot_wallet_ties_nobody() -> None:
    rows = paid("in", "A", "B", kind="chain", address="hot")
    labels: Rows = [{"address": "hot", "category": "exchange"}]
    assert strengths(transfers=rows, address_labels=labels) == {}


def test_a_bank_account_that_two_are_paid_out_to_ties_and_one_that_pays_them_hardly() -> None:
    out = paid("out", "A", "B", kind="bank", counterparty_id="joint")
    wages = paid("in", "C", "D", kind="bank", counterparty_id="employer")
    tied = strengths(transfers=[*out, *wages])
    assert tied["A", "B", "bank"] >= SURE > tied["C", "D", "bank"]


def test_a_payment_within_the_venue_ties_nobody() -> None:
    rows = paid("in", "A", "B", kind="internal", counterparty_id="C")
    assert strengths(transfers=rows) == {}


def test_a_contract_that_two_use_says_something_and_a_router_hardly_anything() -> None:
    swap = {"asset_in": "USDC", "asset_out": "T", "pool": "P", "block": 1, "log_index": 0}
    own: Rows = [
        {**swap, "trader_id": name, "tx_hash": name, "contract": "own"} for name in ("A", "B")
    ]
    router: Rows = [
        {**swap, "trader_id": f"R{n}", "tx_hash": f"r{n}", "contract": "router"} for n in range(9)
    ]
    tied = strengths(swaps=[*own, *router])
    assert SURE > tied.pop(("A", "B", "contract")) > 0.5
    assert max(tied.values()) < 0.1


# --- Whatever happens ---

TABLES = st.lists(
    st.tuples(
        st.sampled_from(["device_id", "ip", "address", "bank"]),
        st.sampled_from("ABCDE"),
        st.sampled_from("xy"),
        st.integers(0, 9),
    ),
    max_size=12,
)


def activity(uses: list[tuple[str, str, str, int]]) -> dict[str, Rows]:
    signed = [
        row
        for what, who, key, day in uses
        if what in ("device_id", "ip")
        for row in logins(who, since=day, days=1, **{what: key})
    ]
    moved = [
        {**row, "at": f"{day}d", "transfer_id": f"{n}"}
        for n, (what, who, key, day) in enumerate(uses)
        if what in ("address", "bank")
        for row in paid(
            "out", who, kind="bank" if what == "bank" else "chain",
            **{"counterparty_id" if what == "bank" else "address": key},
        )
    ]  # fmt: skip
    return {"logins": signed, "transfers": moved}


@settings(max_examples=deep(10, 20), deadline=None)
@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(
    uses: list[tuple[str, str, str, int]], chance: Any
) -> None:
    tables = activity(uses)
    for rows in (shuffled := {name: list(rows) for name, rows in tables.items()}).values():
        chance.shuffle(rows)
    assert fact("links", **shuffled) == fact("links", **tables)


@settings(max_examples=deep(10, 20), deadline=None)
@given(TABLES)
def test_who_comes_first_by_name_never_matters(uses: list[tuple[str, str, str, int]]) -> None:
    """Names turned round, A for E and so on, turn the pairs round and nothing else."""
    turn = dict(zip("ABCDE", "EDCBA", strict=True))
    turned = [(what, turn[who], key, day) for what, who, key, day in uses]
    there = {
        (frozenset((row["trader_id"], row["other_id"])), row["kind"], row["strength"])
        for row in fact("links", **activity(uses))
    }
    back = {
        (frozenset((turn[row["trader_id"]], turn[row["other_id"]])), row["kind"], row["strength"])
        for row in fact("links", **activity(turned))
    }
    assert there == back
    assert all(0 < strength <= 1 for *_, strength in there)


def test_every_reason_reads_as_a_sentence_about_both() -> None:
    rows = fact(
        "links",
        logins=[*logins("A", "B", device_id="d"), *logins("A", "B", "C", ip="10.0.0.1")],
        transfers=paid("out", "A", "B", kind="bank", counterparty_id="b"),
        kyc=[{"trader_id": name, "lei": "5299000J2N45DDNE4Y28"} for name in "AB"],
    )
    assert {row["kind"] for row in rows} == {"device", "ip", "bank", "kyc"}
    sentence = r"both (signed|paid|were|have) .+, as (nobody else did|did (one other|\d+ others))"
    assert [row["reason"] for row in rows if not re.fullmatch(sentence, row["reason"])] == []
