"""The work of a team in a period as a record: what the PDF prints and what is attached to it."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from surveillance.casework.queue import Backlog
from surveillance.casework.team import Team

FORMAT = "surveillance-team/1"


def record_of(team: Team, backlog: Backlog) -> dict[str, Any]:
    """Return what is attached: counts, shares, times, and lengths of time in seconds."""
    return {"format": FORMAT, "team": _plain(asdict(team)), "backlog": _plain(asdict(backlog))}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.total_seconds() if isinstance(value, timedelta) else value
