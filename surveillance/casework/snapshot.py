"""A case file as text, and back: what a report was made of, so that it can be made again.

A case goes on after it was reported: alerts grow, it is closed, others read it. So all that a
report was rendered from is written down at that moment, and is read here as it was.
"""

import json
from dataclasses import fields
from typing import Any, TypeAlias

from pydantic import TypeAdapter

from surveillance.canonical import restored
from surveillance.casework.files import AlertFile, CaseFile
from surveillance.casework.queue import CaseSummary
from surveillance.records.tables import (
    Approval,
    Case,
    CaseRead,
    Comment,
    FilingRow,
    JournalEntry,
    Report,
)

_Row: TypeAlias = Any

_TABLES: dict[str, type[_Row]] = {
    "comments": Comment,
    "approvals": Approval,
    "journal": JournalEntry,
    "reports": Report,
    "filings": FilingRow,
    "reads": CaseRead,
}


def written(file: CaseFile) -> dict[str, Any]:
    """Return a case file as values that canonical JSON can hold."""
    places = {alert.id: place for place, alert in enumerate(file.alerts)}
    return {
        "case": file.case.model_dump(),
        "summary": _of_summary(file.summary),
        "alerts": file.alerts,
        "findings": [[places[alert.id] for alert in finding] for finding in file.findings],
        "earlier": [_of_summary(summary) for summary in file.earlier],
        **{name: [row.model_dump() for row in getattr(file, name)] for name in _TABLES},
    }


def read(values: dict[str, Any]) -> CaseFile:
    """Return the case file that was written."""
    alerts = tuple(restored(AlertFile, _text(alert)) for alert in values["alerts"])
    findings = tuple(tuple(alerts[place] for place in finding) for finding in values["findings"])
    return CaseFile(
        case=Case.model_validate(values["case"]),
        summary=_summary(values["summary"]),
        alerts=alerts,
        findings=findings,
        earlier=tuple(_summary(summary) for summary in values["earlier"]),
        **{
            name: tuple(table.model_validate(row) for row in values[name])
            for name, table in _TABLES.items()
        },
    )


def _of_summary(summary: CaseSummary) -> dict[str, Any]:
    values = {each.name: getattr(summary, each.name) for each in fields(summary)}
    return values | {"age": summary.age.total_seconds()}


def _summary(values: Any) -> CaseSummary:
    return TypeAdapter(CaseSummary).validate_python(values)


def _text(values: Any) -> str:
    """Write values that were read from canonical JSON as they were; canonical() knows no others."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
