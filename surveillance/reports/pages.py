"""Templates of reports, found by their place: ``templates/reports/<case|run|study>/<kind>.html``.

A template that lies there is a report kind; its first comment is its title. A form with
numbered fields has them beside it as ``<kind>.yml``. There is no list to edit.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from surveillance import config
from surveillance.errors import SurveillanceError
from surveillance.model import Scalar
from surveillance.rules import rounding
from surveillance.rules.rounding import figure
from surveillance.times import format_time

TEMPLATES = config.TEMPLATES / "reports"
_TITLE = re.compile(r"\{#\s*(.+?)\s*#\}", re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_DIGEST = re.compile(r"[0-9a-f]{32,}")
_EXACT = re.compile(r"-?\d{1,18}\.\d+")


@dataclass(frozen=True, slots=True, order=True)
class ReportKind:
    """A report kind: what it is about (``case``, ``run``, ``study``), its name, its title."""

    about: str
    name: str
    title: str


def kinds(templates: Path = TEMPLATES) -> list[ReportKind]:
    """Return every report kind that has a template, by what it is about and by name."""
    return sorted(
        ReportKind(path.parent.name, path.stem, _title(path))
        for path in templates.glob("*/*.html")
        if not path.name.startswith("_")
    )


def find(about: str, name: str, templates: Path = TEMPLATES) -> ReportKind:
    """Return one report kind, or raise a SurveillanceError that names those that exist."""
    known = {kind.name: kind for kind in kinds(templates) if kind.about == about}
    if name not in known:
        raise SurveillanceError(f"expected a report kind of {sorted(known)}, was {name!r}")
    return known[name]


def render(kind: ReportKind, context: dict[str, Any], templates: Path = TEMPLATES) -> str:
    """Fill a template; a name it uses that the context lacks is an error, not a gap."""
    pages = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters.update(
        utc=utc,
        plain=plain,
        picture=picture,
        words=words,
        cell=cell,
        short=short,
        figure=figure,
        duration=_duration,
        percent=lambda share: rounding.percent(Decimal(str(share))),
    )
    template = pages.get_template(f"{kind.about}/{kind.name}.html")
    return template.render(kind=kind, **context)


def utc(moment: datetime) -> str:
    """Write a time for people: ``2026-03-02 12:00:42.5 UTC``."""
    day, clock = format_time(moment).rstrip("Z").split("T")
    return f"{day} {clock.rstrip('0').rstrip('.') if '.' in clock else clock} UTC"


def plain(value: Scalar) -> str:
    """Write a number with thousands separators and without trailing zeros; other text as it is.

    A measured ratio is cut to six digits; the attached evidence has it whole.
    """
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "–"}[value]
    try:
        number = Decimal(f"{value:.6g}" if isinstance(value, float) else str(value))
    except InvalidOperation:
        return str(value)
    if not number.is_finite():
        return str(value)
    return f"{number.normalize():,f}" if number else "0"


def cell(value: str | None) -> str:
    """Write one stored value: exact decimals without trailing zeros, times without T and Z."""
    if value is None:
        return "–"
    if _TIME.fullmatch(value):
        return value.replace("T", " ").rstrip("Z")
    return plain(value) if _EXACT.fullmatch(value) else value


def words(name: str) -> str:
    """Write a name of ours as words: ``front_running`` becomes ``front running``."""
    return name.replace("_", " ")


def short(value: str) -> str:
    """Write the beginning of a digest; other text as it is."""
    return f"{value[:16]}…" if _DIGEST.fullmatch(value) else value


def _duration(length: timedelta) -> str:
    return rounding.duration(Decimal(str(length.total_seconds())))


def picture(svg: str) -> str:
    """Write an SVG as an address that holds it."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _title(path: Path) -> str:
    title = _TITLE.match(path.read_text(encoding="utf-8"))
    if title is None:
        raise SurveillanceError(f"expected {path} to begin with a comment, its title")
    return " ".join(title[1].split())
