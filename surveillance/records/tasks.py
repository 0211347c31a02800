"""Tasks: slow work that somebody asked for, done in turn, and what became of it.

What a task makes is kept and journalled where it belongs; its own row is a note on a door, so it
has no seal and changes by statements.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select, update

from surveillance.errors import SurveillanceError
from surveillance.records.tables import TaskRow, TaskState

MOST_OPEN = 20
"""Tasks of one officer that may wait or be worked on at once."""
_OPEN = (TaskState.WAITING, TaskState.WORKING)


def ask(
    session: Session,
    kind: str,
    subject: str,
    argument: Mapping[str, object],
    *,
    by: str,
    at: datetime,
) -> TaskRow:
    """Put a task at the end; the same that is still open is not asked for twice.

    Raises:
        SurveillanceError: the officer has too many open.
    """
    row = TaskRow(
        kind=kind, subject=subject, argument=json.dumps(argument, sort_keys=True),
        asked_by=by, asked_at=at,
    )  # fmt: skip
    mine = session.exec(
        select(TaskRow).where(TaskRow.asked_by == by, col(TaskRow.state).in_(_OPEN))
    ).all()
    for open_one in mine:
        if (open_one.kind, open_one.subject, open_one.argument) == (kind, subject, row.argument):
            return open_one
    if len(mine) >= MOST_OPEN:
        raise SurveillanceError(
            f"expected fewer than {MOST_OPEN} tasks of yours that go on, was {len(mine)}: "
            "wait for one, or cancel it"
        )
    session.add(row)
    session.flush()
    return row


def of_officer(session: Session, officer_id: str, most: int = 50) -> Sequence[TaskRow]:
    """Return what an officer asked for, the latest first."""
    own = select(TaskRow).where(TaskRow.asked_by == officer_id)
    return session.exec(own.order_by(col(TaskRow.id).desc()).limit(most)).all()


def on(session: Session, officer_id: str, subject: str) -> Sequence[TaskRow]:
    """Return an officer's tasks on a subject that are open or did not come to be, latest first.

    Of those that ended there is the latest alone; what was made lies where the subject is shown.
    """
    own = select(TaskRow).where(TaskRow.asked_by == officer_id, TaskRow.subject == subject)
    rows = session.exec(own.order_by(col(TaskRow.id).desc()).limit(MOST_OPEN)).all()
    return [
        row
        for place, row in enumerate(rows)
        if row.is_open or (place == 0 and row.state != TaskState.CANCELLED)
    ]


def _every(_: str) -> bool:
    return True


def claim(
    session: Session, at: datetime, is_wanted: Callable[[str], bool] = _every
) -> TaskRow | None:
    """Return the task of a wanted kind that has waited longest, taken by nobody else, or None."""
    waiting = select(TaskRow.id, TaskRow.kind).where(TaskRow.state == TaskState.WAITING)
    for name, kind in session.exec(waiting.order_by(col(TaskRow.id))).all():
        if not is_wanted(kind):
            continue
        taken = {"state": TaskState.WORKING, "started_at": at}
        if _change(session, name, (TaskState.WAITING,), **taken):
            return session.get_one(TaskRow, name, populate_existing=True)
    return None


def step(session: Session, task_id: int, message: str) -> bool:
    """Say which step a task is at; return whether it still goes on."""
    return _change(session, task_id, (TaskState.WORKING,), message=message)


def end(
    session: Session,
    task_id: int,
    state: TaskState,
    *,
    at: datetime,
    message: str = "",
    address: str = "",
    answer: str = "",
) -> bool:
    """Say what a task came to; return whether it went on until then, and was not cancelled."""
    values = {"message": message, "address": address, "answer": answer}
    return _change(session, task_id, (TaskState.WORKING,), state=state, ended_at=at, **values)


def cancel(session: Session, task_id: int, at: datetime) -> bool:
    """Cancel a task that has not ended; what it goes on with is not kept."""
    changed = {"state": TaskState.CANCELLED, "ended_at": at, "message": ""}
    return _change(session, task_id, _OPEN, **changed)


def abandon(session: Session, at: datetime) -> None:
    """Say of tasks that a server left when it was stopped that they failed."""
    left = select(TaskRow.id).where(TaskRow.state == TaskState.WORKING)
    for name in session.exec(left).all():
        message = "The server was stopped meanwhile; ask again."
        end(session, name or 0, TaskState.FAILED, at=at, message=message)


def _change(
    session: Session, task_id: int | None, before: Sequence[TaskState], **values: object
) -> bool:
    changing = update(TaskRow).where(col(TaskRow.id) == task_id, col(TaskRow.state).in_(before))
    return bool(session.exec(changing.values(**values)).rowcount)
