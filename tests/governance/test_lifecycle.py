"""The life of a rule: never active without proof and a second officer, and never two at once."""

import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from surveillance.config import Settings
from surveillance.errors import CaseError, SurveillanceError
from surveillance.governance import lifecycle
from surveillance.governance.lifecycle import permissions
from surveillance.governance.lifecycle.history import history
from surveillance.governance.lifecycle.permissions import RuleAction
from surveillance.governance.lifecycle.requirements import covered
from surveillance.model import Outcome
from surveillance.records import database, journal, tables
from surveillance.records.tables import Approval, Life, Officer, Role, RuleStep, RunMode, StudyKind
from tests.given.depth import deep
from tests.given.dossiers import NOON
from tests.given.filing import enrol_staff
from tests.given.rulebooks import DAY, HOUR, NAME, WHY, back, book, entry, shadowed, studied

Staff = dict[str, Officer]
FREE = Settings(backtest_days=0, shadow_hours=0)
ASKS = Settings(backtest_days=2, shadow_hours=6)
LATER = NOON + DAY


@pytest.fixture
def people(session: Session, staff: Staff) -> Staff:
    """The staff of an installation whose starter rulebook is the probe."""
    lifecycle.adopt(session, book(entry()), NOON - DAY)
    return staff


def in_shadow(session: Session, people: Staff, version: int = 2) -> None:
    lifecycle.publish(session, [entry(version)], people["officer-1"], WHY, NOON - 12 * HOUR)
    lifecycle.shadow(session, NAME, version, people["officer-1"], WHY, NOON - 8 * HOUR)


def lives(session: Session) -> dict[int, Life]:
    return {number: life for (_, number), life in lifecycle.lives_at(session, LATER).items()}


def test_a_version_goes_from_draft_to_shadow_to_active_and_the_old_one_is_retired(
    session: Session, people: Staff
) -> None:
    lifecycle.publish(session, [entry(2)], people["officer-1"], WHY, NOON)
    assert lives(session) == {1: Life.ACTIVE, 2: Life.DRAFT}
    lifecycle.shadow(session, NAME, 2, people["officer-2"], WHY, NOON)
    assert lifecycle.on_probation(session, NOON).entries[NAME].rule.version == 2
    lifecycle.approve(session, NAME, 2, people["supervisor-1"], FREE, NOON)
    assert lives(session) == {1: Life.RETIRED, 2: Life.ACTIVE}
    assert lifecycle.on_probation(session, NOON).entries == {}
    lifecycle.retire(session, NAME, 2, people["supervisor-2"], "Noise.", NOON)
    assert lives(session) == {1: Life.RETIRED, 2: Life.RETIRED}
    assert lifecycle.in_force(session, NOON).entries == {}


def test_every_verb_is_journalled(session: Session, people: Staff) -> None:
    in_shadow(session, people)
    lifecycle.approve(session, NAME, 2, people["supervisor-1"], FREE, NOON)
    entries = session.exec(select(tables.JournalEntry)).all()

    actions = [(entry.actor, entry.verb) for entry in entries if entry.subject.startswith("rule:")]
    assert actions == [
        ("system", "activate"),
        ("officer-1", "propose"),
        ("officer-1", "publish"),
        ("officer-1", "shadow"),
        ("supervisor-1", "approve"),
        ("supervisor-1", "retire"),
        ("supervisor-1", "activate"),
    ]
    assert journal.verify(session).ok


def test_what_is_missing_is_named_all_at_once_with_what_to_do(
    session: Session, people: Staff
) -> None:
    lifecycle.publish(session, [entry(2)], people["supervisor-1"], WHY, NOON)

    with pytest.raises(CaseError) as refused:
        lifecycle.approve(session, NAME, 2, people["supervisor-1"], ASKS, NOON)
    assert str(refused.value) == (
        "busy_payer@2 cannot go active: expected a second officer to approve it, was its author; "
        "expected a backtest of 2 days of activity, was 0.0 (surveillance backtest --help); "
        "expected 6 hours in shadow, was not in shadow (surveillance rules shadow busy_payer@2)"
    )


