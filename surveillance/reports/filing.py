"""A case as a report sees it: its alerts with their pictures, its rules, its evidence as JSON.

The evidence is the same for every kind of report on the same case, and its digest stands on the
cover: fonts and layout cannot change it. The texts of comments stay out of it, for they are the
officers' own; that there was a comment is in the chronology.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from surveillance.casework.files import AlertFile, CaseFile
from surveillance.chart import book_svg, dossier_svg, pattern_svg
from surveillance.chart.repeats import Mark
from surveillance.config.sections import Institution
from surveillance.model import Dossier, Hit, Scalar, canonical, digest
from surveillance.playback import Book
from surveillance.records.journal import Anchor
from surveillance.records.tables import JournalEntry, Officer
from surveillance.reports.exhibits import Exhibit, exhibits, in_order
from surveillance.reports.pages import plain
from surveillance.rules import gates
from surveillance.rules.sentence import compared, conditions

FORMAT = "surveillance-evidence/1"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measure of a hit beside the threshold it was compared with, and what others came to.

    ``others`` is in words, and empty where there is no threshold.
    """

    measure: str
    value: Scalar
    threshold: Scalar
    others: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """One parameter of a rule as it was in force for the subject, and where it comes from."""

    name: str
    value: Scalar
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class Moment:
    """The order book at a step of the playback: best prices, and the depth of ten levels."""

    name: str
    step: int
    at: datetime
    bid: str | None
    ask: str | None
    bids: Decimal
    own_bids: Decimal
    asks: Decimal
    own_asks: Decimal


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """The alerts of one rule in the summary; the severity is that of the first."""

    title: str
    instruments: tuple[str, ...]
    alerts: int
    highest: float
    severity: str


_STRONGEST = 3
"""Alerts of one rule that the sections put in words; the annexes show all."""


@dataclass(frozen=True)
class AlertPage:
    """One alert as the annexes print it; ``number`` counts from 1 in order of time."""

    number: int
    file: AlertFile

    @property
    def dossier(self) -> Dossier:
        """Return everything that was gathered when the hit was filed."""
        return self.file.dossier

    @property
    def title(self) -> str:
        """Return the title of the rule that fired."""
        return str(self.dossier.rule.get("title") or self.dossier.hit.rule_id)

    @cached_property
    def chart(self) -> str:
        """Return the picture of the scene as SVG."""
        return dossier_svg(self.dossier)

    @cached_property
    def pattern(self) -> str:
        """Return the hits below the line that make up a pattern as SVG; nothing if it is none."""
        marks = [
            Mark(counted.hit.at, counted.hit.score, counted.is_alert)
            for counted in self.file.counted
        ]
        return pattern_svg(self.dossier, marks) if marks else ""

    @property
    def still_counted(self) -> int:
        """Return how many hits of a pattern are not alerts of their own by now."""
        return sum(not counted.is_alert for counted in self.file.counted)

    @cached_property
    def book(self) -> str:
        """Return the order book at its telling moments as SVG; nothing without a playback."""
        return book_svg(self.dossier)

    @cached_property
    def moments(self) -> list[Moment]:
        """Return the order book at its telling moments in figures."""
        playback = self.dossier.playback
        return [_moment(name, n, playback.steps[n].ts, book) for n, name, book in playback.marked()]

    @cached_property
    def exhibits(self) -> list[Exhibit]:
        """Return the evidence rows as tables."""
        return exhibits(self.dossier.rows, self.dossier.row_counts)

    @property
    def comparisons(self) -> list[Comparison]:
        """Return each measure with what the rule compares it with, where that is a parameter."""
        return [
            Comparison(name, value, line, "" if line is None else self._others(name))
            for name, value in self.dossier.hit.measures.items()
            for line in (self._threshold(name),)
        ]

    @property
    def thresholds(self) -> list[Threshold]:
        """Return the parameters in force: the hit's own values, with unit and provenance."""
        declared: Mapping[str, Any] = self.dossier.rule.get("parameters") or {}
        in_force = self.dossier.hit.thresholds
        return [
            Threshold(
                name,
                in_force.get(name, declared.get(name, {}).get("value")),
                str(declared.get(name, {}).get("unit", "")),
                str(declared.get(name, {}).get("source", "")),
            )
            for name in dict.fromkeys((*declared, *in_force))
        ]

    @property
    def conditions(self) -> list[str]:
        """Return in plain words from where on the rule fires, with the lines in force."""
        return conditions(self.dossier.rule, self.dossier.hit.thresholds)

    @property
    def is_anomaly(self) -> bool:
        """Say whether a fitted detector, not a written threshold, raised the alert."""
        return "anomaly" in (self.dossier.rule.get("detect") or {})

    def _others(self, measure: str) -> str:
        return compared(self.dossier.others.get(measure))

    def _threshold(self, measure: str) -> Scalar:
        """Find it by the gate of the measure, or by its name."""
        rule, in_force = self.dossier.rule, self.dossier.hit.thresholds
        required = gates.read((rule.get("detect") or {}).get("require") or {})
        lines = [gate.line.removeprefix("$") for gate in required if gate.measure == measure]
        return next((in_force[name] for name in (*lines, measure) if name in in_force), None)


