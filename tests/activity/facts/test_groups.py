"""Groups: who seems to be in one hand, each tied to a core directly, and who stays alone."""

from datetime import timedelta
from itertools import combinations
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.batch import Batch
from surveillance.activity.facts.groups import SURE, stars
from surveillance.activity.lake import Lake
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START
from surveillance.model import Window
from surveillance.simulation import simulate
from surveillance.simulation.settings import SimulationSettings
from tests.given.depth import deep
from tests.given.hands import Rows, fact, fact_in, logins, paid


def groups(**tables: Rows) -> dict[str, str]:
    return {row["trader_id"]: row["group_id"] for row in fact("groups", **tables)}


def together(**tables: Rows) -> set[frozenset[str]]:
    """Return every group of two accounts and more."""
    members: dict[str, set[str]] = {}
    for trader, group in groups(**tables).items():
        members.setdefault(group, set()).add(trader)
    return {frozenset(some) for some in members.values() if len(some) > 1}


def on_devices(*pairs: str) -> Rows:
    """Have each pair of accounts share a device of its own."""
    return [row for n, pair in enumerate(pairs) for row in logins(*pair, device_id=f"d{n}")]


# --- Who is together ---


def test_an_account_that_nothing_ties_is_the_group_of_its_owner() -> None:
    (row,) = fact("groups", accounts=[{"trader_id": "A", "owner_id": "X"}])
    assert (row["owner_id"], row["group_id"], row["core"]) == ("X", "X", "A")
    assert (row["strength"], row["accounts"], row["owners"], row["reasons"]) == (1, 1, 1, [])


def test_an_account_that_is_only_seen_to_sign_in_is_its_own_group() -> None:
    assert groups(logins=logins("A", device_id="d")) == {"A": "A"}


def test_accounts_of_an_owner_and_those_linked_to_them_are_one_group() -> None:
    accounts: Rows = [
        {"trader_id": "A", "owner_id": "X"},
        {"trader_id": "B", "owner_id": "X"},
        {"trader_id": "C", "linked_to": "B"},
        {"trader_id": "D"},
    ]
    assert groups(accounts=accounts) == {"A": "C", "B": "C", "C": "C", "D": "D"}


def test_two_accounts_on_one_device_are_one_group_and_it_says_why() -> None:
    first, second = fact("groups", logins=on_devices("AB"))
    assert (first["group_id"], second["group_id"]) == ("A", "A")
    assert (second["core"], second["accounts"], second["owners"]) == ("A", 2, 2)
    assert second["strength"] >= SURE
    assert second["reasons"] == [
        "both signed in from device d0, on 3 and 3 days, as nobody else did"
    ]


def test_the_other_account_of_an_owner_comes_along() -> None:
    accounts: Rows = [{"trader_id": name, "owner_id": "X"} for name in "AB"]
    assert together(accounts=accounts, logins=on_devices("BC")) == {frozenset("ABC")}


def test_weak_ties_of_different_kinds_add_up() -> None:
    accounts = logins("A", "B", ip="10.1.2.3")
    wages = paid("in", "A", "B", kind="bank", counterparty_id="b")
    crowd = [f"T{n}" for n in range(4)]
    out = paid("out", "A", "B", *crowd, kind="chain", address="0xa")
    assert together(logins=accounts, transfers=wages) == set()
    assert together(transfers=out) == set()
    assert together(logins=accounts, transfers=[*wages, *out]) == {frozenset("AB")}


# --- Who is not ---


def test_a_family_with_one_home_address_and_devices_of_its_own_is_not_one_hand() -> None:
    family = [row for who in "ABC" for row in logins(who, device_id=who, ip="10.0.0.7")]
    assert together(logins=family) == set()


def test_an_office_of_forty_on_one_address_and_one_machine_is_not_one_hand() -> None:
    office = [f"T{n:02}" for n in range(40)]
    assert together(logins=logins(*office, ip="10.0.0.7", device_id="kiosk")) == set()


def test_who_shares_an_exit_of_a_network_is_not_one_hand() -> None:
    exits = logins("A", "B", ip="10.9.9.9", is_anonymised=True)
    assert together(logins=exits) == set()


def test_a_phone_handed_on_does_not_make_strangers_one() -> None:
    phone = [*logins("A", device_id="d"), *logins("B", since=10, device_id="d")]
    assert together(logins=phone) == set()


def test_who_was_paid_by_one_exchange_is_not_one_hand() -> None:
    paid_in = paid("in", "A", "B", kind="chain", address="hot")
    labels: Rows = [{"address": "hot", "category": "exchange"}]
    assert together(transfers=paid_in, address_labels=labels) == set()


# --- No chains ---