def test_with_all_on_record_it_goes_active(session: Session, people: Staff) -> None:
    in_shadow(session, people)
    studied(session, entry(2), back(72, 48))
    studied(session, entry(2), back(60, 24))
    shadowed(session, entry(2), back(6, 0), Outcome.HIT)
    lifecycle.approve(session, NAME, 2, people["supervisor-1"], ASKS, NOON)

    assert lives(session)[2] is Life.ACTIVE
    [grant] = session.exec(select(Approval)).all()
    assert (grant.proposed_by, grant.decided_by, grant.digest) == (
        "officer-1", "supervisor-1", entry(2).digest,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("study", "run", "lacks"),
    [
        ({"one": entry(3)}, {}, "a backtest"),
        ({"kind": StudyKind.TUNING}, {}, "a backtest"),
        ({"window": back(48, 1)}, {}, "a backtest"),
        ({"activity": back(24, 0)}, {}, "a backtest"),
        ({"outcome": Outcome.INSUFFICIENT_DATA}, {}, "a backtest"),
        ({}, {"one": entry(3)}, "shadow runs"),
        ({}, {"mode": RunMode.LIVE}, "shadow runs"),
        ({}, {"outcome": Outcome.INSUFFICIENT_DATA}, "shadow runs"),
        ({}, {"outcome": Outcome.ERROR}, "shadow runs"),
        ({}, {"window": back(6, 1)}, "shadow runs"),
    ],
)
def test_what_proves_something_else_does_not_count(
    session: Session,
    people: Staff,
    study: dict[str, object],
    run: dict[str, object],
    lacks: str,
) -> None:
    in_shadow(session, people)
    studied(session, **{"one": entry(2), "window": back(48, 0), **study})  # type: ignore[arg-type]
    shadowed(session, **{"one": entry(2), "window": back(6, 0), **run})  # type: ignore[arg-type]

    with pytest.raises(CaseError, match=f"expected {lacks}") as refused:
        lifecycle.approve(session, NAME, 2, people["supervisor-1"], ASKS, NOON)
    assert str(refused.value).count("expected") == 1


def test_a_shadow_period_is_not_shortened_by_old_activity(session: Session, people: Staff) -> None:
    in_shadow(session, people)
    shadowed(session, entry(2), back(72, 0))
    asks = Settings(backtest_days=0, shadow_hours=9)

    with pytest.raises(CaseError, match=r"expected 9 hours in shadow, was 8\.0"):
        lifecycle.approve(session, NAME, 2, people["supervisor-1"], asks, NOON)


@pytest.mark.parametrize("who", ["officer-2", "auditor-1", "admin-1"])
def test_only_a_supervisor_approves_and_retires(session: Session, people: Staff, who: str) -> None:
    in_shadow(session, people)
    with pytest.raises(CaseError, match="expected supervisor"):
        lifecycle.approve(session, NAME, 2, people[who], FREE, NOON)
    with pytest.raises(CaseError, match="expected supervisor"):
        lifecycle.retire(session, NAME, 1, people[who], WHY, NOON)


@pytest.mark.parametrize("who", ["auditor-1", "admin-1"])
def test_who_works_no_cases_publishes_and_shadows_nothing(
    session: Session, people: Staff, who: str
) -> None:
    with pytest.raises(CaseError, match="expected officer or supervisor"):
        lifecycle.publish(session, [entry(2)], people[who], WHY, NOON)
    lifecycle.publish(session, [entry(2)], people["officer-1"], WHY, NOON)
    with pytest.raises(CaseError, match="expected officer or supervisor"):
        lifecycle.shadow(session, NAME, 2, people[who], WHY, NOON)


def test_an_old_body_under_a_new_number_needs_only_the_second_officer(
    session: Session, people: Staff
) -> None:
    in_shadow(session, people)
    lifecycle.approve(session, NAME, 2, people["supervisor-1"], FREE, NOON)
    lifecycle.publish(session, [entry(3, least=3)], people["supervisor-1"], "Back.", NOON)

    with pytest.raises(CaseError, match="was its author"):
        lifecycle.approve(session, NAME, 3, people["supervisor-1"], ASKS, NOON)
    lifecycle.approve(session, NAME, 3, people["supervisor-2"], ASKS, NOON)
    assert lifecycle.in_force(session, NOON).entries[NAME].digest == entry(1).digest


def test_a_refused_version_is_retired_and_may_not_come_back(
    session: Session, people: Staff
) -> None:
    in_shadow(session, people)
    lifecycle.refuse(session, NAME, 2, people["supervisor-1"], "Too noisy.", NOON)

    assert lives(session)[2] is Life.RETIRED
    with pytest.raises(CaseError, match="expected busy_payer@2 to be draft or shadow, was retired"):
        lifecycle.approve(session, NAME, 2, people["supervisor-1"], FREE, NOON)
    lifecycle.publish(session, [entry(3)], people["officer-1"], WHY, NOON)
    lifecycle.shadow(session, NAME, 3, people["officer-1"], WHY, NOON)


