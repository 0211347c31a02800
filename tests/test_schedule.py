"""One scheduler works at a time, and what went wrong is tried again or stopped for."""

import logging
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlmodel import Session

from surveillance import schedule
from surveillance.activity.sources import synthetic
from surveillance.errors import SourceAbort, SourceError
from surveillance.installation import Installation
from surveillance.records.database import engine, migrate
from surveillance.records.tables import Lease
from tests.given.installations import LATER, PULLED, VENUE, Home
from tests.given.probe import alone

MINUTE = timedelta(minutes=1)
LENGTH = timedelta(minutes=60)


def test_the_first_to_come_holds_the_lease_and_renews_it(session: Session) -> None:
    assert schedule.hold(session, "one", PULLED, LENGTH)
    assert not schedule.hold(session, "two", PULLED + MINUTE, LENGTH)
    assert schedule.hold(session, "one", PULLED + 30 * MINUTE, LENGTH)
    assert not schedule.hold(session, "two", PULLED + 89 * MINUTE, LENGTH)


def test_another_takes_over_when_the_lease_has_run_out(session: Session) -> None:
    schedule.hold(session, "one", PULLED, LENGTH)

    assert schedule.hold(session, "two", PULLED + LENGTH, LENGTH)
    assert not schedule.hold(session, "one", PULLED + LENGTH + MINUTE, LENGTH)
    lease = session.get_one(Lease, "scheduler")
    assert (lease.holder, lease.until) == ("two", PULLED + 2 * LENGTH)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_that_come_at_once_one_gets_it(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each in a transaction of its own, many times over."""
    if kind == "sqlite":
        opened = engine(f"sqlite:///{tmp_path / 'lease.db'}")
        migrate(opened)
    else:
        opened = request.getfixturevalue("postgres_engine")
    for number in range(10):
        won: list[str] = []
        at = PULLED + number * 2 * LENGTH

        def take(name: str, at: object = at, won: list[str] = won) -> None:
            with Session(opened) as session, session.begin():
                if schedule.hold(session, name, at, LENGTH):  # type: ignore[arg-type]
                    won.append(name)

        both = [Thread(target=take, args=(name,)) for name in ("one", "two")]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert len(won) == 1
    with Session(opened) as session, session.begin():
        session.delete(session.get_one(Lease, "scheduler"))


@pytest.fixture
def waiting(own_pulled: Home) -> Installation:
    """A pulled day that waits to be judged by one rule."""
    alone(own_pulled.rules)
    return own_pulled.opened()


def test_two_schedulers_judge_a_window_once(waiting: Installation) -> None:
    ran = schedule.tick_once(waiting, "one", PULLED)
    assert ran is not None
    assert ran.filed.alerts_new > 0

    assert schedule.tick_once(waiting, "two", PULLED + MINUTE) is None
    assert schedule.tick_once(waiting, "one", PULLED + MINUTE) is None


def test_a_source_that_fails_is_tried_again(
    waiting: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = Installation(waiting.settings.model_copy(update={"venues": [VENUE]}), waiting.engine)

    def fail(*given: object) -> None:
        raise SourceError("expected an answer, was a timeout")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(synthetic, "pull", fail)
        assert schedule.tick_once(place, "one", PULLED) is None
    assert "was a timeout" in caplog.text

    assert schedule.tick_once(place, "one", PULLED + MINUTE) is not None


def test_what_no_second_try_will_bring_stops_the_scheduler(
    waiting: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    place = Installation(waiting.settings.model_copy(update={"venues": [VENUE]}), waiting.engine)

    def refuse(*given: object) -> None:
        raise SourceAbort("expected a key that is valid, was refused")

    monkeypatch.setattr(synthetic, "pull", refuse)
    with caplog.at_level(logging.ERROR):
        stopped = Thread(target=schedule.serve, args=(place, lambda: LATER), daemon=True)
        stopped.start()
        stopped.join(timeout=30)

    assert not stopped.is_alive()
    assert "was refused" in caplog.text
