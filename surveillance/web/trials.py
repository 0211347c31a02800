"""Trials of a rule version on past activity, asked for as tasks: a backtest, or a tuning.

What they come to is stored as a study, by the officer who asked; nothing is filed.
"""

from datetime import UTC, datetime

from sqlmodel import Session

from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.proof import rulebooks
from surveillance.records.tables import RuleVersion
from surveillance.rules.book import Entry, recall_rule
from surveillance.rules.variant import dial_of
from surveillance.studies import backtest, setting, tuning
from surveillance.times import parse_time
from surveillance.web.job import Job


def backtested(job: Job) -> tuple[str, str]:
    """Compare a rule version with the one in force; the result lies on the page of the study."""
    place, at = _place(job), datetime.now(UTC)
    study = backtest.backtest(
        place, _entry(job), window_of(job, place), at,
        by=job.task.asked_by, at=at, progress=job.step,
    )  # fmt: skip
    return f"/studies/{study.id}", ""


def tuned(job: Job) -> tuple[str, str]:
    """Judge with other values of one number; the result lies on the page of the study."""
    place, at, entry = _place(job), datetime.now(UTC), _entry(job)
    dial, listed = dial_of(entry.rule, str(job.argument["number"])), str(job.argument["values"])
    tried = (
        tuning.listed_values(dial, listed)
        if "," in listed
        else tuning.around(dial, listed or AROUND)
    )
    study = tuning.tune(
        place, entry, dial, tried, window_of(job, place), at,
        by=job.task.asked_by, at=at, progress=job.step,
    )  # fmt: skip
    return f"/studies/{study.id}", ""


AROUND = "50%"
"""How far to either side of today's value, unless somebody says otherwise."""


def entry_of(session: Session, rule_id: str, version: int) -> Entry | None:
    """Return a rule version as it was published, or None if there is none."""
    if session.get(RuleVersion, (rule_id, version)) is None:
        return None
    return recall_rule(rulebooks.rule_text(session, rule_id, version), f"{rule_id}@{version}")


def window_of(job: Job, place: Installation) -> Window:
    """Return the window asked for in whole days, or the last thirty that landed."""
    start, end = (str(job.argument[name]) for name in ("from", "to"))
    ends = (parse_time(text) if text else None for text in (start, end))
    return setting.window_of(place, *ends)


def _entry(job: Job) -> Entry:
    with job.reading() as session:
        entry = entry_of(session, job.name, int(job.argument["version"]))
    if entry is None:
        raise SurveillanceError(f"expected a version of a rule {job.name}, was none")
    return entry


def _place(job: Job) -> Installation:
    return Installation(job.settings, job.engine, is_wanted=job.is_wanted)
