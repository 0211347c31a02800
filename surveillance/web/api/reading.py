"""What may be read: cases, alerts, runs and the risk of a trader."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict
from sqlmodel import col, func, or_, select

from surveillance.canonical import canonical
from surveillance.casework import files, parties, queue
from surveillance.casework.alerts import STANDING
from surveillance.casework.question import IN_WORK, Due, Question
from surveillance.model import Risk, Severity
from surveillance.records.tables import (
    Alert,
    Case,
    CaseState,
    Disposition,
    RunMode,
    RunRow,
    VerdictRow,
)
from surveillance.web.api.callers import REFUSED, Reader

router = APIRouter(responses=REFUSED)
Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=2**31 - 1)]
Name = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Word = Annotated[str | None, Query(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class Shown(BaseModel):
    """The base of what is shown: read from rows as they are."""

    model_config = ConfigDict(from_attributes=True)


class CaseLine(Shown):
    """A case as the queue shows it."""

    id: str
    subject: str
    owner_id: str | None
    state: CaseState
    assignee: str | None
    priority: float
    risks: list[Risk]
    typologies: list[str]
    instruments: list[str]
    alert_count: int
    awaits_approval: bool
    opened_at: datetime
    disposition: Disposition | None
    closed_at: datetime | None


class CasePage(Shown):
    """Some cases, and how many there are in all."""

    total: int
    cases: list[CaseLine]


class AlertLine(Shown):
    """An alert without its dossier."""

    id: str
    case_id: str
    run_id: str
    rule_id: str
    version: int
    risk: Risk
    typology: str
    severity: Severity
    score: float
    at: datetime
    subject: str
    trader_id: str | None
    owner_id: str | None
    instrument: str | None
    filed_at: datetime
    hits: int
    money: str


class RunLine(Shown):
    """A run, and what its rules said, by outcome."""

    id: str
    start: datetime
    end: datetime
    as_of: datetime
    digest: str
    mode: RunMode
    verdicts: dict[str, int] = {}


class RiskLine(BaseModel):
    """What stands against a trader in one family of risk."""

    risk: Risk
    alerts: int
    top_score: float
    unclosed_cases: list[str]


class TraderRisk(BaseModel):
    """What stands against a trader or owner, by family of risk."""

    trader: str
    risks: list[RiskLine]


@router.get("/cases")
def list_cases(
    caller: Reader,
    state: Annotated[list[CaseState] | None, Query()] = None,
    assignee: Word = None,
    risk: Risk | None = None,
    severity: Severity | None = None,
    typology: Word = None,
    instrument: Word = None,
    due: Due | None = None,
    about: Word = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> CasePage:
    """List cases, the most urgent first; those in work unless states are named."""
    with caller.reading() as session:
        page = queue.queue(
            session,
            Question(
                states=state or IN_WORK,
                assignee=assignee,
                risk=risk,
                severity=severity,
                typology=typology,
                instrument=instrument,
                due=due,
                about=about,
            ),
            now=caller.now,
            viewer=caller.officer,
            limit=limit,
            offset=offset,
        )
    return CasePage(total=page.total, cases=[CaseLine.model_validate(case) for case in page.cases])


@router.get("/cases/{case_id}")
def show_case(caller: Reader, case_id: Name) -> dict[str, Any]:
    """Return the whole file of a case; the read is recorded."""
    caller.read_case(case_id)
    with caller.reading() as session:
        file = files.case_file(session, case_id, now=caller.now)
        shown = {
            "case": file.case.model_dump(),
            "alerts": [asdict(alert.dossier.hit) | {"id": alert.id} for alert in file.alerts],
            "comments": [note.model_dump() for note in file.comments],
            "journal": [entry.model_dump() for entry in file.journal],
            "reports": [report.model_dump() for report in file.reports],
        }
    return dict(json.loads(canonical(shown)))


@router.get("/alerts")
def list_alerts(
    caller: Reader,
    case: Word = None,
    rule: Word = None,
    trader: Word = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[AlertLine]:
    """List alerts, those filed last first."""
    kept = col(Alert.case_id).in_(select(Case.id).where(parties.hidden(caller.officer)))
    wanted = select(Alert).where(STANDING, ~kept)
    for column, value in ((Alert.case_id, case), (Alert.rule_id, rule), (Alert.trader_id, trader)):
        wanted = wanted if value is None else wanted.where(col(column) == value)
    ordered = wanted.order_by(col(Alert.filed_at).desc(), col(Alert.id))
    with caller.reading() as session:
        rows = session.exec(ordered.limit(limit).offset(offset)).all()
        return [AlertLine.model_validate(row) for row in rows]


@router.get("/alerts/{alert_id}")
def show_alert(caller: Reader, alert_id: Name) -> dict[str, Any]:
    """Return an alert with what its hit says; that is a read of its case, and recorded."""
    with caller.reading() as session:
        alert = session.get(Alert, alert_id)
    if alert is None:
        raise HTTPException(404, f"There is no alert {alert_id}.")
    caller.read_case(alert.case_id)
    dossier = json.loads(alert.dossier)
    return AlertLine.model_validate(alert).model_dump(mode="json") | {"hit": dossier.get("hit")}


@router.get("/runs")
def list_runs(caller: Reader, limit: Limit = 50, offset: Offset = 0) -> list[RunLine]:
    """List runs, the latest window first."""
    wanted = select(RunRow).order_by(col(RunRow.end).desc(), col(RunRow.id))
    with caller.reading() as session:
        rows = session.exec(wanted.limit(limit).offset(offset)).all()
        return [RunLine.model_validate(row) for row in rows]


@router.get("/runs/{run_id}")
def show_run(caller: Reader, run_id: Name) -> RunLine:
    """Return a run, and how many of its rules said what."""
    with caller.reading() as session:
        row = session.get(RunRow, run_id)
        if row is None:
            raise HTTPException(404, f"There is no run {run_id}.")
        counted = select(VerdictRow.outcome, func.count()).where(VerdictRow.run_id == run_id)
        verdicts = {str(o): n for o, n in session.exec(counted.group_by(VerdictRow.outcome))}
        return RunLine.model_validate(row).model_copy(update={"verdicts": verdicts})


@router.get("/risk/{trader}")
def show_risk(caller: Reader, trader: Name) -> TraderRisk:
    """Return what stands against a trader or owner: alerts of each family, and cases in work."""
    with caller.reading() as session:
        theirs = or_(
            col(Alert.trader_id) == trader, col(Alert.owner_id) == trader,
            col(Alert.subject) == trader,
        )  # fmt: skip
        columns = (Alert.risk, Alert.score, Case.id, Case.state)
        seen = (STANDING, theirs, ~parties.hidden(caller.officer))
        found = session.exec(select(*columns).join(Case).where(*seen)).all()
    rows = [(Risk(risk), score, case, CaseState(state)) for risk, score, case, state in found]
    return TraderRisk(
        trader=trader, risks=[_risk(risk, rows) for risk in Risk if any(r[0] is risk for r in rows)]
    )


def _risk(risk: Risk, rows: list[tuple[Risk, float, str, CaseState]]) -> RiskLine:
    of = [row for row in rows if row[0] is risk]
    unclosed = sorted({case for _, _, case, state in of if state != CaseState.CLOSED})
    top = max(score for _, score, _, _ in of)
    return RiskLine(risk=risk, alerts=len(of), top_score=top, unclosed_cases=unclosed)
