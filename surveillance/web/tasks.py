"""Tasks on a screen: what somebody asked for, how far it is, and an end to it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from fastapi.responses import RedirectResponse, Response

from surveillance.records import tasks
from surveillance.records.tables import TaskRow
from surveillance.web.access import LARGEST, Access, Reader, go

router = APIRouter(prefix="/tasks")
_NOTHING: Mapping[str, object] = {}
Number = Annotated[int, Path(le=LARGEST)]


@router.get("")
def list_tasks(access: Reader) -> Response:
    """Show what the officer asked for, the latest first."""
    with access.reading() as session:
        rows = tasks.of_officer(session, access.officer.id)
    return access.page("tasks.html", tasks=rows)


@router.get("/{task_id}")
def show_task(access: Reader, task_id: Number) -> Response:
    """Show how far a task is; a page that shows its line asks for it again and again."""
    return access.page("task.html", task=_own(access, task_id))


@router.post("/{task_id}/cancel")
def cancel(access: Reader, task_id: Number) -> Response:
    """End a task; what it would have come to is not kept."""
    task = _own(access, task_id)
    with access.writing() as session:
        tasks.cancel(session, task.id or 0, access.now)
    return go(f"/tasks/{task_id}")


def ask(
    access: Access,
    kind: str,
    subject: str,
    where: str = "",
    argument: Mapping[str, object] = _NOTHING,
) -> RedirectResponse:
    """Ask for a task, and send the browser to where its line is shown."""
    with access.writing() as session:
        tasks.ask(session, kind, subject, argument, by=access.officer.id, at=access.now)
    access.request.app.state.worker.wake()
    return go(where)


def on(access: Access, subject: str) -> list[TaskRow]:
    """Return the officer's tasks on a subject that a page shows beside it."""
    with access.reading() as session:
        return list(tasks.on(session, access.officer.id, subject))


def _own(access: Access, task_id: int) -> TaskRow:
    with access.reading() as session:
        task = session.get(TaskRow, task_id)
    if task is None or task.asked_by != access.officer.id:
        raise HTTPException(404, f"There is no task {task_id} of yours.")
    return task
