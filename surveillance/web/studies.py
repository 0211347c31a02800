"""Studies on a screen: what a rule would have raised, or where its line should be; and the report.

A backtest or a tuning of a published version is asked for here, as on the command line; it takes
minutes, so it is a task. The study it comes to is read here, and rendered as the PDF that goes with
a decision. None of it files anything, so an auditor may. What a tuning drew is labelled by those
who work cases.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from sqlmodel import Session, col, select

from surveillance.installation import Installation
from surveillance.records.answers import AlertChange
from surveillance.records.tables import Report, RuleVersion, Study
from surveillance.reports.study import BacktestReport, TuningReport, study_report
from surveillance.rules.variant import dials
from surveillance.studies import store, tuning
from surveillance.web import tasks, trials
from surveillance.web.access import LARGEST, Access, Reader, Worker, go, segment

router = APIRouter()
_LATEST = 50
"""How many studies are listed; each is read whole for the sentence it says."""
_MOST = 500
"""How many alerts of a kind, or hits of a sample, a page shows."""


class ChangeTable(NamedTuple):
    """The alerts that were lost, gained or changed, as many as a page shows, and how many are."""

    kind: str
    total: int
    changes: Sequence[AlertChange]


@router.get("/studies")
def list_studies(access: Reader, rule: Annotated[str, Query(max_length=100)] = "") -> Response:
    """List studies, of one rule if it is named, the latest first."""
    with access.reading() as session:
        summaries = [study_report(row) for row in store.latest(session, rule or None, _LATEST)]
    return access.page("studies.html", studies=summaries, rule=rule, most=_LATEST)


@router.get("/studies/new")
def offer(
    access: Reader,
    rule: Annotated[str, Query(max_length=100)],
    version: Annotated[int, Query(ge=1, le=LARGEST)],
) -> Response:
    """Offer to try a rule version on past activity, and show how far that is."""
    with access.reading() as session:
        entry = trials.entry_of(session, rule, version)
    if entry is None:
        raise HTTPException(404, f"There is no version {version} of a rule {rule}.")
    return access.page(
        "trial.html",
        rule=entry.rule,
        dials=list(dials(entry.rule).values()),
        around=trials.AROUND,
        tasks=tasks.on(access, f"rule:{rule}"),
    )


@router.post("/studies")
def try_rule(
    access: Reader,
    kind: Annotated[Literal["backtest", "tuning"], Form()],
    rule: Annotated[str, Form(max_length=100)],
    version: Annotated[int, Form(ge=1, le=LARGEST)],
    start: Annotated[str, Form(max_length=40)] = "",
    end: Annotated[str, Form(max_length=40)] = "",
    number: Annotated[str, Form(max_length=200)] = "",
    values: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Ask for a backtest of a rule version, or for a tuning of one of its numbers."""
    with access.reading() as session:
        if session.get(RuleVersion, (rule, version)) is None:
            raise HTTPException(404, f"There is no version {version} of a rule {rule}.")
    wanted: dict[str, object] = {"version": version, "from": start, "to": end}
    wanted |= {"number": number, "values": values} if kind == "tuning" else {}
    where = f"/studies/new?rule={segment(rule)}&version={version}#tasks"
    return tasks.ask(access, kind, f"rule:{rule}", where, wanted)


@router.get("/studies/{study_id}")
def show_study(access: Reader, study_id: str) -> Response:
    """Show what a study found, with its chart, and the reports made of it."""
    study = _study(access, study_id)
    with access.reading() as session:
        reports = _reports(session, study.id)
    return access.page(
        f"{study.kind}.html",
        study=study,
        answer=study.answer,
        picture=Markup(study.picture),  # noqa: S704 - drawn by us, every word in it escaped
        reports=reports,
        tasks=tasks.on(access, f"study:{study.id}"),
        changes=_changes(study) if isinstance(study, BacktestReport) else [],
        most=_MOST,
    )


@router.post("/studies/{study_id}/report")
def make_report(access: Reader, study_id: str) -> Response:
    """Ask that a study is rendered as PDF."""
    study = _study(access, study_id)
    where = f"/studies/{segment(study.id)}#reports"
    return tasks.ask(access, "study", f"study:{study.id}", where)


async def _labels_of(request: Request) -> dict[str, bool]:
    """Return what the officer said of hits, by their ids; of some they may have said nothing."""
    form = await request.form()
    said = ((name.removeprefix("label-"), value) for name, value in form.items())
    return {hit: _LABELS[value] for hit, value in said if value in _LABELS}


_LABELS = {"productive": True, "unproductive": False}


@router.post("/studies/{study_id}/labels")
def label(
    access: Worker, study_id: str, labels: Annotated[dict[str, bool], Depends(_labels_of)]
) -> Response:
    """Store what an officer found the drawn hits to be, and show what follows from it."""
    study = _study(access, study_id)
    if not isinstance(study, TuningReport):
        raise HTTPException(404, f"There is no tuning {study_id}.")
    place = Installation(access.settings, access.request.app.state.engine)
    drawn_in = study.answer["drawn_in"] or study.id
    stored = tuning.label(place, drawn_in, labels, access.officer.id, access.now)
    return go(f"/studies/{segment(stored.id)}")


def _study(access: Access, study_id: str) -> BacktestReport | TuningReport:
    with access.reading() as session:
        study = session.get(Study, study_id)
        if study is None:
            raise HTTPException(404, f"There is no study {study_id}.")
        return study_report(study)


def _reports(session: Session, study_id: str) -> list[Report]:
    wanted = select(Report).where(Report.subject == f"study:{study_id}")
    return list(session.exec(wanted.order_by(col(Report.id))))


def _changes(study: BacktestReport) -> list[ChangeTable]:
    """Return what a backtest would change of the version in force; nothing where none is."""
    if not study.answer["in_force"]:
        return []
    tables = ((kind, study.changes(kind)) for kind in ("lost", "gained", "changed"))
    counts = study.answer["counts"]
    return [ChangeTable(kind, counts[kind], rows[:_MOST]) for kind, rows in tables if rows]
