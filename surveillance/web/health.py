"""For machines that watch: whether all is well, and how much of everything, without signing in.

No person is named, and nothing says what anybody did. What stands here is read at every scrape, so
it is cheap: rows of a few small tables, and of quarantine the names and sizes of files.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, func, select

from surveillance.activity.lake import Lake
from surveillance.config import Settings
from surveillance.records import database, scheduled
from surveillance.records.scheduled import PULLED, SURVEILLED, TICK
from surveillance.records.tables import Alert, Case, CaseState

router = APIRouter()


@router.get("/healthz")
def healthz(request: Request) -> Response:
    """Say that the server and its database answer, and when was judged last."""
    try:
        with Session(database.reading(request.app.state.engine)) as session:
            ticks = [job.succeeded_at for job in scheduled.jobs(session) if job.name == TICK]
    except SQLAlchemyError:
        return JSONResponse({"status": "failing", "database": "does not answer"}, 503)
    last = next((tick.isoformat() for tick in ticks if tick), None)
    return JSONResponse({"status": "ok", "database": "answers", "last_tick": last})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Say how far every venue was pulled, what jobs came to, and how much waits."""
    registry = CollectorRegistry()
    with Session(database.reading(request.app.state.engine)) as session:
        registry.register(_Collector(session, request.app.state.settings, datetime.now(UTC)))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Collector:
    """What is measured at one scrape."""

    def __init__(self, session: Session, settings: Settings, now: datetime) -> None:
        self._session, self._settings, self._now = session, settings, now

    def describe(self) -> list[Metric]:
        """Return nothing: names are known when they are collected."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield every metric."""
        yield from self._ages()
        yield from self._jobs()
        rows = _counter("quarantined_rows", "Rows that broke the contract.", "table")
        for table, count in Lake(self._settings.lake).refused_rows().items():
            rows.add_metric([table], count)
        open_alerts = select(func.count()).select_from(Alert).join(Case)
        waiting = self._session.exec(open_alerts.where(col(Case.state) != CaseState.CLOSED)).one()
        yield rows
        yield _gauge("open_alerts", "Alerts of cases that are not closed.", value=waiting)

    def _ages(self) -> Iterator[Metric]:
        marks = scheduled.watermarks(self._session)
        pulled = _gauge("venue_watermark_age_seconds", "Since a venue was last pulled.", "venue")
        judged = _gauge("judged_watermark_age_seconds", "Since the end of what was judged whole.")
        for name, ts in marks.items():
            age = (self._now - ts).total_seconds()
            if name.startswith(PULLED):
                pulled.add_metric([name.removeprefix(PULLED)], age)
            elif name == SURVEILLED:
                judged.add_metric([], age)
        yield pulled
        yield judged

    def _jobs(self) -> Iterator[Metric]:
        runs = _counter("job_runs", "How often a job was done.", "job")
        failures = _counter("job_failures", "How often it failed.", "job")
        success = _gauge("job_last_success_timestamp_seconds", "When it succeeded last.", "job")
        for job in scheduled.jobs(self._session):
            runs.add_metric([job.name], job.runs)
            failures.add_metric([job.name], job.failures)
            if job.succeeded_at is not None:
                success.add_metric([job.name], job.succeeded_at.timestamp())
        yield from (runs, failures, success)


def _gauge(name: str, of: str, *labels: str, value: Any = None) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"surveillance_{name}", of, value, labels or None)


def _counter(name: str, of: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"surveillance_{name}", of, None, labels)
