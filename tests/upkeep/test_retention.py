"""What is old goes and leaves a stone; what is held stays; a replay says why it cannot judge."""

from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from surveillance import pipeline
from surveillance.activity.lake.erasing import Erased
from surveillance.errors import CaseError, SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.proof import audit, bundle
from surveillance.proof.replay import replay
from surveillance.records import journal, seals
from surveillance.records.tables import Case, Officer
from surveillance.times import parse_time
from surveillance.upkeep import holds, retention
from tests.given.installations import DAY, NEXT, PULLED, VENUE, Home, the_run
from tests.given.typed import Say

OLD = parse_time("2031-03-03T06:00:00Z")
"""Five years after the day was over."""
YOUNG = parse_time("2031-03-02T06:00:00Z")


@pytest.fixture
def place(own_small: Home) -> Installation:
    """A judged day, to be erased."""
    return own_small.opened()


def traders(place: Installation) -> set[str]:
    """Return whose transfers of the day there are."""
    with place.lake.view(Window(DAY, NEXT), OLD) as view:
        return {
            row["trader_id"] for row in view.arrow("select trader_id from transfers").to_pylist()
        }


def stored(place: Installation) -> int:
    """Return how many rows of the day lie in files of orders and transfers."""
    paths = (
        path
        for name in ("orders", "transfers")
        for path in (place.lake.root / name).glob("*.parquet")
    )
    times = (ts for path in paths for ts in pq.read_table(path, columns=["ts"])["ts"].to_pylist())
    return sum(ts < NEXT.replace(tzinfo=None) for ts in times)


def wrong(place: Installation) -> list[seals.Finding]:
    """Return what the audit finds."""
    with place.session() as session:
        assert journal.verify(session).ok
        return list(audit.findings(session, place.lake, place.settings.reports))


def hold(place: Installation, subject: str, at: datetime = YOUNG, who: str = "supervisor") -> None:
    """Place a hold."""
    with place.session() as session:
        holds.place(session, session.get_one(Officer, who), subject, "Asked for by a court.", at)


def test_what_is_old_is_gone_from_every_file_and_a_stone_stands_there(place: Installation) -> None:
    before = {name for name, files in place.lake.files().items() if any(f.rows for f in files)}
    gone = retention.erase(place, OLD)

    assert {"orders", "trades", "transfers", "logins"} <= {each.table for each in gone}
    assert traders(place) == set()
    assert stored(place) == 0
    assert "accounts" in before
    assert any(file.rows for file in place.lake.files()["accounts"])
    assert wrong(place) == []
    with place.session() as session:
        stones = dict(journal.entries(session, "erase"))
    stone = stones["table:transfers"]
    assert stone["policy"] == "retention of 5 years"
    assert stone["first"] >= "2026-03-02"
    assert stone["replaces"].endswith(".parquet")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_it_goes_alike_beside_a_database_on_a_server(
    engine: Engine, own_small: Home, tmp_path: Path
) -> None:
    url = engine.url.render_as_string(hide_password=False)
    server = Home(tmp_path / "server", own_small.rules).opened(database=url)
    pipeline.pull(server, VENUE, None, PULLED)
    gone, alike = (retention.erase(each, OLD) for each in (server, own_small.opened()))

    assert {each.table: each.rows for each in gone} == {each.table: each.rows for each in alike}
    assert stored(server) == 0
    assert wrong(server) == []
    with server.session() as session:
        stones = {subject for subject, _ in journal.entries(session, "erase")}
    assert stones == {f"table:{each.table}" for each in gone}
    assert retention.erase(server, OLD) == []
    server.engine.dispose()


def test_what_is_younger_stays(place: Installation) -> None:
    before = stored(place)
    assert retention.erase(place, YOUNG) == []
    assert stored(place) == before > 0


def test_a_replay_of_what_was_erased_says_so(place: Installation) -> None:
    run = the_run(place)
    retention.erase(place, OLD)
    replayed = replay(place.settings, run.id)

    assert not replayed.equal
    assert replayed.digest == ""
    assert replayed.differences
    assert all(
        "rows erased by policy: retention of 5 years" in each.after for each in replayed.differences
    )


