"""Replaying a run on a screen: the same again, or what another version of a rule would have said.

Neither files anything, so an auditor may; what is kept is the certificate, as a report on the run.
"""

from threading import Lock
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlmodel import Session, col, select

from surveillance import rendering, reports
from surveillance.errors import SurveillanceError
from surveillance.model import ALERT_LINE, Run
from surveillance.proof import replay
from surveillance.proof.premises import Difference
from surveillance.proof.replay import Replay
from surveillance.records import journal
from surveillance.records.tables import RuleVersion
from surveillance.web import runs
from surveillance.web.access import LARGEST, Access, Reader, go, segment

router = APIRouter(prefix="/runs/{run_id}")
_ONE_AT_A_TIME = Lock()


class ShownDifference(NamedTuple):
    """A difference, what it means for the queue, and whether the hit fell below its line."""

    difference: Difference
    kind: str
    is_below: bool


@router.get("/replay")
def ask(access: Reader, run_id: str) -> Response:
    """Offer to replay a run."""
    return _page(access, runs.loaded(access, run_id))


@router.post("/replay")
def judge_again(
    access: Reader, run_id: str, swap: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Judge the window of a run again and show where that differs from what was recorded."""
    run = runs.loaded(access, run_id)
    return _page(access, run, _replayed(access, run, swap), swap)


@router.post("/certificate")
def certify(access: Reader, run_id: str) -> Response:
    """Replay a run and keep the certificate of it."""
    run = runs.loaded(access, run_id)
    outcome = _replayed(access, run, "")
    with access.reading() as session:
        head = journal.head(session)
    rendered = reports.render_replay(
        outcome.summary,
        institution=access.settings.institution,
        at=access.now,
        journal_head=head,
        templates=access.settings.templates / "reports",
    )
    with access.writing() as session:
        rendering.save(
            session,
            access.settings,
            rendered,
            subject=f"run:{run.id}",
            officer=access.officer,
            at=access.now,
            journal_head=head,
        )
    return go(f"/runs/{segment(run.id)}/replay#certificates")


def _replayed(access: Access, run: Run, swap: str) -> Replay:
    rule_id, _, version = swap.partition("@")
    chosen = (rule_id, int(version)) if version.isdecimal() and int(version) <= LARGEST else None
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise SurveillanceError("expected no other replay at the moment, was one")
    try:
        return replay.replay(access.settings, run.id, chosen)
    finally:
        _ONE_AT_A_TIME.release()


def _page(access: Access, run: Run, outcome: Replay | None = None, swap: str = "") -> Response:
    with access.reading() as session:
        return access.page(
            "replay.html",
            run=run,
            outcome=outcome,
            swap=swap,
            differences=[_shown(difference) for difference in outcome.differences]
            if outcome
            else [],
            others=_other_versions(session, run),
            certificates=runs.certificates(session, run.id),
        )


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
