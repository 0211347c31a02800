"""Decisions on names that stand on lists: what they hold for, and what ends them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from surveillance.activity.preparing import prepare
from surveillance.config import Settings
from surveillance.customers import deciding, rescreening
from surveillance.customers.lists import ListMatch
from surveillance.errors import CaseError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records import journal
from surveillance.records.database import engine
from surveillance.records.tables import Officer
from surveillance.screening.screen import ALGORITHM
from tests.given.customer import LISTED, at, furnish, land
from tests.given.floor import enrol

NOW = at(96)
NEXT = NOW + timedelta(hours=1)


@pytest.fixture
def place(tmp_path: Path, sqlite_template: Path) -> Installation:
    """An installation of the venue written by hand, with staff."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "surveillance.db").write_bytes(sqlite_template.read_bytes())
    settings = Settings(home=home)
    place = Installation(settings, engine(settings.database))
    with place.session() as session:
        enrol(session, datetime(2026, 1, 1, tzinfo=UTC))
    furnish(place.lake)
    return place


def the_match(place: Installation) -> ListMatch:
    (match,) = deciding.desk(place, NEXT).matches
    return match


def decide(place: Installation, decision: str = "false", who: str = "officer-1") -> None:
    pair = the_match(place).row["pair"]
    with Session(place.engine) as session:
        officer = session.get_one(Officer, who)
    deciding.decide(
        place, "T-2210", pair[:12], officer, decision=decision, reason="Born in 1990", at=NOW
    )


def test_a_decision_is_journalled_lands_and_holds_for_what_was_compared(
    place: Installation,
) -> None:
    assert the_match(place).waits
    decide(place)
    match = the_match(place)
    assert not match.waits
    assert match.decision is not None
    assert match.decision["decision"] == "false_hit"
    with place.session() as session:
        detail = journal.latest(session, "screen", "trader:T-2210")
    assert detail is not None
    assert detail["reason"] == "Born in 1990"


def test_one_that_was_journalled_and_had_not_landed_lands_with_the_next(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(deciding, "land", lambda place, at: None)
        decide(place)
    assert the_match(place).waits
    deciding.land(place, NOW)
    deciding.land(place, NOW)
    assert not the_match(place).waits
    assert len(deciding.desk(place, NEXT).decisions) == 1


def test_it_lapses_when_the_list_changes_or_the_customer_and_says_which(
    place: Installation,
) -> None:
    decide(place)
    changed = {**LISTED, "ts": NOW + timedelta(minutes=5), "birth_date": "26 Mar 1977"}
    land(place.lake, "list", watchlist=[changed])
    assert the_match(place).waits
    assert the_match(place).lapsed == "the list changed"
    assert [row["change"] for row in deciding.desk(place, NEXT).changes] == ["changed"]


def test_it_lapses_when_the_customer_changes(place: Installation) -> None:
    decide(place)
    known = {"ts": NOW + timedelta(minutes=5), "trader_id": "T-2210", "entity": "natural"}
    land(place.lake, "kyc", kyc=[{**known, "name": "Farid Abdulrahman"}])
    waiting = [match for match in deciding.desk(place, NEXT).matches if match.waits]
    assert "the customer changed" in {match.lapsed for match in waiting}


def test_it_lapses_when_names_are_compared_in_another_way(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(place)
    for module in ("customers.lists", "activity.facts.name_matches"):
        monkeypatch.setattr(f"surveillance.{module}.ALGORITHM", 99)
    assert the_match(place).lapsed == "the algorithm changed"


def _again(place: Installation) -> list[tuple[str, str]]:
    """Return what screening again changed, the last first."""
    return [(row["became"], row["because"]) for row in deciding.desk(place, NEXT).again]


def test_screening_again_says_who_is_found_and_because_of_what(place: Installation) -> None:
    first = _again(place)
    changed = {**LISTED, "ts": NOW + timedelta(minutes=5), "birth_date": "26 Mar 1977"}
    land(place.lake, "list", watchlist=[changed])
    assert _again(place) == [("still found", "list"), *first]
    known = {"ts": NOW + timedelta(minutes=9), "trader_id": "T-2210", "entity": "natural"}
    land(place.lake, "kyc", kyc=[{**known, "name": "Farid Abdulrahman"}])
    assert _again(place)[0] == ("still found", "customer")
    assert first[-1] == ("found", "customer")


def test_who_is_on_a_list_by_another_programme_is_not_asked_again(place: Installation) -> None:
    first = _again(place)
    same = {**LISTED, "ts": NOW + timedelta(minutes=5), "programme": "another"}
    land(place.lake, "list", watchlist=[same])
    assert _again(place) == first
    later = {**same, "ts": NOW + timedelta(minutes=9), "birth_date": "26 Mar 1951"}
    land(place.lake, "later", watchlist=[later])
    assert _again(place)[0][1] == "list"


def test_who_left_a_list_is_no_longer_found(place: Installation) -> None:
    other = {**LISTED, "ts": NOW + timedelta(minutes=5), "entry_id": "2", "name": "Somebody Else"}
    land(place.lake, "list", watchlist=[other])
    assert _again(place)[0] == ("no longer found", "list")


def test_who_has_another_name_is_no_longer_found(place: Installation) -> None:
    known = {"ts": NOW + timedelta(minutes=5), "trader_id": "T-2210", "entity": "natural"}
    land(place.lake, "kyc", kyc=[{**known, "name": "Berta Bright"}])
    assert _again(place)[0] == ("no longer found", "customer")


def test_a_decision_by_another_way_of_comparing_is_asked_again(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(place)
    assert "algorithm" not in {because for _, because in _again(place)}
    text = rescreening.SQL.replace(f"distinct from {ALGORITHM}", "distinct from 99")
    monkeypatch.setattr(rescreening, "SQL", text)
    assert ("asked again", "algorithm") in _again(place)


@pytest.mark.parametrize(
    ("who", "decision", "expected"),
    [("auditor-1", "false", "auditor"), ("officer-1", "perhaps", "expected true or false")],
)
def test_who_may_not_decide_or_says_nothing_is_refused(
    place: Installation, who: str, decision: str, expected: str
) -> None:
    with pytest.raises(CaseError, match=expected):
        decide(place, decision, who)


def test_an_old_list_and_a_customer_without_a_name_are_said(place: Installation) -> None:
    file = deciding.desk(place, NEXT)
    assert [row["trader_id"] for row in file.unscreened] == ["C", "T-2211"]
    assert "The last version of L is of 2026-01-23" in file.gaps[0]


def test_a_run_does_not_ask_again_what_was_decided(place: Installation) -> None:
    decide(place)
    window = Window(NOW, NEXT)
    moved = {"ts": NOW + timedelta(minutes=1), "seq": 1, "transfer_id": "later", "asset": "USD",
             "trader_id": "T-2210", "direction": "in", "amount": Decimal(1)}  # fmt: skip
    land(place.lake, "moved", NEXT, transfers=[moved])
    with place.lake.view(window, NEXT) as view:
        prepare(view.connection, ["name_matches"])
        rows = view.arrow("select is_cleared from name_matches where because = 'transfer'")
    assert rows.column(0).to_pylist() == [True]
