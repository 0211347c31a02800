import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session, select

from surveillance.canonical import canonical, digest, restored
from surveillance.casework import cases, closings, files, filings, queue
from surveillance.casework.question import Question
from surveillance.casework.stored import dossier_of as dossier_of_alert
from surveillance.errors import CaseError, SurveillanceError
from surveillance.model import Dossier, Hit, Risk, Scene, Severity
from surveillance.records.tables import Alert, CaseState, Disposition, Officer, Report
from tests.given import filing
from tests.given.dossiers import DAY, dossier, scene, transfer_rows
from tests.given.filing import LATER, dossier_of, opened, taken

Staff: TypeAlias = dict[str, Officer]
DAYS = timedelta(days=1)


def ids(page: queue.Page) -> list[str]:
    return [case.subject for case in page.cases]


# --- drawn whatever their priority ---


def test_some_of_the_lower_half_are_drawn_each_day_and_the_same_for_all(session: Session) -> None:
    for number in range(12):
        name = f"{number:02}"
        filing.file(session, [dossier_of(f"O{name}", f"T{name}", score=50.0 + number)], LATER)
    days = [queue.drawn(session, now=LATER + day * DAYS) for day in range(6)]

    lower = {f"O{number:02}" for number in range(6)}
    assert all(len(day) == 3 and {case.subject for case in day} <= lower for day in days)
    assert {case.subject for day in days for case in day} == lower
    assert queue.drawn(session, now=LATER) == days[0]


# --- the list ---


def test_the_queue_is_in_order_of_priority_then_age(session: Session) -> None:
    filing.file(session, [dossier_of("B", "T-2", score=80.0)], LATER + DAYS)
    filing.file(session, [dossier_of("A", "T-1", score=80.0)], LATER)
    filing.file(session, [dossier_of("C", "T-3", score=65.0, severity=Severity.CRITICAL)], LATER)
    assert ids(queue.queue(session, now=LATER)) == ["C", "A", "B"]


def test_a_line_sums_up_the_alerts_of_its_case(session: Session, staff: Staff) -> None:
    batch = [
        dossier_of(score=70.0, severity=Severity.CRITICAL, instrument="ETH-PERP"),
        dossier_of(score=90.0, severity=Severity.LOW, seconds=1),
        dossier_of(
            score=60.0, seconds=2, instrument=None, risk=Risk.KYC_AML, typology="structuring"
        ),
    ]
    case = taken(session, staff["officer-1"], *batch)
    assert queue.queue(session, now=LATER + 2 * DAYS).cases == (
        queue.CaseSummary(
            id=case.id,
            subject="OWN-1",
            owner_id="OWN-1",
            state=CaseState.INVESTIGATING,
            assignee="officer-1",
            awaits_approval=False,
            priority=79.16,
            top_score=90.0,
            severity=Severity.CRITICAL,
            risks=(Risk.MANIPULATION, Risk.KYC_AML),
            typologies=("spoofing", "structuring"),
            instruments=("BTC-PERP", "ETH-PERP"),
            alert_count=3,
            hit_count=3,
            grown=0,
            opened_at=LATER,
            age=2 * DAYS,
            disposition=None,
            closed_at=None,
            first_act=case.first_act,
            last_act=case.last_act,
            due_at=LATER + DAYS,
            snoozed_until=None,
        ),
    )


