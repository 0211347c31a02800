"""Which jobs there are, and when each is due.

A venue is pulled by a job of its own, so that one that fails keeps no other from being pulled. How
far each was pulled is a watermark; what is judged moves on only as far as all of them have come.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from surveillance import pipeline
from surveillance.activity import sources
from surveillance.config import Settings
from surveillance.errors import CanaryMissed, SurveillanceError
from surveillance.governance import calibration, lifecycle
from surveillance.installation import Installation
from surveillance.pipeline import Ran
from surveillance.proof import canaries, runs
from surveillance.records import journal
from surveillance.records.scheduled import PULLED, TICK
from surveillance.records.tables import Watermark
from surveillance.studies.watch import recalibration, stress
from surveillance.times import EPOCH
from surveillance.upkeep import anchors, retention, webhooks

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """What is done at the times of ``trigger``, which is one of APScheduler."""

    name: str
    trigger: Any
    work: Callable[[Installation, datetime], None]

    @property
    def is_frequent(self) -> bool:
        """Tell whether it is due as soon as a scheduler starts for the first time."""
        return self.is_pull or self.name == TICK

    @property
    def is_pull(self) -> bool:
        """Tell whether it pulls a venue."""
        return self.name.startswith(PULLED)


def jobs(settings: Settings) -> list[Job]:
    """Return every job of an installation, in the order in which they are done by hand.

    Raises:
        SurveillanceError: no venue is named, or two are not to be told apart.
    """
    venues = _named(settings.venues)
    lists = {name for name, path in venues.items() if _is_list(path)}
    due = settings.schedule
    settled, length = timedelta(minutes=settings.settle_minutes), settings.tick_minutes
    pulls = {
        name: _cron(due.lists) if name in lists else _every(length, settled) for name in venues
    }
    awaited = [name for name in venues if name not in lists]
    webhook_jobs = [Job("webhooks", _every(1, timedelta(0)), _deliver)]
    anchor_jobs = [Job("anchors", _cron(due.anchors), _anchor)]
    return [
        *(Job(name, pulls[name], partial(_pull, name, path)) for name, path in venues.items()),
        Job(TICK, _every(length, settled + timedelta(minutes=length) / 2), partial(_tick, awaited)),
        Job("canaries", _cron(due.canaries), _check_canaries),
        Job("calibration", _cron(due.calibration), _calibrate),
        Job("drift", _cron(due.drift), _measure_drift),
        Job("stress", _cron(due.stress), _stress),
        Job("retention", _cron(due.retention), _erase),
        *(webhook_jobs if settings.webhooks else []),
        *(anchor_jobs if anchors.is_set(settings.anchoring) else []),
    ]


def _named(paths: Sequence[Path]) -> dict[str, Path]:
    """Return the venue files by the names of their jobs: ``bitmex.yml``, ``bitmex/venue.yml``."""
    if not paths:
        raise SurveillanceError(
            "expected a venue to pull, was none: name its file in the settings, such as "
            'venues = ["/etc/surveillance/my-venue.yml"] in config.toml'
        )
    named: dict[str, Path] = {}
    for path in paths:
        stem = path.stem if path.stem != "venue" else path.resolve().parent.name
        if named.setdefault(f"{PULLED}{stem}", path) != path:
            raise SurveillanceError(f"expected venue files of different names, was {stem} twice")
    return named


def _is_list(path: Path) -> bool:
    """Tell whether a venue file is of lists; one that cannot be read now is tried as any other."""
    try:
        return sources.load(path).source == "lists"
    except (SurveillanceError, OSError):
        return False


def _every(minutes: int, after: timedelta) -> Any:
    from apscheduler.triggers.interval import IntervalTrigger

    return IntervalTrigger(minutes=minutes, start_date=EPOCH + after, timezone=UTC)


def _cron(times: str) -> Any:
    from apscheduler.triggers.cron import CronTrigger

    return CronTrigger.from_crontab(times, timezone=UTC)


def _pull(name: str, path: Path, place: Installation, at: datetime) -> None:
    pipeline.pull(place, path, None, at)
    with place.session() as session:
        session.merge(Watermark(source=name, ts=at))


def _tick(awaited: Sequence[str], place: Installation, at: datetime) -> None:
    with place.session() as session:
        marks = [session.get(Watermark, name) for name in awaited]
    pulled = min((mark.ts if mark else EPOCH for mark in marks), default=at)
    for ran in pipeline.judge(place, at, pulled=pulled):
        _log_run(ran)


def _log_run(ran: Ran) -> None:
    for notice in ran.notices:
        _log.warning("%s", notice)
    window, new = ran.run.window, ran.filed.alerts_new
    _log.info("run %s judged %s to %s: %d new alerts", ran.run.id, window.start, window.end, new)


def _check_canaries(place: Installation, at: datetime) -> None:
    """Ask the rules that are in force now for what is planted for them, whether or not any ran.

    Raises:
        CanaryMissed: some did not find it.
    """
    from surveillance.activity.preparing import prepare

    with place.session() as session:
        latest = runs.listed(session, 1)
        if not latest:
            return
        run = runs.load(session, latest[0].id)
        book = lifecycle.in_force(session, at)
    with place.lake.view(run.window.back_to(book.reach), at, None, place.settings.threads) as view:
        prepare(view.connection, [])
        models, _ = calibration.models(place, view, book, run.window, at)
        missed = [act.rule_id for act in canaries.judge(run, view, book, models) if not act.found]
    if missed:
        raise CanaryMissed(
            f"expected every rule to find what is planted for it, was missed by: "
            f"{', '.join(sorted(set(missed)))}; see: surveillance canaries latest"
        )


def _calibrate(place: Installation, at: datetime) -> None:
    """Divide traders anew on what they did last, as a proposal that a supervisor decides."""
    _log_proposed(recalibration.proposed(place, "The schedule asks for a model by the latest.", at))


def _measure_drift(place: Installation, at: datetime) -> None:
    """Measure how far traders are from their segments, and propose others where it is too far."""
    _log_proposed(recalibration.check(place, at))


def _stress(place: Installation, at: datetime) -> None:
    """Stress what was held when the latest run ended, if anything was judged yet."""
    with place.session() as session:
        is_judged = bool(runs.listed(session, 1))
    if is_judged:
        stress.make(place, "latest", at)


def _log_proposed(version: int | None) -> None:
    if version is not None:
        _log.warning("segments %d were made; see: surveillance segments review", version)


def _erase(place: Installation, at: datetime) -> None:
    """Erase what may not be kept any longer."""
    if gone := retention.erase(place, at):
        rows = sum(each.rows for each in gone)
        _log.warning("%d rows were erased by policy: %s", rows, retention.policy(place))


def _deliver(place: Installation, at: datetime) -> None:
    """Tell other systems what happened."""
    webhooks.deliver(place, at)


def _anchor(place: Installation, at: datetime) -> None:
    """Write the head of the journal down outside."""
    with place.session() as session:
        head = journal.head(session)
    for where in anchors.anchor(place.settings.anchoring, head, at):
        _log.info("entry %d was anchored: %s", head.seq, where)