def test_one_version_at_a_time_is_in_shadow(session: Session, people: Staff) -> None:
    in_shadow(session, people)
    lifecycle.publish(session, [entry(3)], people["officer-1"], WHY, NOON)
    with pytest.raises(CaseError, match="expected no version of busy_payer in shadow, was 2"):
        lifecycle.shadow(session, NAME, 3, people["officer-1"], WHY, NOON)


def test_publishing_again_adds_nothing_and_changed_behaviour_needs_a_number(
    session: Session, people: Staff
) -> None:
    assert lifecycle.publish(session, [entry(2)], people["officer-1"], WHY, NOON) == [f"{NAME}@2"]
    assert lifecycle.publish(session, [entry(2)], people["officer-1"], WHY, NOON) == []
    with pytest.raises(CaseError, match="expected version 3 of busy_payer for changed behaviour"):
        lifecycle.publish(session, [entry(2, least=9)], people["officer-1"], WHY, NOON)
    with pytest.raises(CaseError, match="expected a reason"):
        lifecycle.publish(session, [entry(3)], people["officer-1"], " ", NOON)


def test_a_starter_rulebook_is_adopted_once_and_says_that_nobody_approved_it(
    session: Session, people: Staff
) -> None:
    with pytest.raises(CaseError, match="expected an installation without a published rule"):
        lifecycle.adopt(session, book(entry()), NOON)
    [past] = history(session, NAME, NOON)
    assert (past.row.author, past.life, past.approvals) == ("system", Life.ACTIVE, ())
    assert "no second officer approved it" in past.steps[0].reason


def test_who_publishes_first_has_four_eyes_from_the_first_day(
    session: Session, staff: Staff
) -> None:
    lifecycle.publish(session, [entry()], staff["officer-1"], WHY, NOON)

    assert not lifecycle.is_fresh(session)
    assert lifecycle.in_force(session, LATER).entries == {}


def test_a_window_is_judged_by_what_was_active_at_its_end(session: Session, people: Staff) -> None:
    in_shadow(session, people)
    lifecycle.approve(session, NAME, 2, people["supervisor-1"], FREE, NOON)
    lifecycle.retire(session, NAME, 2, people["supervisor-1"], WHY, LATER)
    tick = timedelta(microseconds=1)

    versions = [
        lifecycle.active(session, at).get(NAME)
        for at in (NOON - 30 * DAY, NOON - DAY, NOON - tick, NOON, LATER - tick, LATER)
    ]
    assert versions == [1, 1, 1, 2, 2, None]


def test_a_clock_that_runs_behind_writes_nothing_into_the_past(
    session: Session, people: Staff
) -> None:
    in_shadow(session, people)
    with pytest.raises(CaseError, match="expected a moment from the last step of busy_payer on"):
        lifecycle.approve(session, NAME, 2, people["supervisor-1"], FREE, NOON - 9 * HOUR)


def test_a_text_that_nobody_approved_does_not_run(session: Session, people: Staff) -> None:
    lifecycle.publish(session, [entry(2)], people["officer-1"], WHY, NOON)
    change = (
        "update rule_versions set text_digest = (select text_digest from rule_versions "
        "where version = 2) where version = 1"
    )
    session.connection().execute(text(change))
    session.expire_all()

    with pytest.raises(SurveillanceError, match="expected the kept text of busy_payer@1"):
        lifecycle.in_force(session, NOON)


def test_time_is_covered_once_however_often_it_was_judged() -> None:
    windows = [back(9, 7), back(8, 6), back(6, 5), back(3, 0), back(2, 1)]

    assert covered((window.start, window.end) for window in windows) == 7 * HOUR
    assert covered([]) == timedelta(0)


# --- Any verbs by anybody in any order, against the simplest model of what may happen ---

WHO = ("officer-1", "officer-2", "supervisor-1", "supervisor-2", "auditor-1", "admin-1")
VERBS = ("publish", "shadow", "approve", "refuse", "retire", "again")
Moves = st.lists(
    st.tuples(st.sampled_from(VERBS), st.sampled_from(WHO), st.integers(1, 4)), max_size=25
)