def test_two_who_never_met_are_one_group_if_both_are_tied_to_its_core() -> None:
    rows = {row["trader_id"]: row for row in fact("groups", logins=on_devices("AB", "BC"))}
    assert {row["group_id"] for row in rows.values()} == {"B"}
    assert {row["core"] for row in rows.values()} == {"B"}


def test_a_chain_of_four_leaves_out_who_is_tied_to_no_core() -> None:
    assert groups(logins=on_devices("AB", "BC", "CD")) == {"A": "B", "B": "B", "C": "B", "D": "D"}


def test_a_deposit_address_does_not_fuse_those_whom_two_pairs_share_devices_with() -> None:
    chained = paid("out", "B", "C", kind="chain", address="0xa")
    found = together(logins=on_devices("AB", "CD"), transfers=chained)
    assert frozenset("ABCD") not in found
    assert frozenset("ABC") in found


# --- Whatever happens ---

TIES = st.dictionaries(
    st.tuples(st.sampled_from("ABCDEF"), st.sampled_from("ABCDEF")).filter(lambda p: p[0] < p[1]),
    st.sampled_from([0.8, 0.9, 0.95]),
    max_size=12,
)


def both_ways(ties: dict[tuple[str, str], float]) -> list[tuple[str, str, float]]:
    there = [(one, other, strength) for (one, other), strength in ties.items()]
    return sorted([*there, *((other, one, strength) for one, other, strength in there)])


@given(TIES)
def test_nobody_is_in_two_groups_and_everybody_is_tied_to_the_core(
    ties: dict[tuple[str, str], float],
) -> None:
    placed = list(stars(both_ways(ties)))
    owners = [owner for owner, _ in placed]
    assert sorted(owners) == sorted({name for pair in ties for name in pair})
    cores = dict(placed)
    for owner, core in placed:
        assert cores[core] == core
        assert owner == core or (min(owner, core), max(owner, core)) in ties


@given(TIES)
def test_nobody_stays_alone_whose_tie_is_alone_too(ties: dict[tuple[str, str], float]) -> None:
    placed = dict(stars(both_ways(ties)))
    size = {core: list(placed.values()).count(core) for core in placed.values()}
    for one, other in ties:
        assert max(size[placed[one]], size[placed[other]]) > 1


@settings(max_examples=deep(8, 20), deadline=None)
@given(st.lists(st.sampled_from(["AB", "BC", "CD", "AD", "EF"])), st.randoms())
def test_the_order_of_rows_never_matters(pairs: list[str], chance: Any) -> None:
    rows = on_devices(*pairs)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert fact("groups", logins=shuffled) == fact("groups", logins=rows)


def test_a_group_does_not_hang_on_the_window_of_a_run() -> None:
    tables: dict[str, Rows] = {
        "logins": on_devices("AB", "BC"),
        "kyc": [{"at": "9d", "trader_id": name, "lei": "5299000J2N45DDNE4Y28"} for name in "DE"],
        "transfers": paid("out", "F", "G", kind="chain", address="0xa"),
    }
    spans = [timedelta(hours=hours) for hours in (1, 60, 720)]
    windows = [Window(START + span, START + 2 * span) for span in spans]
    first, *others = [fact_in(window, "groups", tables) for window in windows]
    assert [row["group_id"] for row in first] == list("BBBDDFF")
    assert all(rows == first for rows in others)


# --- A venue of some hundred people ---

NEEDED = ("accounts", "kyc", "address_labels", "logins", "transfers", "swaps")


def pairs_of(rows: Rows, column: str) -> set[tuple[str, str]]:
    """Return every pair of accounts that a column says to be together."""
    return {
        (one["trader_id"], other["trader_id"])
        for one, other in combinations(sorted(rows, key=itemgetter("trader_id")), 2)
        if one[column] == other[column]
    }


@pytest.mark.deep
@pytest.mark.parametrize(("seed", "severity"), [(7, 1.0), (8, 0.3)][: deep(1, 2)])
def test_groups_are_the_hands_of_a_simulated_venue(
    tmp_path: Path, seed: int, severity: float
) -> None:
    span = SimulationSettings(days=1, traders=120, seed=seed, severity=severity)
    venue, lake, day = simulate(span), Lake(tmp_path / "lake"), span.day(0)
    tables = {**venue.before, **venue.during}
    lake.land(Batch("venue", "day", {name: tables[name] for name in NEEDED}), day.end)
    with lake.view(day, day.end) as view:
        prepare(view.connection, ["groups"])
        said = pairs_of(view.arrow("from groups").to_pylist(), "group_id")
    true = pairs_of(venue.hands.to_pylist(), "hand")
    assert len(true) > 30
    assert len(said & true) >= 0.98 * len(said)
    assert len(said & true) >= 0.9 * len(true)
