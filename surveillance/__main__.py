"""Run the command line, as ``surveillance`` and as ``python -m surveillance``.

To take an interpreter apart object by object is a quarter of what a short command costs, and
nobody needs it: what must be written is written, and whatever asked for the end is called.
"""

import atexit
import os
import sys
import threading

from surveillance.cli import main


def run() -> None:
    """Run the command line, and end the process with its code."""
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None) or threading.active_count() > 1:
            raise
        _end(ended.code or 0)


def _end(code: int) -> None:
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, AttributeError):  # nobody listens: the interpreter has its own words for that
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    run()
