"""A finding as a report tells it: alerts of several rules on the same conduct, and their rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from surveillance.model import Dossier, Hit
from surveillance.reports.alerts import AlertPage
from surveillance.reports.exhibits import Exhibit, exhibits


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
