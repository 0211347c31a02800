"""What tests of reports share."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from surveillance import reports
from surveillance.reports.pdf import Attached, write_pdf


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out an empty page, for what a report says is in its text and in what it carries.

    To lay out a whole report takes a second.
    """

    def written(_: str, attached: Sequence[Attached], at: datetime) -> bytes:
        return write_pdf('<html lang="en"><title>Blank</title>', attached, at)

    monkeypatch.setattr(reports, "write_pdf", written)
