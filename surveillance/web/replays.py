"""Replaying a run on a screen: the same again, or what another version of a rule would have said.

Neither files anything, so an auditor may; what is kept is the certificate, as a report on the run.
A window takes minutes to judge, so it is a task, whose answer the page shows.
"""

import json
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form, HTTPException, Query
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance.canonical import restored
from surveillance.model import ALERT_LINE, Run
from surveillance.proof.premises import Difference
from surveillance.proof.replay import Replay
from surveillance.records.tables import RuleVersion, TaskRow
from surveillance.web import runs, tasks
from surveillance.web.access import LARGEST, Reader, segment

router = APIRouter(prefix="/runs/{run_id}")


class ShownDifference(NamedTuple):
    """A difference, what it means for the queue, and whether the hit fell below its line."""

    difference: Difference
    kind: str
    is_below: bool


@router.get("/replay")
def show_replay(
    access: Reader, run_id: str, task: Annotated[int, Query(ge=0, le=LARGEST)] = 0
) -> Response:
    """Offer to replay a run, and show what a task came to."""
    run = runs.loaded(access, run_id)
    with access.reading() as session:
        row = session.get(TaskRow, task) if task else None
        if row and (row.subject, row.kind, bool(row.answer)) != (f"run:{run.id}", "replay", True):
            raise HTTPException(404, f"There is no replay {task} of this run.")
        outcome = restored(Replay, row.answer) if row else None
        return access.page(
            "replay.html",
            run=run,
            outcome=outcome,
            swap=json.loads(row.argument)["swap"] if row else "",
            differences=[_shown(difference) for difference in outcome.differences]
            if outcome
            else [],
            others=_other_versions(session, run),
            certificates=runs.certificates(session, run.id),
            tasks=tasks.on(access, f"run:{run.id}"),
        )


@router.post("/replay")
def judge_again(
    access: Reader, run_id: str, swap: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Ask that the window of a run is judged again."""
    run = runs.loaded(access, run_id)
    return tasks.ask(access, "replay", f"run:{run.id}", _where(run), {"swap": swap})


@router.post("/certificate")
def certify(access: Reader, run_id: str) -> Response:
    """Ask that a run is replayed and the certificate kept."""
    run = runs.loaded(access, run_id)
    return tasks.ask(access, "certificate", f"run:{run.id}", _where(run))


def _where(run: Run) -> str:
    return f"/runs/{segment(run.id)}/replay#tasks"


def _other_versions(session: Session, run: Run) -> list[RuleVersion]:
    """Return the versions of the run's rules that it did not use."""
    used = {(verdict.rule_id, verdict.version) for verdict in run.verdicts}
    rules = {rule_id for rule_id, _ in used}
    wanted = select(RuleVersion).where(col(RuleVersion.rule_id).in_(rules))
    ordered = wanted.order_by(col(RuleVersion.rule_id), col(RuleVersion.version))
    return [row for row in session.exec(ordered) if (row.rule_id, row.version) not in used]


def _shown(difference: Difference) -> ShownDifference:
    """Say of a score that crossed the line which way it did: lost as an alert, or gained."""
    if difference.kind != "changed" or difference.measure != "score":
        return ShownDifference(difference, difference.kind, False)
    before, after = (float(score) >= ALERT_LINE for score in (difference.before, difference.after))
    if before == after:
        return ShownDifference(difference, difference.kind, False)
    return ShownDifference(difference, "lost" if before else "gained", before)
