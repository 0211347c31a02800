"""A hundred officers at once: whether anybody is refused what is theirs, and whether all is kept.

``python -m benchmarks.crowd [FOLDER]`` serves the database of ``benchmarks.desk``. At one moment
each officer lists the queue, comments on one case that all look at, tries to take one that all
want, takes one of their own and reads it. It prints how often what was answered, what was kept of
it, the longest wait and the processor time of a request with all that the clients themselves take.
"""

import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from benchmarks.desk import made
from surveillance.records import tokens
from surveillance.records.tables import Case, Comment, Officer, Role

OFFICERS = 100
_TALKED_OF, _WANTED, _OWN = "c00001", "c00003", 1000
"""The case that all comment on, the one that all want, and the number of the first of their own."""


def main() -> None:
    """Serve, let them all begin at once, and print what came of it."""
    if len(sys.argv) > 1:
        return _run(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        _run(Path(folder))
    return None


def _run(home: Path) -> None:
    app = made(home)
    engine: Engine = app.state.engine
    mine, before = _enlisted(engine), _comments(engine)
    answers: Counter[str] = Counter()
    waits: list[float] = []
    begin = threading.Barrier(OFFICERS)
    with _served(app) as address, ThreadPoolExecutor(OFFICERS) as crowd:
        spent = time.process_time()

        def day(number: int) -> None:
            with httpx.Client(base_url=address, timeout=300) as client:
                begin.wait()
                for what, method, path, body in _day(number):
                    sent = time.monotonic()
                    bearer = {"Authorization": f"Bearer {mine[number]}"}
                    answer = client.request(method, path, json=body, headers=bearer)
                    waits.append(time.monotonic() - sent)
                    answers[f"{what}: {answer.status_code}"] += 1

        list(crowd.map(day, range(OFFICERS)))
        spent = time.process_time() - spent
    for name, count in sorted(answers.items()):
        sys.stdout.write(f"{name:32} {count:4}\n")
    sys.stdout.write(f"{'comments kept':32} {_comments(engine) - before:4}\n")
    sys.stdout.write(f"{'own cases kept':32} {_kept(engine):4}\n")
    sys.stdout.write(f"{'longest wait':32} {max(waits):6.1f} s\n")
    sys.stdout.write(f"{'a request':32} {spent / len(waits) * 1000:6.1f} ms\n")


def _day(number: int) -> Iterator[tuple[str, str, str, dict[str, str] | None]]:
    own = f"/cases/c{_OWN + number:05}"
    yield "list the queue", "GET", "/cases?limit=50", None
    yield "comment", "POST", f"/cases/{_TALKED_OF}/comments", {"text": f"Seen by {number}."}
    yield "take what all want", "POST", f"/cases/{_WANTED}/assign", {}
    yield "take their own", "POST", f"{own}/assign", {}
    yield "read their own", "GET", own, None


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/api/v1"
    server.should_exit = True
    thread.join(10)


def _enlisted(engine: Engine) -> list[str]:
    """Return a token of each officer; nobody of them could sign in."""
    now = datetime.now(UTC)
    issued = []
    with Session(engine) as session:
        for number in range(OFFICERS):
            name = f"crowd-{number}"
            officer = session.get(Officer, name) or Officer(
                id=name, role=Role.OFFICER, password_hash="", created_at=now
            )
            session.add(officer)
            session.flush()
            scopes, lasts = (tokens.READ, tokens.WRITE), timedelta(days=1)
            issued.append(tokens.issue(session, officer, officer, "crowd", scopes, lasts, now))
        session.commit()
    return issued


def _comments(engine: Engine) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(Comment)).one()


def _kept(engine: Engine) -> int:
    with Session(engine) as session:
        owners = (
            session.get_one(Case, f"c{_OWN + number:05}").assignee for number in range(OFFICERS)
        )
        return sum(owner == f"crowd-{number}" for number, owner in enumerate(owners))


if __name__ == "__main__":
    main()
