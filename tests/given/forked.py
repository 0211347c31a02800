"""One process that has imported everything, and answers each command with a fork of itself.

A page has dozens of commands, and importing the product anew for each would cost more than all
else that the pages do. The command that a page types is a client of a few lines: it passes on its
words, its folder, its environment and its three streams, and ends as the fork ended.
"""

import importlib
import json
import os
import pkgutil
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path

CLIENT = """\
#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.connect({address!r})
words = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(server, [words], [0, 1, 2])
sys.exit(int(server.recv(8)))
"""
_MOST = 200_000
_LATER = (
    "alembic.command",
    "alembic.config",
    "alembic.script",
    "pyod.models.knn",
    "rich.progress",
    "rich.table",
    "sklearn.cluster",
    "sqlglot.dialects.duckdb",
    "sqlite3",
    "weasyprint",
)
"""What the product imports when it first needs it."""
_NOT_IMPORTED = ("surveillance.__main__", "surveillance.records.migrations")


def write_client(path: Path, address: Path) -> None:
    """Write the command of a page, to be found before the installed one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CLIENT.format(python=sys.executable, address=str(address)))
    path.chmod(0o755)


def serve(address: str) -> None:
    """Import the product, then answer until killed; reports are laid out on an empty page."""
    import_all()
    import pytest

    from tests.given.blank import write_blank

    pytest.MonkeyPatch().setattr("surveillance.reports.finished.write_pdf", write_blank)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(address)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        _reap()
        if os.fork() == 0:
            listener.close()
            _answer(connection)
        connection.close()


def import_all() -> None:
    """Import every module of the product, and what it imports when it first needs it."""
    import surveillance

    for module in pkgutil.walk_packages(surveillance.__path__, "surveillance."):
        if not module.name.startswith(_NOT_IMPORTED):
            importlib.import_module(module.name)
    for name in _LATER:
        importlib.import_module(name)


def _reap() -> None:
    """Let go of the forks that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _answer(connection: socket.socket) -> None:
    """Run one command with the streams of its client, and end this process."""
    message, streams, _, _ = socket.recv_fds(connection, _MOST, 3)
    words, folder, environment = json.loads(message)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["surveillance", *words]
    code = _code()
    sys.stdout.flush()
    sys.stderr.flush()
    connection.send(str(code).encode())
    os._exit(0)


def _code() -> int:
    from surveillance.cli import main

    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