def test_the_queue_shows_what_is_not_closed_unless_asked(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    case = taken(session, officer, dossier_of("A", "T-1"))
    opened(session, dossier_of("B", "T-2"))
    closings.dispose(
        session, case.id, officer, Disposition.FALSE_POSITIVE, reason="a hedge", at=LATER + DAYS
    )
    assert ids(queue.queue(session, now=LATER)) == ["B"]
    page = queue.queue(session, Question(states=[CaseState.CLOSED]), now=LATER + 9 * DAYS)
    assert ids(page) == ["A"]
    assert page.cases[0].age == DAYS


def test_the_queue_is_filtered_by_assignee_and_risk(session: Session, staff: Staff) -> None:
    taken(session, staff["officer-1"], dossier_of("A", "T-1"))
    taken(session, staff["officer-2"], dossier_of("B", "T-2", risk=Risk.FRONT_RUNNING))
    opened(session, dossier_of("C", "T-3", risk=Risk.FRONT_RUNNING))
    assert ids(queue.queue(session, Question(assignee="officer-1"), now=LATER)) == ["A"]
    assert ids(queue.queue(session, Question(unassigned=True), now=LATER)) == ["C"]
    assert set(ids(queue.queue(session, Question(risk=Risk.FRONT_RUNNING), now=LATER))) == {
        "B",
        "C",
    }
    assert ids(queue.queue(session, Question(risk=Risk.KYC_AML), now=LATER)) == []


def test_a_page_says_how_many_there_are(session: Session) -> None:
    filing.file(
        session, [dossier_of(f"OWN-{n}", f"T-{n}", score=60.0 + n) for n in range(5)], LATER
    )
    page = queue.queue(session, now=LATER, limit=2, offset=1)
    assert (ids(page), page.total) == (["OWN-3", "OWN-2"], 5)
    assert queue.queue(session, now=LATER, offset=9).cases == ()


def test_a_line_reads_no_dossier(session: Session) -> None:
    opened(session)
    session.commit()
    session.expunge_all()
    asked: list[str] = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *event_args: asked.append(event_args[2])
    )
    queue.queue(session, now=LATER)
    assert re.search(r"alerts\.score\b", " ".join(asked))
    assert not re.search(r"alerts\.dossier\b", " ".join(asked))


# --- what to do next ---


