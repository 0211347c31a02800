"""A line of the log has a level and a message, and no value that an exception carried."""

import json
import logging
from collections.abc import Iterator

import pytest

from surveillance.cli import logs


@pytest.fixture(autouse=True)
def _root() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before, level


@pytest.mark.parametrize("how", list(logs.LogFormat))
def test_an_exception_is_logged_by_its_kind_and_place(
    how: logs.LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up(how)
    try:
        int("trader-" + str(7))
    except ValueError:
        logging.getLogger("of.somebody").exception("pull failed")

    line = capsys.readouterr().err
    assert "pull failed" in line
    assert "test_logs.py" in line
    assert "ValueError" in line
    assert "error" in line.lower()
    assert "trader-7" not in line


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(logs.LogFormat.JSON)
    logging.getLogger("surveillance.schedule").warning("first\nsecond")

    (line,) = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("+00:00")
    assert said == {
        "level": "warning",
        "logger": "surveillance.schedule",
        "message": "first\nsecond",
    }
