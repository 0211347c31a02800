"""What can be asked for as a task: replays, certificates and reports as PDF."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance import rendering, reports
from surveillance.casework import files, parties, queue, team
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.model import canonical
from surveillance.proof import replay
from surveillance.records import belonging, database, journal, tasks
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer, TaskRow
from surveillance.records.trading import trading
from surveillance.reports import Rendered
from surveillance.rules import practices
from surveillance.studies.versions import versions
from surveillance.studies.watch import assurance, coverage

LARGEST = 2**31 - 1
COVERAGE, ASSURANCE, TEAM = "rulebook:coverage", "rulebook:assurance", "team:period"
TITLES = {
    "replay": "Replay", "certificate": "Replay with a certificate", "case": "Report on a case",
    "coverage": "Coverage as PDF", "assurance": "Assurance of surveillance as PDF",
    "team": "Team's period as PDF", "study": "Study as PDF",
}  # fmt: skip


class Cancelled(Exception):
    """The task is not wanted any more."""


@dataclass(frozen=True)
class Job:
    """A task at work: its installation, and what was asked."""

    settings: Settings
    engine: Engine
    task: TaskRow

    @property
    def argument(self) -> Mapping[str, Any]:
        """Return what was asked for."""
        read: Mapping[str, Any] = json.loads(self.task.argument)
        return read

    @property
    def name(self) -> str:
        """Return the name of the subject without its kind."""
        return self.task.subject.partition(":")[2]

    def step(self, message: str) -> None:
        """Say which step comes; a Cancelled says that nobody wants it any more."""
        with Session(self.engine) as session:
            goes_on = tasks.step(session, self.task.id or 0, message)
            session.commit()
        if not goes_on:
            raise Cancelled

    def reading(self) -> Session:
        """Open a session that waits for nobody."""
        return Session(database.reading(self.engine))

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, Officer]]:
        """Open a session for the officer who asked, that commits at its end."""
        self.step("keeping it")
        with Session(self.engine, expire_on_commit=False) as session:
            yield session, session.get_one(Officer, self.task.asked_by)
            session.commit()
            if head := session.info.get(journal.HEAD):
                belonging.mark(self.settings.lake, head)


def _replay(job: Job) -> tuple[str, str]:
    """Judge a run again; the answer is what came out, to be shown."""
    swap = str(job.argument.get("swap", ""))
    outcome = _replayed(job, swap)
    return f"/runs/{job.name}/replay?task={job.task.id}#result", canonical(outcome)


def _replayed(job: Job, swap: str) -> replay.Replay:
    rule_id, _, version = swap.partition("@")
    chosen = (rule_id, int(version)) if version.isdecimal() and int(version) <= LARGEST else None
    job.step("judging the window again")
    return replay.replay(job.settings, job.name, chosen)


def _certificate(job: Job) -> tuple[str, str]:
    outcome = _replayed(job, "")
    at = datetime.now(UTC)

    def render(head: Anchor) -> Rendered:
        return reports.render_replay(outcome.summary, journal_head=head, **_said(job, at))

    return _kept(job, f"run:{job.name}", render, at)


def _case(job: Job) -> tuple[str, str]:
    at = datetime.now(UTC)
    job.step("reading the case")
    with job.reading() as session:
        officer = session.get_one(Officer, job.task.asked_by)
        if parties.is_hidden(session, job.name, officer):
            raise SurveillanceError(f"expected a case, was none: {job.name}")
        file = files.case_file(session, job.name, now=at)
    job.step("setting the pages")
    kind, answers = job.argument["kind"], job.argument["answers"]
    prepared = rendering.prepare(job.settings, file, kind, officer, at, answers)
    with job.writing() as (session, officer):
        report = rendering.save_case(session, job.settings, prepared, officer, at)
        session.flush()
        return f"/reports/{report.id}.pdf", ""


def _coverage(job: Job) -> tuple[str, str]:
    at, folder = datetime.now(UTC), job.settings.rules
    with job.reading() as session:
        covered = coverage.coverage(
            practices.load(folder), versions(session, folder), trading(session)
        )
    record = coverage.record(covered)

    def render(head: Anchor) -> Rendered:
        return reports.render_coverage(record, journal_head=head, **_said(job, at))

    return _kept(job, COVERAGE, render, at)


def _assurance(job: Job) -> tuple[str, str]:
    at = datetime.now(UTC)
    with job.reading() as session:
        record = assurance.assurance(session, job.settings.rules)

    def render(head: Anchor) -> Rendered:
        return reports.render_assurance(record, journal_head=head, **_said(job, at))

    return _kept(job, f"{ASSURANCE}-{record.run_id}", render, at)


def _team(job: Job) -> tuple[str, str]:
    at, days = datetime.now(UTC), int(job.argument["days"])
    with job.reading() as session:
        viewer = session.get_one(Officer, job.task.asked_by)
        work = team.team(session, viewer, start=at - timedelta(days=days), end=at)
        backlog = queue.backlog(session, now=at, viewer=viewer)

    def render(head: Anchor) -> Rendered:
        return reports.render_team(work, backlog, journal_head=head, **_said(job, at))

    return _kept(job, TEAM, render, at)


def _study(job: Job) -> tuple[str, str]:
    job.step("setting the pages")
    with job.writing() as (session, officer):
        at = datetime.now(UTC)
        report = rendering.render_study(session, job.settings, job.name, officer, at)
        session.flush()
        return f"/reports/{report.id}.pdf", ""


def _said(job: Job, at: datetime) -> dict[str, Any]:
    templates = job.settings.templates / "reports"
    return {"institution": job.settings.institution, "at": at, "templates": templates}


def _kept(
    job: Job, subject: str, render: Callable[[Anchor], Rendered], at: datetime
) -> tuple[str, str]:
    """Render at the head of the journal as it is, and keep the report."""
    job.step("setting the pages")
    with job.reading() as session:
        head = journal.head(session)
    rendered = render(head)
    with job.writing() as (session, officer):
        report = rendering.save(
            session, job.settings, rendered,
            subject=subject, officer=officer, at=at, journal_head=head,
        )  # fmt: skip
        session.flush()
        return f"/reports/{report.id}.pdf", ""


WORKS: Mapping[str, Callable[[Job], tuple[str, str]]] = {
    "replay": _replay, "certificate": _certificate, "case": _case, "coverage": _coverage,
    "assurance": _assurance, "team": _team, "study": _study,
}  # fmt: skip
"""By kind: does the work, and returns the address of the result and what it is in JSON."""
