"""A model is proposed when traders have drifted, and nothing moves before a supervisor agrees."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from surveillance.detection.segments.settings import DriftLimits
from surveillance.governance import calibration, lifecycle, publishing
from surveillance.installation import Installation
from surveillance.records import journal
from surveillance.records.tables import Officer
from surveillance.studies.watch import drift, recalibration, review
from surveillance.studies.watch.cards import markdown
from surveillance.studies.watch.drift import FeatureDrift
from surveillance.studies.watch.segment_card import segment_card
from tests.given import probe
from tests.given.installations import LATER, PULLED, Home

NOON = PULLED.replace(day=2, hour=12)
FOLLOWING = probe.RULE.replace("version: 1", "version: 2").replace(
    "{value: 3,", "{peer_quantile: 0.99, of: transfers, floor: 3,"
)
AT_ONCE = "drift: {psi: 0.0001, features: 0.1, churn: 1}\n"
APPROVED = LATER + timedelta(hours=1)


@pytest.fixture
def place(own_small: Home) -> Iterator[Installation]:
    """A day's installation whose segments are of its morning alone, and which minds any drift."""
    with (own_small.rules / "segments.yml").open("a") as file:
        file.write(AT_ONCE)
    opened = own_small.opened(backtest_days=0, shadow_hours=0)
    version = calibration.calibrate(opened, NOON, PULLED, PULLED)
    with opened.session() as session:
        calibration.propose_by_system(session, version, "A model of the morning.", PULLED)
        calibration.approve(session, session.get_one(Officer, "supervisor"), version, PULLED)
    yield opened
    opened.engine.dispose()


def in_force(place: Installation) -> int:
    """Return the version of the segments that a run would take."""
    with place.session() as session:
        return calibration.segments_in_force(session)[1]


def follow_peers(rules: Path, place: Installation) -> None:
    """Let the probe's threshold follow what is usual among peers."""
    probe.publish(rules, FOLLOWING)
    publishing.publish(place, "officer", "It follows its peers.", PULLED)


def test_a_model_is_proposed_with_what_it_would_change_and_waits(place: Installation) -> None:
    assert in_force(place) == 2
    version = recalibration.check(place, LATER)
    with place.session() as session:
        measured = drift.latest(session, 2)
        (waiting,) = calibration.waiting(session)
        ready = review.latest(session, 3)
    assert version == 3
    assert measured is not None
    assert [row["feature"] for row in measured["features"]] == ["transfers"]
    assert measured["traders_now"] >= measured["traders_of_both"] > 0
    assert (waiting.proposed_by, waiting.reason) == ("system", "; ".join(measured["due"]))
    assert ready == review.reviewed(place, 3, LATER)
    assert ready is not None
    assert (ready["against"], ready["version"]) == (2, 3)
    assert recalibration.check(place, LATER) is None
    assert in_force(place) == 2

    with place.session() as session:
        supervisor = session.get_one(Officer, "supervisor")
        calibration.approve(session, supervisor, 3, APPROVED)
    assert in_force(place) == 3
    assert recalibration.check(place, APPROVED) is None


def test_a_proposal_of_the_schedule_is_turned_down_as_any_other(place: Installation) -> None:
    recalibration.check(place, LATER)
    with place.session() as session:
        supervisor = session.get_one(Officer, "supervisor")
        calibration.refuse(session, supervisor, 3, "One odd afternoon.", APPROVED)
        assert calibration.waiting(session) == []
        assert not session.get_one(Officer, "system").active
    assert in_force(place) == 2


def test_a_card_says_nothing_that_is_not_stored(place: Installation) -> None:
    recalibration.check(place, LATER)
    with place.session() as session:
        row = calibration.version_of(session, 3)
        model = calibration.model_of(session, row)
        kept = journal.latest(session, calibration.CALIBRATE, "segments:3")
        before = segment_card(session, 3)
        supervisor = session.get_one(Officer, "supervisor")
        calibration.approve(session, supervisor, 3, APPROVED)
        card = segment_card(session)
    assert (card["version"], card["digest"]) == (3, row.digest)
    assert kept is not None
    assert card["data"]["features file"] == kept["features"]
    assert card["data"]["settings"] == kept["settings"] == model.settings_digest
    assert card["data"]["traders"] == len(model.assignment)
    assert [row["unit"] for row in card["features"]] == ["transfers"]
    assert card["method"]["seed"] == 1
    assert sum(row["traders"] for row in card["power"]) == len(model.assignment)
    assert [each["decision"] for each in before["approvals"]] == ["waits"]
    (approval,) = card["approvals"]
    assert approval["decision"] == "approved"
    assert approval["proposed by"] == "The schedule (system)"
    assert approval["decided by"] == "supervisor"
    text = markdown(card)
    assert row.digest in text
    assert "| transfers | transfers | Transfers in the window |" in text


def test_a_card_fills_nothing_in_from_the_files_of_today(place: Installation) -> None:
    features = place.settings.rules / "features.yml"
    features.write_text(features.read_text().replace("Transfers in the window", "Nothing at all"))
    with place.session() as session:
        meanings = [row["meaning"] for row in segment_card(session)["features"]]
    assert meanings == ["Transfers in the window"]


def test_lines_that_follow_peers_are_shown_before_and_after(
    own_small: Home, place: Installation
) -> None:
    follow_peers(own_small.rules, place)
    with place.session() as session:
        officer, supervisor = (session.get_one(Officer, who) for who in ("officer", "supervisor"))
        lifecycle.shadow(session, "busy_payer", 2, officer, "To see what it finds.", PULLED)
        lifecycle.approve(session, "busy_payer", 2, supervisor, place.settings, LATER)
    version = calibration.calibrate(place, PULLED, LATER, LATER)
    ready = review.reviewed(place, version, LATER)
    assert ready["rules"] == ["busy_payer"]
    assert ready["judged"] is not None
    moved = {(line["segment"], line["parameter"]) for line in ready["lines"]}
    assert moved
    assert {line["follows"] for line in ready["lines"]} == {"0.99 of transfers"}
    kinds = [change["kind"] for change in ready["changes"]]
    assert ready["alerts"] == {kind: kinds.count(kind) for kind in ("gained", "lost", "changed")}


def test_a_model_is_due_by_share_of_features_or_by_churn() -> None:
    limits = DriftLimits(psi=0.25, features=0.5, churn=0.3)
    rows = [
        FeatureDrift(feature=name, meaning="", unit="", psi=0.3, chance=0.1, drifted=drifted)
        for name, drifted in (("a", True), ("b", False))
    ]
    assert "1 of 2 features have drifted" in drift.due(rows, 0.1, limits)[0]
    assert drift.due(rows[1:], 0.1, limits) == []
    assert drift.due(rows[1:], 0.3, limits) == [
        "30% of the traders would fall elsewhere; the limit is 30%"
    ]
