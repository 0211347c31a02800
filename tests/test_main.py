"""The end of a command: its code, its words, and whatever asked to be called."""

import subprocess
import sys

_ENDED = """
import atexit
from surveillance.__main__ import run
import surveillance.__main__ as command

def main() -> None:
    atexit.register(print, "called")
    print("said", end=" ")
    raise SystemExit(3)

command.main = main
run()
"""


def test_a_command_ends_with_its_code_when_all_is_said_and_called() -> None:
    command = [sys.executable, "-c", _ENDED]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "said called\n", "")
