"""The sheet that an officer labels: the sample of a study as CSV, written and read back.

Every line names its study, so the labels come back to the question they answer, whatever has
landed or changed since.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surveillance.canonical import canonical
from surveillance.errors import SurveillanceError
from surveillance.records.answers import Sample

COLUMNS = (
    "study", "hit_id", "trader_id", "owner_id", "instrument", "at", "segment", "enters_at",
    "score", "measures", "evidence", "label",
)  # fmt: skip
_LABELS = {"productive": True, "unproductive": False}
_MOST_IDS = 20


def write(path: Path, study: str, below: Sample) -> int:
    """Write the sample of a study for labelling; return how many lines it has."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in below["sample"]:
            cells: dict[str, Any] = {**row, "study": study, "label": ""}
            cells["measures"] = _pairs(row["measures"])
            cells["evidence"] = "; ".join(_ids(row["evidence"]))
            writer.writerow(_safe(cells[name]) for name in COLUMNS)
    return len(below["sample"])


def read(path: Path) -> tuple[str, dict[str, bool]]:
    """Return the study that a labelled sheet belongs to, and its labels by hit.

    Raises:
        SurveillanceError: it is no such sheet, names several studies, or a label is neither
            productive nor unproductive; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as wrong:
        raise SurveillanceError(f"expected a labelled sheet, was {path}: {wrong}") from None
    if not lines or not {"study", "hit_id", "label"} <= lines[0].keys():
        raise SurveillanceError(f"expected a sheet with study, hit_id and label, was {path}")
    studies = sorted({line["study"] or "" for line in lines})
    if len(studies) != 1:
        raise SurveillanceError(f"expected one study in {path}, was {', '.join(studies)}")
    labels: dict[str, bool] = {}
    for number, line in enumerate(lines, 2):
        label = (line["label"] or "").strip().lower()
        if label and label not in _LABELS:
            expected = f"expected productive, unproductive or nothing as label, was {label!r}"
            raise SurveillanceError(f"{path}:{number}: {expected}")
        if label:
            labels[line["hit_id"] or ""] = _LABELS[label]
    return studies[0], labels


def _pairs(measures: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}={_text(value)}" for name, value in measures.items())


def _ids(evidence: Mapping[str, list[str]]) -> Iterator[str]:
    for table, ids in evidence.items():
        more = f" and {len(ids) - _MOST_IDS} more" if len(ids) > _MOST_IDS else ""
        yield f"{table}: {' '.join(ids[:_MOST_IDS])}{more}"


def _safe(value: Any) -> str:
    """Keep a spreadsheet from running what a trader named an account."""
    text = _text(value)
    is_number = isinstance(value, (int, float))
    return f"'{text}" if text[:1] in "=+-@\t\r" and text and not is_number else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else canonical(value).strip('"')
