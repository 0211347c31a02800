"""What every report template owes its reader, whoever adds one."""

import io
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader

from surveillance.casework.queue import Backlog
from surveillance.casework.team import OfficerWork, RuleWork, Team, WeekWork
from surveillance.config.sections import Institution
from surveillance.model import Scene
from surveillance.records.assurance import AssuranceRecord, AssuredRule, RuleChange
from surveillance.records.coverage import CoverageRecord
from surveillance.records.tables import CaseState, Life
from surveillance.reports import (
    TEMPLATES,
    Rendered,
    ReportKind,
    kinds,
    measure,
    render_assurance,
    render_case,
    render_coverage,
    render_replay,
    render_study,
    render_team,
    stress,
)
from surveillance.rules import practices
from surveillance.studies.watch.coverage import coverage, record
from tests.given import measures, stresses, studies
from tests.given.activities import RULES, shipped
from tests.given.casework import OFFICER, VENUE, case_file
from tests.given.dossiers import DAY, after, dossier, hit, transfer_rows
from tests.reports.test_reports import replayed

KINDS = [pytest.param(kind, id=f"{kind.about}-{kind.name}") for kind in kinds()]


class Outline(HTMLParser):
    """The headings, images, links and header cells of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@cache
def rendered(kind: ReportKind) -> Rendered:
    file, head = case_file()
    if kind.about in ("rulebook", "team"):
        return of_house(kind.name)
    if kind.about == "run":
        return render_replay(replayed(), institution=VENUE, at=after(86_400), journal_head=head)
    if kind.about == "measure":
        return measure.render(measures.report(), journal_head=head)
    if kind.about == "stress":
        return stress.render(stresses.report(), institution=VENUE, journal_head=head)
    if kind.about == "study":
        answer = studies.backtest() if kind.name == "backtest" else studies.tuning()
        return render_study(studies.report(answer), institution=VENUE, journal_head=head)
    return render_case(
        file,
        kind.name,
        institution=VENUE,
        officer=OFFICER,
        at=after(86_400),
        journal_head=head,
    )


def of_house(name: str) -> Rendered:
    _, head = case_file()
    if name == "period":
        return render_team(*worked(), institution=VENUE, at=after(86_400), journal_head=head)
    if name == "assurance":
        return render_assurance(assured(), institution=VENUE, at=after(86_400), journal_head=head)
    return render_coverage(covered(), institution=VENUE, at=after(86_400), journal_head=head)


def assured() -> AssuranceRecord:
    """Return what a run says of two rules, of which one missed its canary."""
    rule = AssuredRule(
        rule_id="spoofing",
        version=3,
        title="Spoofing",
        life="active",
        off="",
        outcome="hit",
        reason="",
        canary="found 2 of 2",
        is_missed=False,
        silence="hit in the last window",
        is_unusual=False,
        not_judged=("4 orders without a trader",),
        since=after(0),
        by="officer-1",
        approved_by="supervisor-1",
    )
    missed = replace(rule, rule_id="layering", canary="missed act: too far", is_missed=True)
    change = RuleChange(after(0), "spoofing", 3, "active", "officer-1", "supervisor-1", "Due.")
    return AssuranceRecord(
        format="surveillance-assurance/1",
        run_id="run-1",
        start=after(0),
        end=after(60),
        as_of=after(90),
        feeds=("orders: silent for 900 seconds",),
        rules=(rule, missed),
        changes=(change,),
    )


def worked() -> tuple[Team, Backlog]:
    """Return a week of two officers, one of whom has nothing left."""
    hours = timedelta(hours=5)
    busy = OfficerWork("officer-1", 3, 1, after(0), 4, 2, hours)
    idle = OfficerWork("officer-2", 0, 0, None, 0, 0, None)
    team = Team(
        start=after(0),
        end=after(7 * 86_400),
        officers=(busy, idle),
        rules=(RuleWork("spoofing", 4, 2),),
        weeks=(WeekWork(after(0), 7, 4, 2, hours),),
    )
    backlog = Backlog({CaseState.OPEN: 3}, {"under a day": 3}, 0, 1, 1, after(0))
    return team, backlog


def covered() -> CoverageRecord:
    """Return what the shipped rules cover."""
    rules = [(entry.rule, Life.ACTIVE) for entry in shipped().entries.values()]
    return record(coverage(practices.load(RULES), rules))


def outline(kind: ReportKind) -> Outline:
    return Outline(rendered(kind).html)


def test_the_kinds_are_those_with_a_template() -> None:
    assert {(kind.about, kind.name) for kind in kinds()} >= {
        ("case", "case-file"),
        ("case", "sar"),
        ("case", "stor-mar"),
        ("case", "stor-mica"),
        ("measure", "measure"),
        ("rulebook", "assurance"),
        ("rulebook", "coverage"),
        ("run", "replay-certificate"),
        ("stress", "stress-test"),
        ("study", "backtest"),
        ("team", "period"),
        ("study", "tuning"),
    }
    forms = {path.with_suffix(".html") for path in TEMPLATES.glob("*/*.yml")}
    assert all(path.exists() for path in forms)


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_a_language_a_title_and_one_first_heading(kind: ReportKind) -> None:
    page = outline(kind)
    assert page.named("html") == [{"lang": "en"}]
    assert len(page.named("h1")) == 1
    assert f"<title>{kind.title}" in rendered(kind).html


@pytest.mark.parametrize("kind", KINDS)
def test_its_headings_skip_no_level(kind: ReportKind) -> None:
    levels = [int(tag[1]) for tag, _ in outline(kind).tags if re.fullmatch(r"h[1-6]", tag)]
    steps = pairwise(levels)
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in steps)


@pytest.mark.parametrize("kind", KINDS)
def test_its_pictures_have_words_and_its_header_cells_a_direction(kind: ReportKind) -> None:
    page = outline(kind)
    assert all(image.get("alt") for image in page.named("img"))
    assert all(cell.get("scope") in {"row", "col"} for cell in page.named("th"))


@pytest.mark.parametrize("kind", KINDS)
def test_it_reaches_nothing_outside_itself(kind: ReportKind) -> None:
    page = outline(kind)
    addresses = [a.get("href") or a.get("src") or "" for a in page.named("a", "img", "link")]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not page.named("script", "iframe", "object")


@pytest.mark.parametrize("kind", KINDS)
def test_it_prints_its_reference_its_pages_and_the_head_of_the_journal(kind: ReportKind) -> None:
    _, head = case_file()
    pdf = PdfReader(io.BytesIO(rendered(kind).pdf))
    last = pdf.pages[-1].extract_text()
    assert f"Page {len(pdf.pages)} of {len(pdf.pages)}" in last
    assert head.digest in pdf.pages[0].extract_text().replace("\n", "")


@pytest.mark.parametrize("kind", KINDS)
def test_it_carries_its_evidence(kind: ReportKind) -> None:
    reader = PdfReader(io.BytesIO(rendered(kind).pdf))
    files = reader.attachments
    associated: Any = reader.root_object["/AF"]
    assert sorted(each.get_object()["/F"] for each in associated) == sorted(files)
    assert [rendered(kind).evidence] in files.values()


@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize("kind", [p for p in KINDS if "case-" in str(p.id)])
def test_it_stands_a_case_of_payments_of_an_institution_that_is_not_configured(
    kind: ReportKind,
) -> None:
    paid = dossier(
        hit=hit("structuring", "T-3307", instrument=None, reasons=(), measures={}, thresholds={}),
        scene=Scene(DAY),
        rows={"transfers": transfer_rows()},
        row_counts={"transfers": 8},
        instrument={},
        subject={},
        peers={},
        accounts=(),
        rule={},
    )
    file, head = case_file([paid])
    report = render_case(
        file,
        kind.name,
        institution=Institution(),
        officer=OFFICER,
        at=after(86_400),
        journal_head=head,
    )
    assert "Institution not configured" in report.html
    assert "64,800" in report.html
