"""Help answers at once, and teaches."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from surveillance import __version__
from surveillance.cli import app
from tests.given.installations import Home

HEAVY = (
    "duckdb",
    "pyarrow",
    "sqlalchemy",
    "sklearn",
    "pyod",
    "pandas",
    "weasyprint",
    "rich",
    "numpy",
)
HELP = f"""
import sys
from typer.testing import CliRunner
from surveillance.cli import app
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
print([name for name in {HEAVY} if name in sys.modules])
"""


def words() -> list[tuple[str, ...]]:
    """Return every command there is, groups and all."""
    groups: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    commands: list[tuple[str, ...]] = []
    for name, command in groups.items():
        inner = getattr(command, "commands", None)
        commands += [(name, each) for each in inner] if inner else [(name,)]
    return commands


@pytest.mark.parametrize("command", words(), ids=" ".join)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    output = CliRunner().invoke(app, [*command, "--help"]).output
    lines = output.strip().splitlines()

    assert lines[0].startswith("Usage: ")
    assert lines[2].strip().endswith((".", ":", ";", ",")) or len(lines[2].split()) > 5
    for option in (line for line in lines if line.strip().startswith("--")):
        assert len(option.split("  ")) > 1


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_module_runs_as_the_command_does(judged: Home) -> None:
    command = Path(sys.executable).with_name("surveillance")
    done = subprocess.run(
        [command, "--home", judged.path, "rules", "list"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={"SURVEILLANCE_RULES": str(judged.rules), "PATH": "/usr/bin"},
    )
    assert judged.run("rules", "list") == done.stdout


def test_the_version_needs_no_command() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.strip() == __version__
