"""What goes wrong in one job costs that job that time, and is said; nothing is judged twice."""

import logging
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Engine, make_url, text
from sqlmodel import select

from surveillance import schedule
from surveillance.activity.sources import files
from surveillance.errors import SourceAbort, SourceError, SurveillanceError
from surveillance.installation import Installation
from surveillance.proof import canaries
from surveillance.records import database, scheduled
from surveillance.records.scheduled import AHEAD, SURVEILLED
from surveillance.records.tables import Alert, Canary, JobRow, RunRow
from surveillance.schedule import lease
from surveillance.schedule.jobs import Job, jobs
from surveillance.schedule.outcomes import Outcome, Worker, due
from tests.given.installations import LATER, NEXT, PULLED, Home
from tests.given.probe import alone
from tests.given.typed import Explain, Say

MINUTE = timedelta(minutes=1)
SHOP = (
    "venue: shop\nsource: files\nfiles: {t: {glob: '*.csv'}}\ntables:\n"
    "  accounts: select opened as ts, id as trader_id, id as owner_id from t\n"
)


@pytest.fixture
def home(own_pulled: Home) -> Home:
    """A pulled day that waits to be judged by one rule."""
    alone(own_pulled.rules)
    return own_pulled


@pytest.fixture
def blank(tmp_path: Path, pulled: Home) -> Home:
    """An installation of one rule into which nothing has landed."""
    home = Home(tmp_path / "blank", tmp_path / "rules")
    home.path.mkdir()
    shutil.copytree(pulled.rules, home.rules)
    alone(home.rules)
    return home


