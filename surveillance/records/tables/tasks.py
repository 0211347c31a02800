"""The table of slow work that officers asked for on a screen."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text
from sqlmodel import Field

from surveillance.records.tables.row import Row, choice


class TaskState(StrEnum):
    """How far a task is; the last three are ends."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskRow(Row, table=True):
    """A task: what it is about, such as ``run:<id>``, who asked, and what it came to.

    ``argument`` and ``answer`` are JSON; ``address`` is where the result can be looked at, and
    ``message`` says which step it is at, or why it failed.
    """

    __tablename__ = "tasks"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str = Field(index=True)
    argument: str = Field(sa_type=Text)
    asked_by: str = Field(foreign_key="officers.id", index=True)
    asked_at: datetime
    state: TaskState = Field(default=TaskState.WAITING, sa_type=choice(TaskState, "state"))
    started_at: datetime | None = None
    ended_at: datetime | None = None
    message: str = Field(default="", sa_type=Text)
    address: str = ""
    answer: str = Field(default="", sa_type=Text)

    @property
    def is_open(self) -> bool:
        """Say whether it has not ended."""
        return self.state in (TaskState.WAITING, TaskState.WORKING)
