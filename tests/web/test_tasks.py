"""Slow work that is asked for on a screen: done in turn, shown, cancelled, honest at its end."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import tasks
from surveillance.records.tables import Report, TaskRow, TaskState
from surveillance.web.job import Job
from surveillance.web.worker import Worker
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def asked(database: Engine, kind: str, subject: str = "run:r", by: str = "officer-1") -> int:
    with Session(database) as session:
        row = tasks.ask(session, kind, subject, {"n": kind}, by=by, at=NOW)
        session.commit()
        return row.id or 0


def row(database: Engine, number: int) -> TaskRow:
    with Session(database) as session:
        return session.get_one(TaskRow, number)


def done(job: Job) -> tuple[str, str]:
    job.step("at work")
    return f"/{job.argument['n']}", "{}"


def refused(_: Job) -> tuple[str, str]:
    raise SurveillanceError("expected a lake, was none")


def broken(_: Job) -> tuple[str, str]:
    raise KeyError("x")


def test_each_task_is_done_in_turn_and_says_what_it_came_to(
    database: Engine, settings: Settings
) -> None:
    first, second = asked(database, "done"), asked(database, "refused")
    worker = Worker(settings, database, {"done": done, "refused": refused})
    worker.wake()
    worker.wait()
    assert (row(database, first).state, row(database, first).address) == ("done", "/done")
    failed = row(database, second)
    assert (failed.state, failed.message) == ("failed", "expected a lake, was none")
    assert failed.ended_at is not None


def test_a_pdf_does_not_wait_behind_a_replay(database: Engine, settings: Settings) -> None:
    printed = threading.Event()

    def replay(_: Job) -> tuple[str, str]:
        return ("/after", "") if printed.wait(5) else ("/before", "")

    def case(_: Job) -> tuple[str, str]:
        printed.set()
        return "/pdf", ""

    long, quick = asked(database, "replay"), asked(database, "case")
    worker = Worker(settings, database, {"replay": replay, "case": case})
    worker.wake()
    worker.wait()
    assert [row(database, each).address for each in (long, quick)] == ["/after", "/pdf"]


def test_one_that_breaks_has_failed_and_what_waits_behind_it_is_done(
    database: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    number, other = asked(database, "broken"), asked(database, "done")
    worker = Worker(settings, database, {"broken": broken, "done": done})
    worker.wake()
    worker.wait()
    assert row(database, number).state == TaskState.FAILED
    assert row(database, number).message.startswith("Something went wrong")
    assert f"task {number}, broken, broke" in caplog.text
    assert row(database, other).state == TaskState.DONE


def test_what_is_cancelled_meanwhile_is_not_kept(database: Engine, settings: Settings) -> None:
    begun, cancelled = threading.Event(), threading.Event()
    reached = []

    def slow(job: Job) -> tuple[str, str]:
        begun.set()
        cancelled.wait(10)
        with job.writing():
            reached.append(job)
        return "/x", ""

    number = asked(database, "slow")
    worker = Worker(settings, database, {"slow": slow})
    worker.wake()
    begun.wait(10)
    with Session(database) as session:
        assert tasks.cancel(session, number, NOW)
        session.commit()
    cancelled.set()
    worker.wait()
    assert (row(database, number).state, row(database, number).address) == ("cancelled", "")
    assert reached == []


def test_a_job_knows_that_it_was_cancelled(database: Engine, settings: Settings) -> None:
    number = asked(database, "done")
    with Session(database, expire_on_commit=False) as session:
        task = tasks.claim(session, NOW)
        assert task is not None
        session.commit()
    assert Job(settings, database, task).is_wanted()
    with Session(database) as session:
        tasks.cancel(session, number, NOW)
        session.commit()
    assert not Job(settings, database, task).is_wanted()


def test_a_server_that_was_stopped_says_so_and_goes_on_with_the_rest(
    database: Engine, settings: Settings
) -> None:
    left, waiting = asked(database, "done"), asked(database, "done", "run:s")
    with Session(database) as session:
        tasks.claim(session, NOW)
        session.commit()
    worker = Worker(settings, database, {"done": done})
    worker.start()
    worker.wait()
    assert row(database, left).message == "The server was stopped meanwhile; ask again."
    assert row(database, waiting).state == TaskState.DONE


def test_the_same_is_not_asked_for_twice_and_not_without_end(database: Engine) -> None:
    assert asked(database, "done") == asked(database, "done")
    for number in range(1, tasks.MOST_OPEN):
        asked(database, "done", f"run:{number}")
    with pytest.raises(SurveillanceError, match="expected fewer than 20 tasks of yours"):
        asked(database, "done", "run:more")


def test_a_task_is_seen_and_cancelled_by_who_asked_alone(visit: Visit, database: Engine) -> None:
    number = asked(database, "case", "case:secret")
    officer, other = visit("officer-1"), visit("officer-2")
    assert "waits for its turn" in officer.get(f"/tasks/{number}").text
    assert "case:secret" in officer.get("/tasks").text
    assert "case:secret" not in other.get("/tasks").text
    assert other.get(f"/tasks/{number}").status_code == 404
    assert other.post(f"/tasks/{number}/cancel").status_code == 404
    assert officer.post(f"/tasks/{number}/cancel").headers["location"] == f"/tasks/{number}"
    assert "was cancelled" in officer.get(f"/tasks/{number}").text


def test_the_team_and_the_assurance_are_rendered_from_their_pages(
    app: FastAPI, visit: Visit, database: Engine
) -> None:
    supervisor = visit("supervisor-1")
    assert supervisor.post("/team", days="30").headers["location"] == "/team?days=30#reports"
    page = supervisor.get("/team").text
    assert "Open the PDF" in page
    with Session(database) as session:
        report = session.exec(select(Report).where(Report.kind == "period")).one()
    assert f'href="/reports/{report.id}.pdf"' in page
    assert supervisor.get(f"/reports/{report.id}.pdf").content.startswith(b"%PDF-")
    supervisor.post("/assurance")
    refusal = supervisor.get("/coverage").text
    assert "did not come to be: expected a run" in refusal
