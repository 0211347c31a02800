"""Logs of what runs for long: a level and a message a line, and no value that code came across.

What an exception says may hold a row, and with it a person, so of an exception the kind and the
places are logged, and not its message.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any


class LogFormat(StrEnum):
    """How a line of the log is written."""

    TEXT = "text"
    JSON = "json"


def set_up(how: LogFormat) -> None:
    """Write what is logged from now on to the error stream."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if how is LogFormat.JSON else _Text())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)


class _Text(logging.Formatter):
    """Lines for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return kind and places of an exception."""
        kind, _, trace = ei
        return "".join([*traceback.format_tb(trace), kind.__name__ if kind else ""])


class _Json(_Text):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time, level, where it was logged, and message; of an exception its places too."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