@dataclass(frozen=True)
class Finding:
    """Alerts of several rules on the same conduct; the highest score stands first."""

    number: int
    pages: tuple[AlertPage, ...]

    @property
    def strongest(self) -> AlertPage:
        """Return the alert that stands for all."""
        return self.pages[0]

    @property
    def titles(self) -> tuple[str, ...]:
        """Return the titles of the rules that fired."""
        return tuple(dict.fromkeys(page.title for page in self.pages))

    @property
    def instruments(self) -> tuple[str, ...]:
        """Return the instruments concerned."""
        named = (page.dossier.hit.instrument for page in self.pages)
        return tuple(dict.fromkeys(name for name in named if name))

    @property
    def hits(self) -> tuple[Hit, ...]:
        """Return every hit of its alerts, the strongest of each first."""
        return tuple(
            hit
            for page in self.pages
            for hit in (page.dossier.hit, *(counted.hit for counted in page.file.hits))
        )

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return when the conduct began, and when it was seen last."""
        files = [page.file for page in self.pages]
        return min(file.first_act for file in files), max(file.last_act for file in files)

    @cached_property
    def evidence(self) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of the rows behind it by table, once each."""
        ids: dict[str, dict[str, None]] = {}
        for hit in self.hits:
            for table, names in hit.evidence.items():
                ids.setdefault(table, {}).update(dict.fromkeys(names))
        return {table: tuple(names) for table, names in ids.items()}

    @cached_property
    def rows(self) -> Mapping[str, tuple[Mapping[str, str | None], ...]]:
        """Return the stored rows behind it by table, once each though alerts share them."""
        tables = dict.fromkeys(table for page in self.pages for table in page.dossier.rows)
        return {
            table: unique(row for page in self.pages for row in page.dossier.rows.get(table, ()))
            for table in tables
        }

    @property
    def accounts(self) -> frozenset[str]:
        """Return the accounts of those it is about, and those that the evidence names beside."""
        return accounts_of(page.dossier for page in self.pages)

    @cached_property
    def exhibits(self) -> list[Exhibit]:
        """Return those rows as tables."""
        counts: dict[str, int] = {}
        for page in self.pages:
            for table, count in page.dossier.row_counts.items():
                counts[table] = max(counts.get(table, 0), count)
        return exhibits(self.rows, counts)