def shop(folder: Path, name: str = "shop", accounts: Iterable[str] = ("Anna",)) -> Path:
    """Write a venue of files."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.yml"
    path.write_text(SHOP.replace("shop", name).replace("*.csv", f"{name}*.csv"))
    lines = "".join(f"{account},2026-03-02\n" for account in accounts)
    (folder / f"{name}.csv").write_text(f"id,opened\n{lines}")
    return path


def once(place: Installation, at: datetime = PULLED) -> dict[str, Outcome]:
    """Do every job once."""
    return {outcome.job: outcome for outcome in schedule.once(place, lambda: at)}


def rows(place: Installation) -> dict[str, JobRow]:
    """Return what is kept of every job."""
    with place.session() as session:
        return {row.name: row for row in scheduled.jobs(session)}


def marks(place: Installation) -> dict[str, datetime]:
    """Return every watermark."""
    with place.session() as session:
        return scheduled.watermarks(session)


def alerts(place: Installation) -> set[str]:
    """Return every alert."""
    with place.session() as session:
        return set(session.exec(select(Alert.id)))


def test_every_job_is_done_once_and_counted(home: Home, tmp_path: Path) -> None:
    place = home.opened(venues=[shop(tmp_path / "market", "market"), shop(tmp_path / "shop")])
    outcomes = once(place)

    daily = ["canaries", "calibration", "drift", "stress", "retention"]
    assert list(outcomes) == ["pull:market", "pull:shop", "tick", *daily]
    assert {outcome.message for outcome in outcomes.values()} == {""}
    assert {(row.runs, row.failures) for row in rows(place).values()} == {(1, 0)}
    assert marks(place)[SURVEILLED] == NEXT
    assert alerts(place)


def test_a_venue_whose_file_is_missing_stops_no_other(
    home: Home, small: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = tmp_path / "gone.yml"
    place = home.opened(venues=[gone, shop(tmp_path / "shop")])
    outcomes = once(place)

    failed = {name: outcome.message for name, outcome in outcomes.items() if outcome.message}
    assert failed.keys() == {"pull:gone"}
    assert "gone.yml" in failed["pull:gone"]
    assert "gone.yml" in caplog.text
    assert alerts(place) == alerts(small.opened())
    assert "pull:shop" in marks(place)
    row = rows(place)["pull:gone"]
    assert (row.runs, row.failures, row.failing, row.succeeded_at) == (1, 1, 1, None)


def test_the_watermark_does_not_pass_a_venue_that_fails_and_nothing_is_filed_twice(
    home: Home, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.yml"
    place = home.opened(venues=[gone])
    once(place)
    filed = alerts(place)

    assert filed
    assert SURVEILLED not in marks(place)
    assert marks(place)[AHEAD] == NEXT
    with place.session() as session:
        made = len(session.exec(select(RunRow.id)).all())
    once(place, PULLED + 15 * MINUTE)
    with place.session() as session:
        assert len(session.exec(select(RunRow.id)).all()) == made

    shop(tmp_path, "gone")
    once(place, PULLED + 30 * MINUTE)
    assert marks(place)[SURVEILLED] == NEXT
    assert alerts(place) == filed
    assert (rows(place)["pull:gone"].failures, rows(place)["pull:gone"].failing) == (2, 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (SourceError("expected an answer, was a timeout"), "was a timeout"),
        (SourceAbort("expected a valid key, was refused"), "was refused"),
        (OSError(28, "No space left on device", "/lake/x"), "No space left on device: /lake/x"),
        (ZeroDivisionError("of trader-7 with the key hunter2"), "ZeroDivisionError at pull:"),
        (SystemExit("trader-7"), "SystemExit at pull:"),
    ],
)
def test_whatever_a_source_raises_ends_its_own_pull_and_names_nobody(
    blank: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    wrong: BaseException,
    message: str,
) -> None:
    place = blank.opened(venues=[shop(tmp_path / "shop")])

    def pull(*given: object) -> None:
        raise wrong

    with monkeypatch.context() as patched, caplog.at_level(logging.DEBUG):
        patched.setattr(files, "pull", pull)
        outcomes = once(place)
    assert message in outcomes["pull:shop"].message
    assert message in rows(place)["pull:shop"].message
    assert outcomes["tick"].message == ""
    assert outcomes["pull:shop"].is_worth_retrying == (not isinstance(wrong, SourceAbort))
    assert "trader-7" not in caplog.text
    assert "hunter2" not in caplog.text

    assert once(place, PULLED + MINUTE)["pull:shop"].message == ""


def test_a_full_disk_costs_the_pull_says_so_and_is_made_up_for(
    blank: Home, small_disk: Path, tmp_path: Path
) -> None:
    place = blank.opened(lake=small_disk / "lake", venues=[shop(tmp_path / "shop")])
    (pull, *_) = jobs(place.settings)
    worker = Worker(place, "one", lambda: PULLED)
    with filled(small_disk):
        outcome = worker.attempt(pull)
    assert outcome is not None
    assert re.match("expected .* (to be written to|that works), was: ", outcome.message)
    assert outcome.is_worth_retrying
    assert "pull:shop" not in marks(place)

    again = worker.attempt(pull)
    assert again is not None
    assert again.message == ""
    assert marks(place)["pull:shop"] >= PULLED
    assert [file.rows for file in place.lake.files()["accounts"]] == [1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, or a plain folder where nobody may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    with suppress(OSError):
        subprocess.run(mount, capture_output=True, check=False)
    yield folder
    if os.path.ismount(folder):
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill a disk; where it is none of its own, let no file grow any longer, wherever it is."""
    if os.path.ismount(folder):
        with (folder / "filler").open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(4096)):
                pass
        yield
        (folder / "filler").unlink()
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_database_that_goes_away_costs_what_is_due_then_and_is_counted_when_it_is_back(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = home.opened(venues=[shop(tmp_path / "shop")])
    worker = Worker(place, "one", lambda: PULLED)
    (pull, *_) = jobs(place.settings)
    path = home.path / "surveillance.db"
    place.engine.dispose()
    for beside in home.path.glob("surveillance.db*"):
        beside.rename(tmp_path / beside.name)
    path.mkdir()

    failures = [worker.attempt(pull), worker.attempt(pull)]
    assert [outcome and outcome.failing for outcome in failures] == [1, 2]
    assert "expected a database that works" in caplog.text

    path.rmdir()
    for beside in tmp_path.glob("surveillance.db*"):
        beside.rename(home.path / beside.name)
    outcome = worker.attempt(pull)
    assert outcome is not None
    assert outcome.message == ""
    row = rows(place)["pull:shop"]
    assert (row.runs, row.failures, row.failing) == (3, 2, 0)


def test_two_schedulers_judge_a_window_once(home: Home, tmp_path: Path) -> None:
    place = home.opened(venues=[shop(tmp_path / "shop")])
    tick = next(job for job in jobs(place.settings) if job.name == "tick")
    one = Worker(place, "one", lambda: PULLED)
    two = Worker(place, "two", lambda: PULLED + MINUTE)

    assert one.attempt(tick) is not None
    assert two.attempt(tick) is None
    assert rows(place)["tick"].runs == 1
    with pytest.raises(SurveillanceError, match="expected no other scheduler"):
        once(place, PULLED + MINUTE)


def test_a_clock_that_is_set_back_skips_no_row_and_judges_no_window_twice(
    home: Home, tmp_path: Path
) -> None:
    venue = shop(tmp_path / "shop")
    place = home.opened(venues=[venue])
    once(place, LATER)
    filed, judged = alerts(place), _windows(place)

    once(place, LATER - timedelta(hours=3))
    assert (alerts(place), _windows(place)) == (filed, judged)

    _more_transfers(venue)
    once(place, LATER - timedelta(hours=2))
    assert len(_windows(place)) == len(judged) + 1
    assert len(alerts(place)) == len(filed) + 1


def _windows(place: Installation) -> list[tuple[datetime, datetime]]:
    with place.session() as session:
        return [(row.start, row.end) for row in session.exec(select(RunRow).order_by("created_at"))]


def _more_transfers(venue: Path) -> None:
    """Let the shop bring transfers of a day that was judged."""
    venue.write_text(
        venue.read_text()
        + "  transfers: select id as transfer_id, opened as ts, owner as trader_id,\n"
        "    _line as seq, 'USD' as asset, 5 as amount, 'out' as direction from m\n"
    )
    venue.write_text(venue.read_text().replace("files: {", "files: {m: {glob: 'm.txt'}, "))
    lines = "".join(f"m{n},2026-03-02T10:0{n}:00Z,Anna\n" for n in range(6))
    (venue.parent / "m.txt").write_text(f"id,opened,owner\n{lines}")


def test_nothing_is_known_as_of_a_time_at_which_a_pull_goes_on(home: Home, tmp_path: Path) -> None:
    """Its last rows would have arrived before that time, and no run would have seen them."""
    place = home.opened(venues=[shop(tmp_path / "shop")])
    pull, tick, *_ = jobs(place.settings)
    times: list[datetime] = []
    clock = iter(PULLED + n * MINUTE for n in range(20))
    worker = Worker(place, "one", lambda: next(clock))
    begun, over = Event(), Event()

    def slow(place: Installation, at: datetime) -> None:
        times.append(at)
        begun.set()
        over.wait(30)

    pulling = Thread(target=worker.attempt, args=(Job(pull.name, None, slow),))
    pulling.start()
    begun.wait(30)
    watch = Job(tick.name, None, lambda place, at: times.append(at))
    worker.attempt(watch)
    over.set()
    pulling.join()
    worker.attempt(watch)

    assert times[1] < times[0] < times[2]


def test_no_venue_is_an_error(blank: Home, explain: Explain) -> None:
    with pytest.raises(SurveillanceError, match="expected a venue to pull, was none"):
        schedule.once(blank.opened(), lambda: PULLED)
    assert "expected a venue to pull" in explain(blank, "schedule")


def test_two_venues_of_one_name_are_refused(home: Home, tmp_path: Path) -> None:
    venues = [shop(tmp_path / "a"), shop(tmp_path / "b")]
    with pytest.raises(SurveillanceError, match="expected venue files of different names"):
        schedule.once(home.opened(venues=venues), lambda: PULLED)


def test_once_exits_with_1_if_a_job_failed(blank: Home, tmp_path: Path, say: Say) -> None:
    config = blank.path / "config.toml"
    config.write_text(f'venues = ["{shop(tmp_path / "shop")}"]\n')
    say(blank, "schedule", "--once")
    assert "pull:shop" in say(blank, "jobs").out

    config.write_text(f'venues = ["{tmp_path / "gone.yml"}"]\n')
    blank.run("schedule", "--once", "--log-format", "json", expect=1)
    assert "gone.yml" in say(blank, "jobs", expect=1).out


def test_a_rule_that_misses_its_canary_is_said_and_not_asked_again_at_once(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = home.opened(venues=[shop(tmp_path / "shop")])
    once(place)
    act = Canary(run_id="", rule_id="busy_payer", version=1, act="a", found=False)
    monkeypatch.setattr(canaries, "judge", lambda *given: [act])

    outcome = once(place, PULLED + MINUTE)["canaries"]
    assert outcome.message.startswith("expected every rule to find what is planted for it")
    assert "busy_payer" in outcome.message
    assert not outcome.is_worth_retrying


def test_after_a_retry_a_job_is_due_at_its_own_times_again(home: Home, tmp_path: Path) -> None:
    """So pulls stay where windows have settled, whenever the scheduler began."""
    place = home.opened(venues=[shop(tmp_path / "shop")])
    (pull, *_) = jobs(place.settings)
    at = datetime(2026, 3, 3, 6, 7, 12, tzinfo=UTC)

    assert pull.trigger.get_next_fire_time(None, at) == datetime(2026, 3, 3, 6, 20, tzinfo=UTC)


def test_a_pull_that_fails_is_due_again_in_a_minute_and_a_tick_follows_at_once(
    home: Home, tmp_path: Path
) -> None:
    place = home.opened(venues=[tmp_path / "gone.yml"])
    worker = Worker(place, "one", lambda: PULLED)
    scheduler = schedule.make_scheduler(worker, jobs(place.settings), {})
    job = scheduler.get_job("pull:gone")
    assert scheduler.get_job("after pulls") is None
    job.func(*job.args)

    due_in = scheduler.get_job("pull:gone").next_run_time - schedule.system_clock()
    assert due_in <= MINUTE
    assert scheduler.get_job("after pulls").args == ("tick",)
    shop(tmp_path, "gone")
    job.func(*job.args)
    regular = scheduler.get_job("pull:gone").next_run_time
    assert (regular.minute % 15, regular.second) == (5, 0)


def test_waiting_doubles_up_to_an_hour() -> None:
    minutes = [schedule.retry(failing) / MINUTE for failing in (1, 2, 3, 6, 7, 8, 10_000)]
    assert minutes == [1, 2, 4, 32, 60, 60, 60]


def test_what_was_missed_while_nothing_ran_is_due_at_once(home: Home, tmp_path: Path) -> None:
    place = home.opened(venues=[shop(tmp_path / "shop")])
    once(place)
    daily = next(job for job in jobs(place.settings) if job.name == "canaries")

    assert due(place, daily, PULLED + MINUTE) == {}
    next_day = PULLED + timedelta(days=2)
    assert due(place, daily, next_day) == {"next_run_time": next_day}


def test_a_scheduler_goes_on_after_failures_and_ends_only_by_being_stopped(
    home: Home, tmp_path: Path
) -> None:
    """A process of its own, ended by SIGTERM, gives the lease back."""
    (home.path / "config.toml").write_text(f'venues = ["{tmp_path / "gone.yml"}"]\n')
    home.run(code=STOPPED, expect=128 + 15)
    place = home.opened(venues=[tmp_path / "gone.yml"])

    assert rows(place)["pull:gone"].failures >= 1
    assert rows(place)["tick"].succeeded_at is not None
    assert lease.take(place, "another", PULLED) is not None


STOPPED = """
import os, signal, sys, threading, time
from pathlib import Path
from surveillance import schedule
from surveillance.config import load_settings
from surveillance.installation import open_installation
from surveillance.records import scheduled

place = open_installation(load_settings(Path(os.environ["HOME_UNDER_TEST"])))

def stop():
    for _ in range(1200):
        with place.session() as session:
            done = {job.name for job in scheduled.jobs(session)}
        if {"pull:gone", "tick"} <= done:
            break
        time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=stop, daemon=True).start()
schedule.serve(place)
"""


def test_a_dead_server_is_a_failure_like_any_other(
    home: Home, postgres: str, postgres_engine: Engine, tmp_path: Path
) -> None:
    """The database is dropped under an open installation, as a failover would."""
    with postgres_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CREATE DATABASE goes_away"))
    url = make_url(postgres).set(database="goes_away").render_as_string(False)
    place = Home(tmp_path / "server", home.rules).opened(
        database=url, venues=[shop(tmp_path / "shop")]
    )
    worker = Worker(place, "one", lambda: PULLED)
    (pull, *_) = jobs(place.settings)
    assert worker.attempt(pull) is not None
    with database.engine(postgres).connect() as plain:
        gone = plain.execution_options(isolation_level="AUTOCOMMIT")
        gone.execute(text("DROP DATABASE goes_away WITH (FORCE)"))

    outcome = worker.attempt(pull)
    assert outcome is not None
    assert outcome.message.startswith("expected a database that works")
    place.engine.dispose()
