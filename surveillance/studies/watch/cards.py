"""Model cards: what a segment model or a detector is, of what, how good, and who agreed to it.

Every fact of a card is read from what is stored: the model's own bytes, its row, the files that it
was made by as they were kept then, the runs and their canaries, the journal, the approvals. What
was not recorded is said to be so, and never filled in from the files of today.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypedDict

from sqlmodel import Session

from surveillance.detection import feature_file
from surveillance.records import artefacts
from surveillance.records.tables import Approval, DetectorModel, Officer, SegmentModel
from surveillance.times import format_time

FORMAT = "surveillance-model-card/1"
UNRECORDED = "not recorded"

Rows = list[dict[str, Any]]


class Card(TypedDict):
    """What is stored of a model, in the order in which a reader asks."""

    format: str
    model: str
    version: int
    digest: str
    purpose: str
    data: dict[str, Any]
    features: Rows
    method: dict[str, Any]
    validation: Rows
    power: Rows
    limits: list[str]
    approvals: Rows


def markdown(card: Card) -> str:
    """Write a card as Markdown."""
    return "\n".join(_markdown(card)) + "\n"


def made(row: SegmentModel | DetectorModel) -> dict[str, Any]:
    """Return of which activity a model was made, and when."""
    return {
        "fitted from": format_time(row.fitted_from),
        "fitted to": format_time(row.fitted_to),
        "made at": format_time(row.created_at),
    }


def features_of(session: Session, name: str | None, used: Iterable[str]) -> Rows:
    """Return what the features file that was kept says of each feature."""
    said: Mapping[str, feature_file.Feature] = {}
    if name is not None:
        said = feature_file.parse(artefacts.read(session, name).decode(), "features.yml").features
    return [
        {
            "feature": each,
            "unit": said[each].unit if each in said else UNRECORDED,
            "meaning": said[each].meaning if each in said else UNRECORDED,
            "why": said[each].why if each in said else UNRECORDED,
        }
        for each in used
    ]


def approvals_of(session: Session, proposals: Iterable[Approval]) -> Rows:
    """Return who asked for a model and who decided, with names and times."""
    words = {None: "waits", True: "approved", False: "refused"}
    return [
        {
            "decision": words[each.granted],
            "proposed by": _name(session, each.proposed_by),
            "proposed at": format_time(each.proposed_at),
            "reason": each.reason,
            "decided by": _name(session, each.decided_by),
            "decided at": format_time(each.decided_at) if each.decided_at else None,
        }
        for each in proposals
    ]


def _name(session: Session, officer_id: str | None) -> str | None:
    officer = session.get(Officer, officer_id) if officer_id else None
    return f"{officer.name} ({officer.id})" if officer and officer.name else officer_id


def _markdown(card: Card) -> Iterator[str]:
    yield f"# Model card: {card['model']}, version {card['version']}"
    yield from ("", card["purpose"], "", f"Digest `{card['digest']}`.")
    yield from _section("Data", _pairs(card["data"]))
    yield from _section("Features", card["features"])
    yield from _section("Method", _pairs(card["method"]))
    yield from _section("Validation and stability", card["validation"])
    yield from _section("Power", card["power"])
    yield from ("", "## Limits", "")
    yield from ([f"- {each}" for each in card["limits"]] or ["None is recorded."])
    yield from _section("Approvals", card["approvals"])


def _pairs(facts: Mapping[str, Any]) -> Rows:
    return [{"what": name, "value": value} for name, value in facts.items()]


def _section(title: str, rows: Rows) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    if not rows:
        yield "None is recorded."
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(_cell(row.get(name)) for name in columns)} |"


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.replace("|", "\\|").replace("\n", " ")
