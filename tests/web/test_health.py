"""Machines that watch are answered without signing in, and learn of no person."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.config import Settings
from surveillance.records.scheduled import PULLED, SURVEILLED, TICK
from surveillance.records.tables import JobRow, Watermark
from tests.given.visitor import Visitor

Visit = Callable[[], Visitor]
HOUR = timedelta(hours=1)


def fill(database: Engine) -> datetime:
    """Let a tick and two pulls have been done, an hour ago."""
    at = datetime.now(UTC) - HOUR
    with Session(database) as session, session.begin():
        session.add(JobRow(name=TICK, runs=3, failures=1, ended_at=at, succeeded_at=at))
        gone = "expected a file, was /etc/gone.yml"
        session.add(JobRow(name=f"{PULLED}gone", runs=2, failures=2, ended_at=at, message=gone))
        session.add(Watermark(source=f"{PULLED}shop", ts=at))
        session.add(Watermark(source=SURVEILLED, ts=at - HOUR))
    return at


def test_health_says_when_was_judged_last(visit: Visit, database: Engine) -> None:
    assert visit().get("/healthz").json()["last_tick"] is None
    at = fill(database)

    answer = visit().get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert answer.json()["last_tick"] == at.isoformat()


def test_health_is_503_while_the_database_is_away(
    visit: Visit, database: Engine, settings: Settings
) -> None:
    visitor = visit()
    database.dispose()
    for path in settings.home.glob("surveillance.db*"):
        path.unlink()
    (settings.home / "surveillance.db").mkdir()

    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")


def test_metrics_say_how_far_every_venue_was_pulled(visit: Visit, database: Engine) -> None:
    fill(database)
    lines = dict(line.rsplit(" ", 1) for line in visit().get("/metrics").text.splitlines())

    assert 3600 <= float(lines['surveillance_venue_watermark_age_seconds{venue="shop"}']) < 4000
    assert 7200 <= float(lines["surveillance_judged_watermark_age_seconds"]) < 8000
    assert float(lines['surveillance_job_runs_total{job="tick"}']) == 3
    assert float(lines['surveillance_job_failures_total{job="pull:gone"}']) == 2
    assert 'surveillance_job_last_success_timestamp_seconds{job="pull:gone"}' not in lines
    assert float(lines["surveillance_open_alerts"]) > 0


def test_neither_names_a_person_or_says_what_went_wrong(visit: Visit, database: Engine) -> None:
    fill(database)
    for path in ("/healthz", "/metrics"):
        text = visit().get(path).text
        assert "officer" not in text
        assert "/etc" not in text


def test_the_page_of_runs_shows_every_job(
    visit: Callable[[str], Visitor], database: Engine
) -> None:
    fill(database)
    page = visit("officer-1").get("/runs").text
    assert "pull:gone" in page
    assert "expected a file, was /etc/gone.yml" in page
