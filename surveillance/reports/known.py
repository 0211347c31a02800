"""What the evidence of a case says taken together: each person, each row and each number once."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from surveillance.model import Dossier
from surveillance.reports.filing import Filing

Lines: TypeAlias = Iterable[str | None]
"""What a case answers to a field; what is empty is left out."""
MOST_NAMED = 12
"""Ids of a kind that a field names; the rest are counted."""


def of_persons(filing: Filing, *names: str) -> Iterable[str]:
    """Say what is known of each person, naming the account where there are several."""
    persons = list(subjects(filing))
    for trader, subject in persons:
        record = joined(subject.get(name) for name in names)
        yield f"{trader}: {record}" if record and len(persons) > 1 else record


def subjects(filing: Filing) -> Iterable[tuple[str, Mapping[str, str | None]]]:
    """Return each account that acted, once, with what was known of its holder at last."""
    holders = {_trader(dossier): dossier.subject for dossier in filing.dossiers}
    return sorted(holders.items())


def _trader(dossier: Dossier) -> str:
    return dossier.subject.get("trader_id") or dossier.hit.trader_id or dossier.hit.subject


def traders(filing: Filing) -> list[str]:
    """Return the accounts that acted, sorted."""
    return [trader for trader, _ in subjects(filing)]


def evidence(filing: Filing) -> dict[str, list[str]]:
    """Return the ids of the evidence by table, once each, in order."""
    by_table: dict[str, dict[str, None]] = {}
    for dossier in filing.dossiers:
        for table, ids in dossier.hit.evidence.items():
            by_table.setdefault(table, {}).update(dict.fromkeys(ids))
    return {table: list(ids) for table, ids in by_table.items()}


def rows(filing: Filing, table: str) -> list[Mapping[str, str | None]]:
    """Return evidence rows, once each though several alerts share them."""
    every = (row for dossier in filing.dossiers for row in dossier.rows.get(table, ()))
    return list({tuple(sorted(row.items(), key=str)): row for row in every}.values())


def column_of(rows: Iterable[Mapping[str, str | None]], name: str, **where: str) -> list[Decimal]:
    """Return the values of a column in some rows, of those whose other columns are as asked."""
    chosen = (row for row in rows if where.items() <= row.items())
    return [Decimal(value) for row in chosen if (value := row.get(name))]


def act(table: str, row: Mapping[str, str | None]) -> str:
    """Name what a row says somebody did: the event of an order and its id, or a trade."""
    names = {"orders": "order_id", "trades": "trade_id", "transfers": "transfer_id"}
    return joined((row.get("event") or row.get("direction"), row.get(names[table])), " ")


def distinct(filing: Filing, key: str) -> str:
    """Return the texts under a key of the rules, once each."""
    texts = (text for dossier in filing.dossiers for text in dossier.rule.get(key) or ())
    return "; ".join(dict.fromkeys(texts))


def joined(parts: Iterable[str | None], between: str = ", ") -> str:
    """Join the parts that say something."""
    return between.join(part for part in parts if part)


def named(what: str, value: str | None, empty: str = "") -> str:
    """Write a value after its name, or nothing where there is none."""
    return f"{what} {value}" if value and value != empty else ""


def day(moment: str) -> str:
    """Return the day of a time as it is stored."""
    return moment[:10]
