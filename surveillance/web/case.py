"""A case on a screen: why it fired, what is known of the subject, what was done and by whom."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import Markup

from surveillance.canonical import canonical
from surveillance.casework import (
    attachments,
    checklist,
    drafts,
    links,
    overview,
    permissions,
    revisions,
)
from surveillance.casework.files import AlertFile
from surveillance.casework.filings import closings
from surveillance.model import Risk
from surveillance.records.approvals import pending
from surveillance.records.journal import SYSTEM
from surveillance.records.tables import CaseRead, Matter
from surveillance.reports import ReportKind, kinds
from surveillance.reports.alerts import AlertPage
from surveillance.web import filings, tasks
from surveillance.web.access import Access, Reader
from surveillance.web.entries import shown
from surveillance.web.measures import measures
from surveillance.web.queue import workers

router = APIRouter()


@dataclass(frozen=True)
class Readings:
    """How often one officer read a case, and when first and last."""

    officer_id: str
    count: int
    first: datetime
    last: datetime


@router.get("/cases/{case_id}")
def show_case(
    access: Reader, case_id: str, alert: str = "", skip: str = "", after: str = ""
) -> Response:
    """Show a case, one of its alerts in full, and what may be done with it."""
    access.read_case(case_id)
    with access.reading() as session:
        file = overview.overview(session, case_id, access.officer, now=access.now, shown=alert)
        waiting = pending(session, Matter.CASE, case_id)
        chosen = file.chosen
        page = AlertPage(1, chosen)
        entries = [shown(entry) for entry in reversed(file.journal)]
        return access.page(
            "case.html",
            file=file,
            alert=page,
            picture=Markup(page.chart),  # noqa: S704 - drawn by us, every word in it escaped
            book=Markup(page.book),  # noqa: S704 - likewise
            pattern=Markup(page.pattern),  # noqa: S704 - likewise
            leads=[_lead(lead) for lead in file.leads],
            playback=json.loads(canonical(chosen.dossier.playback)),
            actions=permissions.allowed(file.case, access.officer, waiting),
            waiting=waiting,
            filings=file.filings,
            clocks=[] if file.case.closed_at else filings.clocks(access, file.case),
            first_act=file.case.first_act or min(each.first_act for each in file.findings),
            people=workers(session),
            closings=closings(session, case_id),
            kinds=_kinds(access, chosen.dossier.hit.risk),
            timeline=[each for each in entries if each.entry.actor != SYSTEM],
            chatter=[each for each in entries if each.entry.actor == SYSTEM],
            measures=measures(page),
            readings=readings(file.reads),
            subject=sorted(chosen.dossier.subject.items(), key=_by_importance),
            skip=skip or case_id,
            after=after,
            drafts=drafts.of_case(session, access.officer, case_id),
            revision=revisions.latest(session, case_id),
            checklist=checklist.steps_of(chosen.dossier.rule, file.journal),
            files=attachments.of_case(session, case_id),
            endings=",".join(attachments.ENDINGS),
            links=links.of_case(session, case_id, access.officer),
            tasks=tasks.on(access, f"case:{case_id}"),
        )


def _lead(file: AlertFile) -> tuple[AlertPage, Markup, object]:
    """Return a finding beside the chosen one: its alert, picture, and what was measured."""
    page = AlertPage(1, file)
    return page, Markup(page.chart), measures(page)  # noqa: S704 - drawn by us


_OF_MONEY = ("sar",)
"""Reports for who looks at money; the others that have fields are for who looks at markets."""


def _kinds(access: Access, risk: Risk) -> list[tuple[ReportKind, bool]]:
    """Return the kinds of report on a case, and whether each has fields to fill in.

    Those for such a risk stand first, what is for nobody in particular last.
    """
    folder = access.settings.templates / "reports"
    known = [
        (kind, (folder / "case" / f"{kind.name}.yml").exists())
        for kind in kinds(folder)
        if kind.about == "case"
    ]
    is_money = risk is Risk.KYC_AML
    return sorted(known, key=lambda of: (not of[1], (of[0].name in _OF_MONEY) != is_money))


_FIRST = ("name", "kind", "entity", "trader_id", "owner_id", "opened_at")


def _by_importance(fact: tuple[str, str | None]) -> tuple[int, str]:
    return (_FIRST.index(fact[0]) if fact[0] in _FIRST else len(_FIRST), fact[0])


def readings(reads: Iterable[CaseRead]) -> list[Readings]:
    """Count who read a case, whoever read it last first."""
    times: dict[str, list[datetime]] = {}
    for read in reads:
        times.setdefault(read.officer_id, []).append(read.at)
    counted = [Readings(who, len(when), min(when), max(when)) for who, when in times.items()]
    return sorted(counted, key=lambda readings: readings.last, reverse=True)
