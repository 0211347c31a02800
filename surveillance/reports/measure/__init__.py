"""A measure as people read it: a page with pictures, and a PDF that carries the figures.

Both are written from the measure and from the reasons beside it, and from nothing else.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surveillance.config import Institution
from surveillance.model import digest
from surveillance.records.journal import Anchor
from surveillance.reports import Rendered, pages, rendered
from surveillance.reports.measure.figures import Told, reasons
from surveillance.reports.measure.pictures import pictures
from surveillance.reports.measure.sections import sections
from surveillance.reports.measure.summary import facts, summary
from surveillance.reports.measure.words import spread
from surveillance.reports.pages import TEMPLATES
from surveillance.reports.pdf import Attached

__all__ = [
    "COLUMNS",
    "Told",
    "lines",
    "page",
    "pictures",
    "read",
    "render",
    "save",
    "summary",
    "write",
]

NAME = "measure.json"
REASONS = "reasons.yml"
_VENUE = Institution(name="Simulated Venue", legal_form="simulation, no legal person")
"""Whose activity it is: nobody's, whatever institution measures."""
COLUMNS = ("rule", "standing", "precision", "recall", "f1", "delay", "per_1000_clean")
"""What a line on a terminal has."""


def read(folder: Path) -> Told:
    """Read a measure that was written, and the reasons as they stand beside it now."""
    known = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return Told(known, reasons(folder / REASONS))


def save(folder: Path, measure: Mapping[str, Any]) -> None:
    """Keep a measure in a folder that may have reasons."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measure, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / NAME).write_text(f"{text}\n", encoding="utf-8")


def write(folder: Path, told: Told) -> None:
    """Write the page of a measure and its pictures beside each other."""
    drawn = pictures(told)
    for stale in folder.glob("*-[0-9].svg"):
        if stale.stem not in drawn:
            stale.unlink()
    for name, svg in drawn.items():
        (folder / f"{name}.svg").write_text(f"{svg}\n", encoding="utf-8")
    (folder / "README.md").write_text(page(told), encoding="utf-8")


def lines(told: Told) -> list[dict[str, Any]]:
    """Return a line for each rule, as a terminal shows it."""
    return [
        {
            "rule": name,
            "standing": told.standing(name),
            **{key: rule["at_aim"][key] for key in ("precision", "recall", "f1")},
            "delay": spread(rule["at_aim"]["delay_s"], "median"),
            "per_1000_clean": rule["at_aim"]["per_1000_clean"],
        }
        for name, rule in told.rules.items()
    ]


def page(told: Told) -> str:
    """Return the page in Markdown; pictures lie beside it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    where = Environment(
        loader=FileSystemLoader(TEMPLATES / "measure"),
        autoescape=False,  # noqa: S701 (Markdown, of our own figures)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return where.get_template("page.md").render(_context(told, list(pictures(told))))


def render(told: Told, *, journal_head: Anchor, templates: Path = TEMPLATES) -> Rendered:
    """Render a measure as of when it was made."""
    drawn = pictures(told)
    context = _context(told, list(drawn)) | {
        "pictures": drawn,
        "reference": f"measure/{told.id}",
        "evidence_digest": digest(told.body),
        "institution": _VENUE,
        "at": told.at,
        "journal_head": journal_head,
    }
    found = pages.find("measure", "simulated", templates)
    files = [Attached(NAME, "Machine-readable figures, canonical JSON", told.body, "Source")]
    return rendered(found, context, files, told.at, templates)


def _context(told: Told, drawn: list[str]) -> dict[str, Any]:
    return {
        "measure": told.measure,
        "summary": summary(told),
        "facts": facts(told),
        "sections": sections(told, drawn),
    }
