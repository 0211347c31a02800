"""Replaying a run on a screen: the same again, or what another version of a rule would have said.

Neither files anything, so an auditor may; what is kept is the certificate, as a report on the run.
"""

from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance import rendering, reports
from surveillance.errors import SurveillanceError
from surveillance.model import QUEUE_LINE, Run
from surveillance.proof import replay
from surveillance.proof.replay import Replay
from surveillance.records import journal
from surveillance.records.tables import RuleVersion
from surveillance.web import runs
from surveillance.web.desk import LARGEST, Desk, Reader, go, segment

router = APIRouter(prefix="/runs/{run_id}")
_ONE_AT_A_TIME = Lock()


@router.get("/replay")
def ask(desk: Reader, run_id: str) -> Response:
    """Offer to replay a run."""
    return _page(desk, runs.found(desk, run_id))


@router.post("/replay")
def judge_again(
    desk: Reader, run_id: str, swap: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Judge the window of a run again and show where that differs from what was recorded."""
    run = runs.found(desk, run_id)
    return _page(desk, run, _replayed(desk, run, swap), swap)


@router.post("/certificate")
def certify(desk: Reader, run_id: str) -> Response:
    """Replay a run and keep the certificate of it."""
    run = runs.found(desk, run_id)
    outcome = _replayed(desk, run, "")
    with desk.reading() as session:
        head = journal.head(session)
    rendered = reports.render_replay(
        outcome.told,
        institution=desk.settings.institution,
        at=desk.now,
        journal_head=head,
        templates=desk.settings.templates / "reports",
    )
    with desk.writing() as session:
        rendering.keep(
            session,
            desk.settings.reports,
            rendered,
            subject=f"run:{run.id}",
            officer=desk.officer,
            at=desk.now,
            journal_head=head,
        )
    return go(f"/runs/{segment(run.id)}/replay#certificates")


def _replayed(desk: Desk, run: Run, swap: str) -> Replay:
    rule_id, _, version = swap.partition("@")
    chosen = (rule_id, int(version)) if version.isdecimal() and int(version) <= LARGEST else None
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise SurveillanceError("expected no other replay at the moment, was one")
    try:
        return replay.replay(desk.settings, run.id, chosen)
    finally:
        _ONE_AT_A_TIME.release()


def _page(desk: Desk, run: Run, outcome: Replay | None = None, swap: str = "") -> Response:
    with desk.reading() as session:
        return desk.page(
            "replay.html",
            run=run,
            outcome=outcome,
            swap=swap,
            line=QUEUE_LINE,
            others=_other_versions(session, run),
            certificates=runs.certificates(session, run.id),
        )


def _other_versions(session: Session, run: Run) -> list[RuleVersion]:
    """Return the versions of the run's rules that it did not use."""
    used = {(verdict.rule_id, verdict.version) for verdict in run.verdicts}
    rules = {rule_id for rule_id, _ in used}
    wanted = select(RuleVersion).where(col(RuleVersion.rule_id).in_(rules))
    ordered = wanted.order_by(col(RuleVersion.rule_id), col(RuleVersion.version))
    return [one for one in session.exec(ordered) if (one.rule_id, one.version) not in used]