def test_an_export_of_what_was_erased_is_refused(place: Installation, tmp_path: Path) -> None:
    retention.erase(place, OLD)
    with place.session() as session, pytest.raises(SurveillanceError, match="erased by policy"):
        bundle.export(session, place.lake, the_run(place).id, tmp_path / "evidence.zip", None)
    assert not (tmp_path / "evidence.zip").exists()


def test_a_longer_policy_keeps_more_and_a_shorter_one_is_refused(
    own_small: Home, place: Installation
) -> None:
    longer = own_small.opened(retention_years=7)
    assert retention.erase(longer, OLD) == []
    with pytest.raises(SurveillanceError, match="retention_years"):
        own_small.opened(retention_years=4)


def test_what_is_held_stays_until_it_is_released(place: Installation) -> None:
    one = sorted(traders(place))[0]
    hold(place, f"trader:{one}")
    retention.erase(place, OLD)
    assert traders(place) == {one}
    assert wrong(place) == []

    with place.session() as session:
        supervisor = session.get_one(Officer, "supervisor")
        holds.release(session, supervisor, f"trader:{one}", "The court is done.", OLD)
    retention.erase(place, OLD)
    assert traders(place) == set()
    assert wrong(place) == []


def test_a_hold_on_a_case_keeps_every_account_of_its_owner(place: Installation) -> None:
    with place.session() as session:
        case = session.exec(select(Case).order_by(Case.id)).first()
        assert case is not None
        subject = case.subject
    hold(place, f"case:{case.id}")
    retention.erase(place, OLD)

    with place.lake.view(Window(DAY, NEXT), OLD) as view:
        rows = view.arrow("select trader_id, owner_id from accounts").to_pylist()
        kept = view.arrow("select trader_id, counterparty_id from transfers").to_pylist()
    its = {subject} | {row["trader_id"] for row in rows if row["owner_id"] == subject}
    assert kept
    assert all(its & {row["trader_id"], row["counterparty_id"]} for row in kept)


def test_a_hold_takes_a_supervisor_a_reason_and_a_subject(place: Installation) -> None:
    with pytest.raises(CaseError, match="expected supervisor, was officer"):
        hold(place, "trader:T1", who="officer")
    with pytest.raises(CaseError, match="expected trader:ID, owner:ID or case:ID"):
        hold(place, "T1")
    with pytest.raises(CaseError, match="expected the id of a case"):
        hold(place, "case:none")
    hold(place, "trader:T1")
    with pytest.raises(CaseError, match="not held yet"):
        hold(place, "trader:T1")


def test_an_erasure_that_is_cut_short_is_done_again(place: Installation) -> None:
    def record(gone: Erased) -> None:
        if gone.table == "transfers":
            raise SurveillanceError("killed")

    limit = retention.limit(place, OLD)
    with pytest.raises(SurveillanceError, match="killed"):
        place.lake.erase(limit, (), OLD, record)
    assert traders(place)

    retention.erase(place, OLD)
    assert traders(place) == set()


def test_what_comes_after_an_erasure_is_judged_and_packed_as_ever(place: Installation) -> None:
    retention.erase(place, OLD)
    pipeline.compact(place, OLD, sweep=True)
    assert wrong(place) == []
    window = Window(parse_time("2031-03-02"), parse_time("2031-03-02T01:00:00Z"))
    assert pipeline.run(place, window, OLD, OLD).filed.alerts_new == 0


def test_a_leap_day_has_a_limit(place: Installation) -> None:
    assert retention.limit(place, parse_time("2032-02-29T05:00Z")) == parse_time("2027-02-28")


def test_the_words_of_holds_and_erasure(own_small: Home, say: Say) -> None:
    by = ("trader:T1", "--by", "supervisor", "--reason")
    say(own_small, "holds", "place", *by, "A court asks.")
    assert "trader:T1" in say(own_small, "holds", "list").out
    assert "retention of 5 years" in say(own_small, "erase").out
    say(own_small, "holds", "release", *by, "Done.")
    assert "no holds" in say(own_small, "holds", "list").out
