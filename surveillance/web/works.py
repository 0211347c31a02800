"""What can be asked for as a task: replays, certificates, trials and reports as PDF."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from surveillance import rendering, reports
from surveillance.canonical import canonical
from surveillance.casework import files, parties, queue, team
from surveillance.errors import SurveillanceError
from surveillance.proof import replay
from surveillance.records import journal
from surveillance.records.journal import Anchor
from surveillance.records.tables import Officer
from surveillance.records.trading import trading
from surveillance.reports import Rendered
from surveillance.rules import practices
from surveillance.studies.versions import versions
from surveillance.studies.watch import assurance, coverage
from surveillance.web import trials
from surveillance.web.job import Job

LARGEST = 2**31 - 1
COVERAGE, ASSURANCE, TEAM = "rulebook:coverage", "rulebook:assurance", team.SUBJECT
TITLES = {
    "replay": "Replay", "certificate": "Replay with a certificate", "case": "Report on a case",
    "coverage": "Coverage as PDF", "assurance": "Assurance of surveillance as PDF",
    "team": "Team's period as PDF", "study": "Study as PDF",
    "backtest": "Backtest", "tuning": "Tuning",
}  # fmt: skip


def _replay(job: Job) -> tuple[str, str]:
    """Judge a run again; the answer is what came out, to be shown."""
    swap = str(job.argument.get("swap", ""))
    outcome = _replayed(job, swap)
    return f"/runs/{job.name}/replay?task={job.task.id}#result", canonical(outcome)


def _replayed(job: Job, swap: str) -> replay.Replay:
    rule_id, _, version = swap.partition("@")
    chosen = (rule_id, int(version)) if version.isdecimal() and int(version) <= LARGEST else None
    job.step("judging the window again")
    return replay.replay(job.settings, job.name, chosen, job.step, job.is_wanted)


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
    "backtest": trials.backtested, "tuning": trials.tuned,
}  # fmt: skip
"""By kind: does the work, and returns the address of the result and what it is in JSON."""
LONG = frozenset({"replay", "certificate", "backtest", "tuning"})
"""Kinds that judge activity again; all else is done in seconds and does not wait for them."""
