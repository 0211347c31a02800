"""What a run of tests says of itself, for a page that is committed.

A run can be one part of several in a file: the others stay as they were, each of its own code.
What a test counts it records under a name, in words and numbers; numbers of equal words add up.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from surveillance import software
from surveillance.config import Settings
from surveillance.studies.measure.week import rulebook_digest

_OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that the outcome of this run is written to, and the name of the run there."""
    parser.addoption("--stamp", type=Path, help="write the outcome, with code and rules, as JSON")
    parser.addoption("--part", default="tests", help="under this name in the file of --stamp")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Write the outcome, if a file was named."""
    path: Path | None = config.getoption("stamp")
    if path is not None:
        parts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        parts[config.getoption("part")] = stamped(terminalreporter.stats, config)
        path.write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")


def stamped(stats: dict[str, list[Any]], config: pytest.Config) -> dict[str, Any]:
    """Return what was run, of which code and rules, when, how long, and what came of it."""
    reports = [report for each in stats.values() for report in each]
    return {
        "command": " ".join(["pytest", *map(str, config.invocation_params.args)]),
        "depth": int(os.environ.get("TEST_DEPTH", "1")),
        "code": software.code(),
        "rules": rulebook_digest(Settings().rules),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "seconds": round(sum(getattr(report, "duration", 0) for report in reports)),
        "tests": {outcome: len(stats.get(outcome, [])) for outcome in _OUTCOMES},
        **added(said for each in reports if _is_call(each) for said in each.user_properties),
    }


def _is_call(report: object) -> bool:
    """Say whether a report is of a test itself; what comes after it repeats what it recorded."""
    return getattr(report, "when", "") == "call"


def added(recorded: Iterable[tuple[str, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Add up what tests recorded, by name and by words."""
    sums: dict[str, dict[str, Counter[str]]] = {}
    for name, of in recorded:
        words = json.dumps({key: value for key, value in of.items() if isinstance(value, str)})
        numbers = {key: value for key, value in of.items() if isinstance(value, int)}
        sums.setdefault(name, {}).setdefault(words, Counter()).update(numbers)
    return {
        name: [json.loads(words) | numbers for words, numbers in sorted(rows.items())]
        for name, rows in sums.items()
    }
