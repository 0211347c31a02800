"""One scheduler works at a time, by a clock that never goes back."""

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlmodel import Session

from surveillance.records.database import engine, migrate
from surveillance.records.tables import Lease
from surveillance.schedule import lease
from tests.given.installations import PULLED, Home

MINUTE = timedelta(minutes=1)
LENGTH = timedelta(minutes=60)


def test_the_first_to_come_holds_the_lease_and_renews_it(session: Session) -> None:
    assert lease.hold(session, "one", PULLED, LENGTH)
    assert not lease.hold(session, "two", PULLED + MINUTE, LENGTH)
    assert lease.hold(session, "one", PULLED + 30 * MINUTE, LENGTH)
    assert not lease.hold(session, "two", PULLED + 89 * MINUTE, LENGTH)


def test_another_takes_over_when_the_lease_has_run_out(session: Session) -> None:
    lease.hold(session, "one", PULLED, LENGTH)

    assert lease.hold(session, "two", PULLED + LENGTH, LENGTH)
    assert not lease.hold(session, "one", PULLED + LENGTH + MINUTE, LENGTH)
    row = session.get_one(Lease, "scheduler")
    assert (row.holder, row.until) == ("two", PULLED + 2 * LENGTH)


def test_another_takes_over_at_once_when_the_lease_was_given_back(own_pulled: Home) -> None:
    place = own_pulled.opened()

    assert lease.take(place, "one", PULLED) == PULLED
    lease.release(place, "two")
    assert lease.take(place, "two", PULLED + MINUTE) is None
    lease.release(place, "one")
    assert lease.take(place, "two", PULLED + MINUTE) == PULLED + MINUTE


def test_time_stands_still_while_the_clock_is_behind(own_pulled: Home) -> None:
    place = own_pulled.opened()
    least = timedelta(microseconds=1)

    assert lease.take(place, "one", PULLED) == PULLED
    assert lease.take(place, "one", PULLED - 30 * MINUTE) == PULLED + least
    assert lease.take(place, "one", PULLED) == PULLED + 2 * least
    assert lease.take(place, "one", PULLED + MINUTE) == PULLED + MINUTE


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
                if lease.hold(session, name, at, LENGTH):  # type: ignore[arg-type]
                    won.append(name)

        both = [Thread(target=take, args=(name,)) for name in ("one", "two")]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert len(won) == 1
    with Session(opened) as session, session.begin():
        session.delete(session.get_one(Lease, "scheduler"))
