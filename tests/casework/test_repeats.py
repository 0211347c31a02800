"""What stays below the line and adds up: the pure part, and what is filed of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from surveillance.canonical import restored
from surveillance.casework import cases, closings, files, hiding, repeats
from surveillance.casework.repeats import Near, NewPattern, Repeated
from surveillance.cli import casework
from surveillance.config import Settings as Installation
from surveillance.errors import RuleError
from surveillance.model import Dossier, Hit, Severity, Sighting
from surveillance.records import journal
from surveillance.records.tables import (
    Alert,
    Case,
    Disposition,
    NearHit,
    Officer,
    PatternHit,
    RunRow,
)
from surveillance.reports.alerts import AlertPage
from surveillance.rules import patterns
from surveillance.rules.patterns import PATTERN, HitTimes, founded, is_unusual, occasions
from tests.given import filing
from tests.given.dossiers import NOON, dossier, hit
from tests.given.filing import dossier_of as above

DAY = timedelta(days=1)
WRITTEN = patterns.load(Installation().rules)
assert WRITTEN is not None
SETTINGS = WRITTEN.settings


def near(day: float, person: str = "OWN-1", *, score: float = 45.0, hours: float = 1) -> Near:
    """A hit below the line of an owner, some days after noon."""
    at = NOON + day * DAY
    below = replace(
        hit("close", f"T-{person[4:]}"), owner_id=person, score=score, typology="marking",
        at=at, started_at=at - timedelta(hours=hours),
    )  # fmt: skip
    return Near(person, below)


def gathered(patterns: Sequence[NewPattern]) -> tuple[list[Sighting], list[Dossier]]:
    dossiers = [dossier(hit=pattern, rule=SETTINGS.as_rule, subject={}) for pattern, _ in patterns]
    return [filing.sighting_of(dossier) for dossier in dossiers], dossiers


def filed(session: Session, *near_hits: Near, day: float = 0) -> Repeated:
    if session.get(RunRow, "run") is None:
        end = NOON + DAY
        row = RunRow(
            id="run", start=NOON, end=end, as_of=end, created_at=end, manifest="{}", digest="d"
        )
        session.add(row)
        session.flush()
    assert WRITTEN is not None
    return repeats.file(session, "run", near_hits, WRITTEN, gathered, NOON + day * DAY)


def counted(session: Session) -> dict[str, int]:
    """How many hits each pattern counts."""
    rows = session.exec(select(PatternHit.alert_id)).all()
    return {name: rows.count(name) for name in rows}


def alerts(session: Session) -> list[Alert]:
    return list(session.exec(select(Alert).where(Alert.rule_id == PATTERN).order_by(col(Alert.at))))


def spans(*days: float, hours: float = 1) -> list[HitTimes]:
    return [HitTimes(NOON + day * DAY - timedelta(hours=hours), NOON + day * DAY) for day in days]


def test_hits_whose_times_overlap_are_one_occasion() -> None:
    assert occasions(spans(0, 1, 2)) == [[0], [1], [2]]
    assert occasions(spans(0, 1, 2, hours=30)) == [[0, 1, 2]]
    assert occasions(spans(2, 0, 0.01, 1)) == [[1, 2], [3], [0]]


def test_three_occasions_within_the_quarter_make_a_pattern_and_two_do_not() -> None:
    assert founded(spans(0, 5), SETTINGS) == []
    assert founded(spans(0, 5, 90), SETTINGS) == [0, 1, 2]
    assert founded(spans(0, 5, 91), SETTINGS) == []
    assert founded(spans(0, 0.01, 0.02), SETTINGS) == []


def test_a_pattern_goes_on_as_long_as_the_next_is_near_enough() -> None:
    assert founded(spans(0, 100, 110, 120, 200, 300), SETTINGS) == [1, 2, 3, 4]


@given(st.lists(st.integers(0, 400), max_size=25), st.randoms())
def test_a_pattern_does_not_depend_on_the_order_of_its_hits(
    days: list[int], chance: object
) -> None:
    all_spans = spans(*days)
    mixed = list(all_spans)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    once, again = founded(all_spans, SETTINGS), founded(mixed, SETTINGS)
    assert sorted(all_spans[n] for n in once) == sorted(mixed[n] for n in again)


@given(st.lists(st.integers(0, 200), max_size=25))
def test_every_pattern_has_enough_occasions_and_no_gap(days: list[int]) -> None:
    all_spans = spans(*days)
    places = founded(all_spans, SETTINGS)
    assert len(places) == len(set(places))
    times = sorted(all_spans[n].at for n in places)
    assert not places or len(occasions([all_spans[n] for n in places])) >= 3
    assert all(b - a <= SETTINGS.reach for a, b in pairwise(times))


def test_what_most_others_do_too_is_usual() -> None:
    assert is_unusual(3, [9, 9, 9, 9], SETTINGS)
    assert not is_unusual(3, [3, 3, 3, 3, 3], SETTINGS)
    assert not is_unusual(3, [1] * 14 + [2, 2, 2], SETTINGS)
    assert is_unusual(5, [1] * 14 + [2, 2, 2], SETTINGS)
    assert is_unusual(4, [1, 1, 1, 1, 1], SETTINGS)
    assert not is_unusual(4, [1, 1, 1, 5, 5], SETTINGS)


def test_a_pattern_is_graded_by_its_occasions_and_says_what_it_is() -> None:
    hits = [near(day, score=40 + day).hit for day in range(4)]
    pattern = patterns.pattern_of(hits, "OWN-1", SETTINGS)
    assert (pattern.score, pattern.rule_id, pattern.typology) == (55.0, PATTERN, "marking")
    assert pattern.measures == {"hits": 4, "occasions": 4, "highest score": 43.0}
    assert pattern.reasons[0].startswith(
        "pattern of 4 hits below the line on 4 occasions within 3.0"
    )
    assert (pattern.owner_id, pattern.instrument, pattern.severity) == (
        "OWN-1",
        "BTC-PERP",
        Severity.HIGH,
    )


def test_three_hits_below_the_line_are_one_alert_with_them_as_its_evidence(
    session: Session,
) -> None:
    assert filed(session, near(0), near(1)) == Repeated()
    repeated = filed(session, near(2), day=2)
    (alert,) = alerts(session)
    assert (repeated.filed.alerts_new, repeated.filed.cases_opened) == (1, 1)
    assert counted(session) == {alert.id: 3}
    file = files.case_file(session, alert.case_id, now=NOON + 3 * DAY)
    assert [hit_below.hit for hit_below in file.alerts[0].counted] == [
        near(day).hit for day in range(3)
    ]
    assert journal.verify(session).ok


def test_the_same_hits_are_the_same_alert(session: Session) -> None:
    three = [near(day) for day in range(3)]
    filed(session, *three)
    before = counted(session)
    again = filed(session, *three, day=1)
    assert (again.extended, again.filed.alerts_new) == (0, 0)
    assert counted(session) == before


def test_a_later_hit_extends_the_alert_and_the_journal_says_so(session: Session) -> None:
    filed(session, *(near(day) for day in range(3)))
    (alert,) = alerts(session)
    priority = session.get_one(Case, alert.case_id).priority
    assert filed(session, near(40), day=40).extended == 1
    assert counted(session) == {alert.id: 4}
    (subject, detail), *_ = journal.entries(session, "extend")
    assert subject == f"case:{alert.case_id}"
    assert detail == {"alert": alert.id, "added": 1, "hits": 4}
    assert session.get_one(Case, alert.case_id).priority > priority
    assert filed(session, near(200), day=200).extended == 0


def test_people_and_practices_are_not_mixed(session: Session) -> None:
    other = near(2)
    other = Near(other.person, replace(other.hit, typology="spoofing"))
    filed(session, near(0), near(1), near(2, "OWN-2"), other)
    assert alerts(session) == []


def test_a_hit_that_is_an_alert_by_now_is_not_counted_twice(session: Session) -> None:
    first = near(1)
    filed(session, near(0), first)
    risen = replace(first.hit, score=80.0)
    filing.file(session, [dossier(hit=risen)], NOON + DAY)
    filed(session, near(2), day=2)
    assert alerts(session) == []
    filed(session, near(3), day=3)
    (alert,) = alerts(session)
    assert counted(session) == {alert.id: 3}
    later = replace(near(3).hit, score=90.0)
    filing.file(session, [dossier(hit=later)], NOON + 4 * DAY)
    file = files.case_file(session, alert.case_id, now=NOON + 4 * DAY)
    shown = next(each for each in file.alerts if each.id == alert.id)
    assert [hit_below.is_alert for hit_below in shown.counted] == [False, False, True]


def test_what_an_alert_of_the_same_practice_covers_is_not_counted(session: Session) -> None:
    own = above("OWN-1", "T-1", typology="marking", seconds=0, started_at=NOON - 2 * DAY)
    filing.file(session, [own], NOON)
    filed(session, near(-1), near(-0.5), near(0))
    assert alerts(session) == []


def test_a_closed_case_keeps_its_hits_and_a_new_pattern_takes_new_ones(
    session: Session, staff: dict[str, Officer]
) -> None:
    filed(session, *(near(day) for day in range(3)))
    (alert,) = alerts(session)
    officer, when = staff["officer-1"], NOON + 4 * DAY
    cases.assign(session, alert.case_id, officer, officer, when)
    nothing = Disposition.NO_FURTHER_ACTION
    closings.dispose(session, alert.case_id, officer, nothing, reason="A hedger.", at=when)
    assert filed(session, near(5), near(6), day=6) == Repeated()
    filed(session, near(7), day=7)
    first, second = alerts(session)
    assert counted(session) == {first.id: 3, second.id: 3}
    assert session.get_one(Case, second.case_id).earlier_id == first.case_id


def test_what_a_suppression_covers_is_not_counted(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        hiding, "covered", lambda _, whose, at: {hit.id for hit, of in whose if of == "OWN-1"}
    )
    filed(session, *(near(day) for day in range(3)), near(0, "OWN-2"))
    assert [row.person for row in session.exec(select(NearHit))] == ["OWN-2"]


def test_where_everybody_comes_close_nobody_is_a_pattern(session: Session) -> None:
    everybody = [near(day, f"OWN-{n}") for n in range(8) for day in range(3)]
    filed(session, *everybody)
    assert alerts(session) == []
    filed(session, near(4, "OWN-3"), day=4)
    assert alerts(session) == []
    filed(session, *(near(day, "OWN-3") for day in range(5, 14)), day=14)
    (alert,) = alerts(session)
    assert (alert.owner_id, counted(session)) == ("OWN-3", {alert.id: 13})


def test_the_settings_say_where_they_come_from_and_faults_have_a_place(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    assert patterns.load(folder) is None
    text = (Installation().rules / "patterns.yml").read_text()
    (folder / "patterns.yml").write_text(text.replace("90d", "soon"))
    with pytest.raises(RuleError, match=r"patterns\.yml:1\d"):
        patterns.load(folder)
    parameters = SETTINGS.as_rule["parameters"].values()
    assert all(each["source"] and each["unit"] for each in parameters)


def test_a_report_shows_a_pattern_as_what_it_is(session: Session) -> None:
    filed(session, *(near(day) for day in range(3)))
    (alert,) = alerts(session)
    filing.file(session, [dossier(hit=replace(near(2).hit, score=90.0))], NOON + 3 * DAY)
    file = files.case_file(session, alert.case_id, now=NOON + 3 * DAY)
    shown = next(each for each in file.alerts if each.id == alert.id)
    page = AlertPage(1, shown)
    assert (page.still_counted, page.title) == (2, "Repeat Pattern Below the Line")
    assert "3 hits below the line, 1 of them alerts of their own by now" in page.pattern
    text = "\n".join(casework._lines(file))
    assert text.count("below the line: 2026-03") == 3
    assert text.count("an alert of its own by now") == 1
    assert AlertPage(1, replace(shown, counted=())).pattern == ""


def test_hits_of_a_pattern_come_back_as_they_were(session: Session) -> None:
    filed(session, near(0))
    (row,) = session.exec(select(NearHit)).all()
    assert restored(Hit, row.body) == near(0).hit
    assert isinstance(restored(Hit, row.body), Hit)