def test_the_next_case_is_ones_own_or_free_by_priority(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    taken(session, staff["officer-2"], dossier_of("A", "T-1", score=99.0))
    own = taken(session, officer, dossier_of("B", "T-2", score=80.0))
    free = opened(session, dossier_of("C", "T-3", score=70.0))
    assert queue.next_case(session, officer, now=LATER) == own.id
    assert queue.next_case(session, officer, now=LATER, skip=[own.id]) == free.id
    assert queue.next_case(session, officer, now=LATER, skip=[own.id, free.id]) is None


def test_a_supervisor_is_first_asked_to_approve(session: Session, staff: Staff) -> None:
    case = taken(session, staff["officer-1"], dossier_of("A", "T-1", score=60.0))
    urgent = opened(session, dossier_of("B", "T-2", score=99.0))
    filing.drafted(session, case, staff["officer-1"])
    assert queue.next_case(session, staff["supervisor-1"], now=LATER) == case.id
    assert queue.next_case(session, staff["officer-1"], now=LATER) == urgent.id
    assert queue.queue(session, now=LATER).cases[1].awaits_approval


def test_a_supervisor_is_not_asked_to_approve_their_own(session: Session, staff: Staff) -> None:
    supervisor = staff["supervisor-1"]
    case = taken(session, supervisor)
    filing.drafted(session, case, supervisor)
    assert queue.next_case(session, supervisor, now=LATER) is None


# --- the file of a case ---


def test_a_case_file_holds_everything_of_its_case(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    first = taken(session, officer)
    closings.dispose(session, first.id, officer, Disposition.CONFIRMED, reason="bait", at=LATER)
    weak, strong = dossier_of(seconds=60, score=70.0), dossier_of(seconds=61, score=90.0)
    case = taken(session, officer, weak, strong)
    cases.comment(session, case.id, officer, "asked the desk", LATER)
    cases.read(session, case.id, staff["auditor-1"], LATER)
    report = Report(
        kind="stor", case_id=case.id, sha256="f", path="a.pdf", created_at=LATER, journal_head="0"
    )
    session.add(report)
    session.commit()
    file = files.case_file(session, case.id, now=LATER)
    assert [alert.dossier for alert in file.alerts] == [strong, weak]
    assert [comment.text for comment in file.comments] == ["asked the desk"]
    assert [entry.verb for entry in file.journal] == [
        "file",
        "file",
        "assign",
        "comment",
    ]
    assert [read.officer_id for read in file.reads] == ["auditor-1"]
    assert [report.path for report in file.reports] == ["a.pdf"]
    assert [line.id for line in file.earlier] == [first.id]
    assert file.summary == queue.queue(session, now=LATER).cases[0]


def test_a_case_file_of_no_case_says_so(session: Session) -> None:
    with pytest.raises(CaseError, match="expected the id of a case, was 'nowhere'"):
        files.case_file(session, "nowhere", now=LATER)


def test_the_queue_writes_nothing(session: Session, staff: Staff) -> None:
    case = opened(session)
    session.commit()
    files.case_file(session, case.id, now=LATER)
    queue.queue(session, now=LATER)
    queue.backlog(session, now=LATER)
    queue.next_case(session, staff["officer-1"], now=LATER)
    assert not session.dirty
    assert not session.new


# --- the backlog ---


def test_the_backlog_counts_by_state_and_age(session: Session, staff: Staff) -> None:
    ages = [timedelta(0), DAYS - timedelta(microseconds=1), DAYS, 3 * DAYS, 29 * DAYS, 400 * DAYS]
    now = LATER + 400 * DAYS
    for number, age in enumerate(ages):
        filing.file(session, [dossier_of(f"OWN-{number}", f"T-{number}")], now - age)
    oldest = queue.queue(session, now=now).cases[0]
    cases.assign(session, oldest.id, staff["officer-1"], staff["officer-1"], now)
    assert queue.backlog(session, now=now) == queue.Backlog(
        by_state={CaseState.OPEN: 5, CaseState.INVESTIGATING: 1, CaseState.ESCALATED: 0},
        by_age={
            "under 1 day": 2,
            "1 to 3 days": 1,
            "3 to 7 days": 1,
            "7 to 30 days": 1,
            "over 30 days": 1,
        },
        unassigned=5,
        awaiting_approval=0,
        overdue=2,
        oldest=LATER,
    )


def test_an_empty_backlog_has_no_oldest(session: Session) -> None:
    backlog = queue.backlog(session, now=LATER)
    assert (backlog.oldest, sum(backlog.by_age.values())) == (None, 0)


def test_what_is_closed_is_no_backlog(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    case = taken(session, officer)
    row = filing.drafted(session, case, officer)
    assert queue.backlog(session, now=LATER).awaiting_approval == 1
    filings.refuse(session, row.id, officer, "Thin.", LATER)
    closings.dispose(session, case.id, officer, Disposition.CONFIRMED, reason="bait", at=LATER)
    backlog = queue.backlog(session, now=LATER)
    assert (backlog.awaiting_approval, sum(backlog.by_state.values())) == (0, 0)


# --- dossiers ---


def test_a_dossier_comes_back_as_it_was_filed() -> None:
    whole = dossier()
    money = dossier(
        rows={"transfers": transfer_rows()}, scene=Scene(DAY), peers={"n": 3, "p": None}
    )
    for each in (whole, money):
        assert restored(Dossier, canonical(each)) == each


def test_a_dossier_from_the_database_says_its_digest(session: Session) -> None:
    opened(session)
    session.commit()
    session.expire_all()
    alert = session.exec(select(Alert)).one()
    assert digest(canonical(dossier_of_alert(session, alert))) == alert.dossier_digest


TEXT = st.text(max_size=5)
SCALAR = TEXT | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.booleans()
MOMENT = st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year >= 1000)
HITS = st.builds(
    Hit,
    score=st.floats(0, 100),
    at=MOMENT,
    started_at=MOMENT,
    measures=st.dictionaries(TEXT, SCALAR | st.none()),
    thresholds=st.dictionaries(TEXT, SCALAR | st.none()),
    evidence=st.dictionaries(TEXT, st.lists(TEXT).map(tuple)),
    reasons=st.lists(TEXT).map(tuple),
)


@given(HITS, st.dictionaries(TEXT, st.none() | TEXT), st.lists(st.tuples(MOMENT, TEXT)))
def test_any_dossier_survives_the_journey(
    hit: Hit, subject: dict[str, str | None], prices: list[tuple[datetime, str]]
) -> None:
    original = dossier(hit=hit, subject=subject, scene=replace(scene(2), prices=tuple(prices)))
    assert restored(Dossier, canonical(original)) == original


@pytest.mark.parametrize("text", ["{}", "not JSON", '{"a": 1}'])
def test_a_dossier_that_cannot_be_read_is_named(session: Session, text: str) -> None:
    case = opened(session)
    alert = session.exec(select(Alert)).one()
    alert.dossier = text
    with pytest.raises(SurveillanceError, match=f"the dossier of alert {alert.id} as this version"):
        files.case_file(session, case.id, now=LATER)