class Model:
    """What may happen to versions of one rule, as plainly as it can be said."""

    def __init__(self, people: Staff) -> None:
        self.people = people
        self.life: dict[int, Life] = {1: Life.ACTIVE}
        self.author: dict[int, str] = {1: "system"}
        self.body: dict[int, int] = {1: 3}
        self.once = {3}

    def may(self, verb: str, who: str, version: int) -> bool:
        """Say whether a verb should be allowed."""
        role, life = self.people[who].role, self.life.get(version)
        is_boss, works = role is Role.SUPERVISOR, role in (Role.OFFICER, Role.SUPERVISOR)
        on_trial, own = life in (Life.DRAFT, Life.SHADOW), self.author.get(version) == who
        if verb in ("publish", "again"):
            return works
        if verb == "shadow":
            return works and life is Life.DRAFT and Life.SHADOW not in self.life.values()
        if verb == "refuse":
            return on_trial and (is_boss or (works and own))
        if verb == "retire":
            return is_boss and life is Life.ACTIVE
        is_proved = life is Life.SHADOW or self.body.get(version) in self.once
        return is_boss and on_trial and not own and is_proved

    def do(self, verb: str, who: str, version: int, body: int) -> None:
        """Do a verb that is allowed."""
        if verb in ("publish", "again"):
            self.life[version], self.author[version] = Life.DRAFT, who
            self.body[version] = body
        elif verb == "shadow":
            self.life[version] = Life.SHADOW
        elif verb == "approve":
            for other in [v for v, life in self.life.items() if life is Life.ACTIVE]:
                self.life[other] = Life.RETIRED
            self.life[version] = Life.ACTIVE
            self.once.add(self.body[version])
        else:
            self.life[version] = Life.RETIRED


def act(session: Session, who: Officer, verb: str, version: int, body: int, number: int) -> None:
    at = NOON + number * HOUR
    if verb in ("publish", "again"):
        lifecycle.publish(session, [entry(version, body)], who, WHY, at)
    elif verb == "approve":
        lifecycle.approve(session, NAME, version, who, FREE, at)
    else:
        getattr(lifecycle, verb)(session, NAME, version, who, WHY, at)


@given(Moves)
@settings(max_examples=deep(15, 40), deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_but_what_the_model_allows_ever_happens(
    sqlite_template: Path, moves: list[tuple[str, str, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "own.db")
        opened = database.engine(f"sqlite:///{folder}/own.db")
        with Session(opened, expire_on_commit=False) as session:
            played(session, moves)
        opened.dispose()


def assert_shown(session: Session, who: Officer, model: Model, at: datetime) -> None:
    """Hold what is shown as allowed against the model, apart from proof and from other versions."""
    for past in history(session, NAME, at):
        shown = permissions.allowed(past.row, past.life, who, past.waiting)
        done = {verb for verb in RuleAction if model.may(verb, who.id, past.row.version)}
        assert done <= shown
        assert shown - done <= {RuleAction.APPROVE, RuleAction.SHADOW}


def played(session: Session, moves: list[tuple[str, str, int]]) -> None:
    """Play moves, and hold every state against the model, and every past against its record."""
    people = enrol_staff(session)
    lifecycle.adopt(session, book(entry()), NOON)
    session.commit()
    model, taken = Model(people), [1]
    record: list[int | None] = [1]
    for number, (verb, who, chosen) in enumerate(moves, 1):
        is_new = verb in ("publish", "again")
        version = 1 + len(model.life) if is_new else chosen
        body = model.body[min(chosen, len(model.body))] if verb == "again" else 2 + version
        expected = model.may(verb, who, version)
        if not is_new:
            assert_shown(session, people[who], model, NOON + number * HOUR)
        try:
            act(session, people[who], verb, version, body, number)
            session.commit()
            assert expected, (verb, who, version)
            model.do(verb, who, version, body)
        except CaseError:
            session.rollback()
            assert not expected, (verb, who, version)
        at = NOON + number * HOUR
        known = {v: life for (_, v), life in lifecycle.lives_at(session, at).items()}
        assert known == model.life
        active = [v for v, life in known.items() if life is Life.ACTIVE]
        assert len(active) <= 1
        record.append(active[0] if active else None)
        taken.append(len(session.exec(select(RuleStep.id)).all()))
    assert taken == sorted(taken)
    for number, was in enumerate(record):
        assert lifecycle.active(session, NOON + number * HOUR).get(NAME) == was
    expect_four_eyes(session)


def expect_four_eyes(session: Session) -> None:
    """Whatever went active, but the starter, a supervisor granted who is not its author."""
    for step in session.exec(select(RuleStep).where(RuleStep.life == Life.ACTIVE)):
        if step.by == "system":
            continue
        name = f"{NAME}@{step.version}"
        [grant] = session.exec(select(Approval).where(Approval.subject == name)).all()
        assert grant.granted
        assert grant.decided_by == step.by != grant.proposed_by
        assert session.get_one(Officer, step.by).role is Role.SUPERVISOR
