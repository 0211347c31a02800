"""A case as a report sees it: its alerts and findings, its rules, its evidence as JSON.

The evidence is the same for every kind of report on the same case, and its digest stands on the
cover: fonts and layout cannot change it. The texts of comments stay out of it, for they are the
officers' own; that there was a comment is in the chronology.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from surveillance.canonical import canonical, digest
from surveillance.casework.files import CaseFile
from surveillance.config.sections import Institution
from surveillance.model import Dossier, Hit
from surveillance.records.journal import Anchor
from surveillance.records.tables import JournalEntry, Officer
from surveillance.reports.alerts import AlertPage
from surveillance.reports.exhibits import in_order
from surveillance.reports.findings import Finding, accounts_of, unique
from surveillance.reports.pages import plain

FORMAT = "surveillance-evidence/1"


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


def _best(pages: list[AlertPage]) -> tuple[AlertPage, ...]:
    top = sorted(pages, key=lambda page: (-page.dossier.hit.score, page.number))[:_STRONGEST]
    return tuple(sorted(top, key=lambda page: page.number))
