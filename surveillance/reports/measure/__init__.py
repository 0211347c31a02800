"""A measure as people read it: a page with pictures, and a PDF that carries the figures.

Both are written from the measure and from the reasons beside it, and from nothing else.
"""

import json
from pathlib import Path
from typing import Any

from surveillance.canonical import digest
from surveillance.config.sections import Institution
from surveillance.records.journal import Anchor
from surveillance.records.measures import Measure
from surveillance.reports import pages
from surveillance.reports.measure.figures import MeasureReport, reasons
from surveillance.reports.measure.pictures import pictures
from surveillance.reports.measure.sections import sections
from surveillance.reports.measure.summary import facts, summary
from surveillance.reports.measure.words import spread
from surveillance.reports.pages import TEMPLATES
from surveillance.reports.pdf import Attached
from surveillance.reports.rendered import Rendered, rendered

__all__ = [
    "COLUMNS",
    "MeasureReport",
    "page",
    "pictures",
    "read",
    "render",
    "rows",
    "save",
    "summary",
    "write",
]

NAME = "measure.json"
REASONS = "reasons.yml"
_VENUE = Institution(name="Simulated Venue", legal_form="simulation, no legal person")
"""Whose activity it is: nobody's, whatever institution measures."""
COLUMNS = ("rule", "aims", "precision", "recall", "f1", "delay", "per_1000_clean")
"""The columns of the rules on a terminal."""


def read(folder: Path) -> MeasureReport:
    """Read a measure that was written, and the reasons as they stand beside it now."""
    figures: Measure = json.loads((folder / NAME).read_text(encoding="utf-8"))
    return MeasureReport(figures, reasons(folder / REASONS))


def save(folder: Path, measure: Measure) -> None:
    """Write a measure into a folder that may have reasons."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(measure, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / NAME).write_text(f"{text}\n", encoding="utf-8")


def write(folder: Path, report: MeasureReport) -> None:
    """Write the page of a measure and its pictures beside each other."""
    drawn = pictures(report)
    for stale in folder.glob("*-[0-9].svg"):
        if stale.stem not in drawn:
            stale.unlink()
    for name, svg in drawn.items():
        (folder / f"{name}.svg").write_text(f"{svg}\n", encoding="utf-8")
    (folder / "README.md").write_text(page(report), encoding="utf-8")


def rows(report: MeasureReport) -> list[dict[str, Any]]:
    """Return a row for each rule, as a terminal shows it."""
    return [
        {
            "rule": name,
            "aims": report.against_aims(name),
            "precision": rule["at_aim"]["precision"],
            "recall": rule["at_aim"]["recall"],
            "f1": rule["at_aim"]["f1"],
            "delay": spread(rule["at_aim"]["delay_s"], "median"),
            "per_1000_clean": rule["at_aim"]["per_1000_clean"],
        }
        for name, rule in report.rules.items()
    ]


def page(report: MeasureReport) -> str:
    """Return the page in Markdown; pictures lie beside it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(TEMPLATES / "measure"),
        autoescape=False,  # noqa: S701 (Markdown, of our own figures)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return templates.get_template("page.md").render(_context(report, list(pictures(report))))


def render(report: MeasureReport, *, journal_head: Anchor, templates: Path = TEMPLATES) -> Rendered:
    """Render a measure as of when it was made."""
    drawn = pictures(report)
    context = _context(report, list(drawn)) | {
        "pictures": drawn,
        "reference": f"measure/{report.id}",
        "evidence_digest": digest(report.body),
        "institution": _VENUE,
        "at": report.at,
        "journal_head": journal_head,
    }
    kind = pages.find("measure", "measure", templates)
    files = [Attached(NAME, "Machine-readable figures, canonical JSON", report.body, "Source")]
    return rendered(kind, context, files, report.at, templates)


def _context(report: MeasureReport, drawn: list[str]) -> dict[str, Any]:
    return {
        "measure": report.measure,
        "summary": summary(report),
        "facts": facts(report),
        "sections": sections(report, drawn),
    }
