"""Reports on an empty page, for whoever does not look at it: a whole one takes a second or more.

What a report says is in its text and in what it carries all the same.
"""

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module

import pytest

from surveillance.reports.pdf import Attached, write_pdf
from surveillance.upkeep import doctor


def write_blank(html: str, attached: Sequence[Attached], at: datetime) -> bytes:
    """Lay out an empty page that carries what the report does."""
    return write_pdf('<html lang="en"><title>Blank</title>', attached, at)


@pytest.fixture
def with_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the doctor take it that PDF files can be written: to see it takes a process each time."""
    monkeypatch.setitem(doctor._CHECKS, "pdf", (lambda *_: "PDF files can be written", ""))


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out an empty page in place of every report."""
    # The package offers the function of that name, so the module is asked for by its own.
    module = import_module("surveillance.reports.rendered")
    monkeypatch.setattr(module, "write_pdf", write_blank)
