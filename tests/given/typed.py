"""The command line in this process: the words that are typed, and what comes back."""

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from surveillance.cli import main
from tests.given.installations import Home


@dataclass(frozen=True)
class Output:
    """What a command wrote, and its exit code."""

    code: int
    out: str
    error: str

    @property
    def json(self) -> Any:
        """Return what it wrote as JSON."""
        return json.loads(self.out)


Say = Callable[..., Output]
"""Types words at an installation; they must end with the exit code ``expect``, 0 unless given."""
Explain = Callable[..., str]
"""Types words that must fail with an explanation, and returns it."""


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Say:
    """Type a command at an installation; it must end with ``expect``."""

    def typed(home: Home, *words: object, expect: int = 0) -> Output:
        monkeypatch.setenv("SURVEILLANCE_RULES", str(home.rules))
        typed = ["surveillance", "--home", str(home.path), *map(str, words)]
        monkeypatch.setattr(sys, "argv", typed)
        code = 0
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            root.handlers[:], root.level = handlers, level
        output = capsys.readouterr()
        assert code == expect, output.out + output.err
        return Output(code, output.out, output.err)

    return typed


@pytest.fixture
def explain(say: Say) -> Explain:
    """Type a command that must fail with an explanation, and return it: one line, no traceback."""

    def explained(home: Home, *words: object, lines: int = 1) -> str:
        output = say(home, *words, expect=2)
        assert output.error.startswith("error: ")
        assert "Traceback" not in output.error
        assert len(output.error.strip().splitlines()) == lines
        return output.error

    return explained
