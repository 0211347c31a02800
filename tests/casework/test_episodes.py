"""Hits that follow one another are one alert, whatever the cut and the order of arrival."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from surveillance.casework import alerts, closings, intake
from surveillance.casework.episodes import episodes
from surveillance.casework.intake import Filed
from surveillance.model import Dossier, Severity, Sighting
from surveillance.records.tables import (
    Alert,
    AlertHit,
    Case,
    Disposition,
    JournalEntry,
    Officer,
)
from tests.given import filing
from tests.given.dossiers import NOON
from tests.given.filing import LATER, dossier_of, sighting_of

DAY = timedelta(days=1)
APART = 3 * DAY


def at_days(*days: float, **of_hit: Any) -> list[Sighting]:
    return [sighting_of(at_day(day, **of_hit), APART) for day in days]


def at_day(day: float, **of_hit: Any) -> Dossier:
    """Return the dossier of a hit that began and became true so many days after noon."""
    return dossier_of(seconds=day * 86_400, started_at=NOON + day * DAY, **of_hit)


def ids(sightings: Sequence[Sighting]) -> frozenset[str]:
    return frozenset(sighting.hit.id for sighting in sightings)


def partition(batches: Sequence[Sequence[Sighting]]) -> set[frozenset[str]]:
    """Deal batch after batch, as alerts on file take what comes."""
    on_file: dict[str, list[Sighting]] = {}
    alerts: dict[str, Alert] = {}
    for batch in batches:
        for episode in episodes(list(alerts.values()), batch):
            first, *others = episode.on_file or [_alert(episode.sightings[0])]
            for other in others:
                on_file[first.id] += on_file.pop(other.id)
                del alerts[other.id]
            on_file.setdefault(first.id, []).extend(episode.sightings)
            first.started_at, first.at = episode.started_at, episode.at
            alerts[first.id] = first
    return {ids(sightings) for sightings in on_file.values()}


def _alert(sighting: Sighting) -> Alert:
    hit = sighting.hit
    return Alert.model_validate(
        {
            "id": hit.id, "case_id": "c", "run_id": sighting.run_id, "rule_id": hit.rule_id,
            "version": 1, "risk": hit.risk, "typology": hit.typology, "severity": hit.severity,
            "score": hit.score, "at": hit.at, "started_at": hit.started_at,
            "subject_kind": hit.subject_kind, "subject": hit.subject, "filed_at": LATER,
            "hit_id": hit.id, "hit_at": hit.at, "first_act": hit.at, "last_act": hit.at,
            "dossier": "", "dossier_digest": "",
        }
    )  # fmt: skip


spans = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 60)), min_size=1, max_size=12, unique=True
)


@given(spans, st.data())
def test_any_cut_and_any_order_of_arrival_gives_the_same_alerts(
    hours: list[tuple[int, int]], data: st.DataObject
) -> None:
    sightings = [_lasting(start, length) for start, length in hours]
    mixed = data.draw(st.permutations(sightings))
    cuts = sorted(
        data.draw(st.sets(st.integers(0, len(sightings)), max_size=4)) | {0, len(sightings)}
    )
    batches = [mixed[start:end] for start, end in pairwise(cuts)]

    assert partition(batches) == partition([sightings])


def _lasting(start: int, length: int) -> Sighting:
    [sighting] = at_days((start + length) / 24)
    return replace(
        sighting, hit=replace(sighting.hit, started_at=sighting.hit.at - timedelta(hours=length))
    )


def test_hits_within_the_rules_time_are_one_alert_and_later_ones_another() -> None:
    sightings = at_days(0, 2, 5, 8.1, 9)

    assert partition([sightings]) == {ids(sightings[:3]), ids(sightings[3:])}


def test_an_alert_on_file_grows_and_shows_its_strongest_hit(session: Session) -> None:
    first = dossier_of(score=60.0, severity=Severity.MEDIUM)
    second = at_day(1, score=90.0)
    assert filing.file(session, [first], LATER, APART) == Filed(alerts_new=1, cases_opened=1)
    assert filing.file(session, [second], LATER + DAY, APART) == Filed(alerts_grown=1)

    [alert] = session.exec(select(Alert)).all()
    assert (alert.id, alert.hit_id, alert.hits) == (first.hit.id, second.hit.id, 2)
    assert (alert.score, alert.severity) == (90.0, Severity.HIGH)
    assert (alert.first_act, alert.last_act) == (first.hit.started_at, second.hit.at)
    assert [hit.hit_id for hit in hits_of(session)] == [first.hit.id, second.hit.id]
    assert session.get_one(Case, alert.case_id).priority == 58.42
    assert verbs(session) == ["file", "grow"]


def test_a_weaker_hit_adds_to_the_count_and_changes_no_dossier(session: Session) -> None:
    filing.file(session, [dossier_of(score=90.0)], LATER, APART)
    [before] = [alert.dossier_digest for alert in session.exec(select(Alert)).all()]
    filing.file(session, [at_day(1, score=60.0)], LATER + DAY, APART)

    [alert] = session.exec(select(Alert)).all()
    assert (alert.dossier_digest, alert.score, alert.hits) == (before, 90.0, 2)


def test_a_hit_that_lands_late_between_two_alerts_joins_them(session: Session) -> None:
    early, late = at_day(0), at_day(5, score=99.0)
    assert filing.file(session, [early, late], LATER, APART).alerts_new == 2
    between = at_day(2.5)
    assert filing.file(session, [between], LATER + DAY, APART) == Filed(alerts_grown=1)

    alert, joined = (session.get_one(Alert, each.hit.id) for each in (early, late))
    assert (joined.joined_to, alert.joined_to) == (alert.id, None)
    assert (alert.hits, alert.score, alert.hit_id) == (3, 99.0, late.hit.id)
    assert alert.dossier_digest == joined.dossier_digest
    [entry] = session.exec(select(JournalEntry).where(JournalEntry.verb == "grow")).all()
    assert joined.id in entry.detail


def test_what_was_joined_to_an_alert_follows_it_into_another(session: Session) -> None:
    for day in (0, 5, 10, 7.5, 2.5):
        filing.file(session, [at_day(day)], LATER + day * DAY, APART)

    [alert] = session.exec(select(Alert).where(col(Alert.joined_to).is_(None))).all()
    joined = session.exec(select(Alert).where(Alert.joined_to == alert.id)).all()
    assert (alert.hits, len(joined)) == (5, 2)
    assert len(alerts.hits_of(session, [alert.id])) == 5


def test_money_counts_each_row_once(session: Session) -> None:
    sightings = [
        replace(sighting, amounts=amounts)
        for sighting, amounts in zip(
            at_days(0, 1), ({"t1": "10.50", "t2": "1"}, {"t2": "1", "t3": "0.25"}), strict=True
        )
    ]
    dossiers = {sighting.hit.id: replace(dossier_of(), hit=sighting.hit) for sighting in sightings}
    for sighting in sightings:
        intake.file(session, [sighting], lambda hits: [dossiers[hit.id] for hit in hits], LATER)

    [alert] = session.exec(select(Alert)).all()
    assert alert.money == "11.75"


def test_what_follows_on_a_closed_case_reopens_nothing(
    session: Session, staff: dict[str, Officer]
) -> None:
    officer, nothing = staff["officer-1"], Disposition.NO_FURTHER_ACTION
    case = filing.taken(session, officer, dossier_of())
    closings.dispose(session, case.id, officer, nothing, reason="Explained.", at=LATER)
    later = at_day(1)
    counts = filing.file(session, [later], LATER + DAY, APART)

    assert counts == Filed(alerts_new=1, cases_opened=1)
    alert = session.get_one(Alert, later.hit.id)
    assert session.get_one(Case, alert.case_id).earlier_id == case.id


def hits_of(session: Session) -> list[AlertHit]:
    return sorted(session.exec(select(AlertHit)).all(), key=lambda hit: hit.at)


def verbs(session: Session) -> list[str]:
    return [entry.verb for entry in session.exec(select(JournalEntry)).all()]
