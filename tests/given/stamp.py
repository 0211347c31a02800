"""What a run of tests says of itself, for a page that is committed."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from surveillance import software
from surveillance.config import Settings
from surveillance.studies.measure.week import rulebook_digest

_OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that the outcome of this run is written to."""
    parser.addoption("--stamp", type=Path, help="write the outcome, with code and rules, as JSON")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write the outcome, if a file was named."""
    path: Path | None = config.getoption("stamp")
    if path is not None:
        found = stamped(terminalreporter.stats, config.invocation_params.args)
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def stamped(stats: dict[str, list[Any]], command: tuple[Any, ...]) -> dict[str, Any]:
    """Return what was run, of which code and rules, when, and what came of it."""
    return {
        "command": " ".join(["pytest", *map(str, command)]),
        "depth": int(os.environ.get("TEST_DEPTH", "1")),
        "code": software.code(),
        "rules": rulebook_digest(Settings().rules),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "tests": {outcome: len(stats.get(outcome, [])) for outcome in _OUTCOMES},
    }