@dataclass(frozen=True)
class Filing:
    """A case about to be reported: by whom, when, and at which entry of the journal."""

    file: CaseFile
    institution: Institution
    officer: Officer
    at: datetime
    journal_head: Anchor

    @cached_property
    def alerts(self) -> tuple[AlertPage, ...]:
        """Return the alerts in order of time."""
        ordered = sorted(self.file.alerts, key=lambda a: (a.dossier.hit.at, a.id))
        return tuple(AlertPage(number, alert) for number, alert in enumerate(ordered, 1))

    @property
    def strongest(self) -> tuple[tuple[tuple[AlertPage, ...], int], ...]:
        """Return, for each rule, its strongest alerts in order of time, and how many more."""
        rules: dict[str, list[AlertPage]] = {}
        for page in self.alerts:
            rules.setdefault(page.dossier.hit.rule_id, []).append(page)
        return tuple((_best(pages), max(0, len(pages) - _STRONGEST)) for pages in rules.values())

    @cached_property
    def findings(self) -> tuple["Finding", ...]:
        """Return the findings: alerts on the same conduct as one, the highest score first."""
        pages = {page.file.id: page for page in self.alerts}
        return tuple(
            Finding(number, tuple(pages[alert.id] for alert in finding))
            for number, finding in enumerate(self.file.findings, 1)
        )

    @cached_property
    def tables(self) -> Mapping[str, tuple[Mapping[str, str | None], ...]]:
        """Return the stored rows of the whole case by table, once each."""
        names = dict.fromkeys(name for finding in self.findings for name in finding.rows)
        return {
            name: unique(row for finding in self.findings for row in finding.rows.get(name, ()))
            for name in in_order(names)
        }

    @property
    def dossiers(self) -> tuple[Dossier, ...]:
        """Return the dossiers of the alerts in order of time."""
        return tuple(page.dossier for page in self.alerts)

    @property
    def accounts(self) -> frozenset[str]:
        """Return the accounts of those it is about, and those that the evidence names beside."""
        return accounts_of(self.dossiers)

    @property
    def rules(self) -> list[AlertPage]:
        """Return the first alert of each rule version, sorted: what the rule annex prints."""
        first = {(p.dossier.hit.rule_id, p.dossier.hit.version): p for p in reversed(self.alerts)}
        return [first[key] for key in sorted(first)]

    @property
    def groups(self) -> list[AlertGroup]:
        """Return the alerts by the title of their rule, as the summary sums them up."""
        titles = sorted({page.title for page in self.alerts}, key=str.lower)
        return [
            _group(title, [page.dossier.hit for page in self.alerts if page.title == title])
            for title in titles
        ]

    @property
    def reasons(self) -> list[str]:
        """Return the sentences of the alerts, once each, those of the highest score first."""
        ranked = sorted(self.dossiers, key=lambda d: (-d.hit.score, d.hit.at))
        return list(dict.fromkeys(reason for d in ranked for reason in d.hit.words))

    @property
    def chronology(self) -> Sequence[tuple[JournalEntry, Sequence[tuple[str, str]]]]:
        """Return the journal of the case, each entry with its details except comments' texts.

        That a report was made is left out: else making one would change the evidence of the next.
        """
        return [(entry, _details(entry)) for entry in self.file.journal if entry.verb != "report"]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Return when the suspected behaviour began, and when it was seen last."""
        files = [page.file for page in self.alerts]
        return min(file.first_act for file in files), max(file.last_act for file in files)

    @cached_property
    def evidence(self) -> bytes:
        """Return the machine-readable evidence as canonical JSON."""
        case = self.file.case
        content = {
            "format": FORMAT,
            "case": case.model_dump(exclude={"priority"}),
            "alerts": [
                {"id": p.file.id, "filed_at": p.file.filed_at, "digest": p.file.digest}
                | {"first_act": p.file.first_act, "last_act": p.file.last_act}
                | {"money": p.file.money, "hits": p.file.hits, "dossier": p.dossier}
                | ({"counted": p.file.counted} if p.file.counted else {})
                for p in self.alerts
            ],
            "approvals": [approval.model_dump() for approval in self.file.approvals],
            "journal": [
                entry.model_dump(exclude={"detail"}) | {"detail": dict(details)}
                for entry, details in self.chronology
            ],
        }
        return canonical(content).encode()

    @property
    def evidence_digest(self) -> str:
        """Return the SHA-256 of the evidence."""
        return digest(self.evidence)


def accounts_of(dossiers: Iterable[Dossier]) -> frozenset[str]:
    """Return the accounts of subjects, and those that the evidence names as in their hand."""
    return frozenset(
        account
        for dossier in dossiers
        for account in (*dossier.accounts, *dossier.hit.evidence.get("accounts", ()))
    )


def unique(
    rows: Iterable[Mapping[str, str | None]],
) -> tuple[Mapping[str, str | None], ...]:
    """Return rows once each, in order of time where they have one."""
    once = {tuple(sorted(row.items(), key=str)): row for row in rows}.values()
    return tuple(sorted(once, key=lambda row: (row.get("ts") or "", row.get("seq") or "")))


def _group(title: str, hits: Sequence[Hit]) -> AlertGroup:
    instruments = [hit.instrument for hit in hits if hit.instrument]
    return AlertGroup(
        title=title,
        instruments=tuple(dict.fromkeys(instruments)) if hits[0].instrument else (),
        alerts=len(hits),
        highest=max(hit.score for hit in hits),
        severity=hits[0].severity,
    )


def _details(entry: JournalEntry) -> list[tuple[str, str]]:
    details: Mapping[str, Any] = json.loads(entry.detail)
    secret = {"text"} if entry.verb == "comment" else set()
    return [(k, plain(v)) for k, v in details.items() if v not in (None, "") and k not in secret]


def _moment(name: str, step: int, at: datetime, book: Book) -> Moment:
    bid, ask = (levels[0][1] if levels else None for levels in book)
    bids, own_bids = book.depth("buy")
    asks, own_asks = book.depth("sell")
    return Moment(
        name=name,
        step=step,
        at=at,
        bid=bid,
        ask=ask,
        bids=bids,
        own_bids=own_bids,
        asks=asks,
        own_asks=own_asks,
    )


def _best(pages: list[AlertPage]) -> tuple[AlertPage, ...]:
    top = sorted(pages, key=lambda page: (-page.dossier.hit.score, page.number))[:_STRONGEST]
    return tuple(sorted(top, key=lambda page: page.number))
