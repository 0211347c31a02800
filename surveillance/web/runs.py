"""Runs: what was judged, on what, and what every rule said of it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response
from sqlmodel import Session, col, func, select

from surveillance.casework import parties
from surveillance.casework.terms import plain
from surveillance.model import ALERT_LINE, Hit, Outcome, Run, Verdict
from surveillance.proof import canaries, runs
from surveillance.records import scheduled
from surveillance.records.database import portions
from surveillance.records.tables import (
    Alert,
    AlertHit,
    Officer,
    Report,
    RunMode,
    RunRow,
    Suppressed,
    Suppression,
)
from surveillance.studies.watch.health import remarks
from surveillance.web.access import Access, Reader

router = APIRouter()
_LONGEST = 200
_MOST_HITS = 500


class CountedVerdict(NamedTuple):
    """A verdict, and how many of its hits are above the alert line and how many below."""

    verdict: Verdict
    above: int
    below: int


class FactTable(NamedTuple):
    """Facts per name: columns, those of them that are numbers, and a row for each name."""

    columns: list[str]
    numeric: set[str]
    rows: list[tuple[str, Mapping[str, Any]]]


@router.get("/runs")
def list_runs(
    access: Reader,
    limit: Annotated[int, Query(ge=1, le=2000)] = _LONGEST,
    mode: RunMode = RunMode.LIVE,
) -> Response:
    """List the runs that filed, or those of rules in shadow, the latest first."""
    with access.reading() as session:
        summaries = runs.listed(session, limit, mode)
        of = select(func.count()).select_from(RunRow).where(RunRow.mode == mode)
        total = session.exec(of).one()
        jobs = scheduled.jobs(session)
    return access.page(
        "runs.html", runs=summaries, total=total, mode=mode, outcomes=list(Outcome), jobs=jobs
    )


@router.get("/runs/{run_id}")
def show_run(access: Reader, run_id: str) -> Response:
    """Show a run: its manifest, its verdicts, and every hit, those below the line too."""
    run = loaded(access, run_id)
    with access.reading() as session:
        cases = _cases(session, run)
        hidden = parties.hidden_ids(session, access.officer)
        seen = [
            hit
            for hit in _hits(run)
            if cases.get(hit.id) not in hidden and not _names(hit, access.officer)
        ]
        hits = sorted(seen, key=lambda hit: hit.score, reverse=True)
        planted = canaries.listed(session, run_id)
        return access.page(
            "run.html",
            run=run,
            mode=session.get_one(RunRow, run_id).mode,
            cases=cases,
            hidden=_hidden(session, run),
            certificates=certificates(session, run_id),
            remarks=remarks(session, run),
            canaries=sorted(planted, key=lambda canary: canary.found),
            missed=sum(not canary.found for canary in planted),
            verdicts=[_counted(verdict) for verdict in run.verdicts],
            counts=_counts(run),
            hits=hits[:_MOST_HITS],
            hit_count=len(hits),
            line=ALERT_LINE,
            completeness=fact_table(run.manifest.get("completeness")),
            manifest=json.dumps(run.manifest, indent=2, sort_keys=True, ensure_ascii=False),
        )


def _names(hit: Hit, officer: Officer) -> bool:
    """Say whether a hit names an officer."""
    named = {plain(name) for name in (hit.subject, hit.trader_id, hit.owner_id) if name}
    return bool(parties.names_of(officer) & named)


def loaded(access: Access, run_id: str) -> Run:
    """Return a run, or say that there is none."""
    with access.reading() as session:
        if session.get(RunRow, run_id) is None:
            raise HTTPException(404, f"There is no run {run_id}.")
        return runs.load(session, run_id)


def _counted(verdict: Verdict) -> CountedVerdict:
    above = sum(hit.score >= ALERT_LINE for hit in verdict.hits)
    return CountedVerdict(verdict, above, len(verdict.hits) - above)


def _counts(run: Run) -> dict[Outcome, int]:
    """Count the verdicts of a run by outcome, those that are none too."""
    outcomes = [verdict.outcome for verdict in run.verdicts]
    return {outcome: outcomes.count(outcome) for outcome in Outcome}


def _hits(run: Run) -> list[Hit]:
    return [hit for verdict in run.verdicts for hit in verdict.hits]


def certificates(session: Session, run_id: str) -> list[Report]:
    """Return the replay certificates of a run."""
    wanted = select(Report).where(Report.subject == f"run:{run_id}")
    return list(session.exec(wanted.order_by(col(Report.id))))


def fact_table(facts: Any) -> FactTable:
    """Turn facts per name into a table."""
    rows = [(name, fact) for name, fact in facts.items()] if isinstance(facts, Mapping) else []
    columns = list(dict.fromkeys(key for _, fact in rows for key in fact))
    columns.sort(key=lambda name: name != "rows")
    values = {name: [fact.get(name) for _, fact in rows] for name in columns}
    numeric = {name for name in columns if all(map(_is_number, values[name]))}
    return FactTable(columns, numeric, rows)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def _hidden(session: Session, run: Run) -> set[str]:
    """Return the hits of a run that a suppression kept from being filed."""
    rules = {verdict.rule_id for verdict in run.verdicts if verdict.hits}
    of = (
        select(Suppressed.hit_id)
        .join(Suppression, col(Suppression.id) == col(Suppressed.suppression_id))
        .where(col(Suppression.rule_id).in_(rules))
    )
    return set(session.exec(of))


def _cases(session: Session, run: Run) -> Mapping[str, str]:
    """Return the case of each hit that was filed."""
    ids = [hit.id for hit in _hits(run) if hit.score >= ALERT_LINE]
    filed: dict[str, str] = {}
    for some in portions(ids):
        theirs = col(AlertHit.hit_id).in_(some)
        of = select(AlertHit.hit_id, Alert.case_id).join(Alert).where(theirs)
        filed.update(dict(session.exec(of).all()))
    return filed
