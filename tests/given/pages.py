"""Pages of documentation as programs: what is fenced in them is run as a reader would paste it.

What each kind of block means stands in docs/CONTRIBUTING.md, for whoever writes a page.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGES = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md")])
ANSWER = "correct horse battery"
"""What is typed at every question that a command of a page asks."""

_FENCE = re.compile(r"^```(\w*)[ ]?(.*)$")
_HOME = re.compile(r"<!-- the commands of this page run on: (\w+) -->")
_MAY_FAIL = re.compile(r"^(?!\s)(.*?)(\s+#.*\bmay exit 1\b.*)$")
_ANYTHING = "…"
_NOTEBOOK = """
import ast, sys
names = {}
for cell in sys.stdin.read().split("\\0"):
    lines = ast.parse(cell).body
    last = lines.pop() if isinstance(lines[-1], ast.Expr) else None
    exec(compile(ast.Module(lines, []), "page", "exec"), names)
    if last is not None:
        print(eval(compile(ast.Expression(last.value), "page", "eval"), names))
"""
"""Runs cells as a notebook does: with one set of names, the last expression of each shown."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, why it is not run (or nothing), and its text."""

    page: str
    line: int
    language: str
    skip: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Return its lines that are commands, without comments and what continues a line."""
        whole = self.text.replace("\\\n", " ")
        return [line for line in whole.splitlines() if line.strip() and not line.startswith("#")]

    @property
    def is_make(self) -> bool:
        """Return whether it is for make alone, which a page does not run."""
        return all(line.startswith("make ") for line in self.commands)


def blocks(path: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    return list(_blocks(path))


def _blocks(path: Path) -> Iterator[Block]:
    begun: tuple[int, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if begun is None and fence:
            begun, inside = (number, fence[1], fence[2].removeprefix("skip=")), []
        elif begun is not None and line == "```":
            yield Block(path.name, *begun, "\n".join(inside))
            begun = None
        else:
            inside.append(line)


def home_of(path: Path) -> str:
    """Return the name of the home that the commands of a page run on, or ``none``."""
    found = _HOME.search(path.read_text(encoding="utf-8"))
    return found[1] if found else "none"


def run(path: Path, folder: Path, environment: Mapping[str, str]) -> str:
    """Run what is fenced in a page, in a folder; return what it wrote.

    Raises:
        AssertionError: a command failed; the message says which, and what was written before.
    """
    every = [block for block in blocks(path) if not block.skip and not block.is_make]
    shell = [block for block in every if block.language == "sh"]
    python = [block.text for block in every if block.language == "python"]
    written = _run(["bash", "-c", _script(shell)], "", folder, environment)
    if python:
        code = [sys.executable, "-c", _NOTEBOOK]
        written += _run(code, "\0".join(python), folder, environment)
    return written


def _script(shell: list[Block]) -> str:
    told = "trap 'echo \"failed in block of line $at: $BASH_COMMAND\" >&2' ERR"
    lines = [f"exec < <(yes '{ANSWER}')", "set -Eeuo pipefail", told]
    for block in shell:
        lines.append(f"at={block.line}")
        lines += [
            _MAY_FAIL.sub(r"{ \1; } || [ $? = 1 ]\2", line) for line in block.text.splitlines()
        ]
    return "\n".join(lines)


def _run(words: list[str], typed: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        words,
        input=typed,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def environment(folder: Path, commands: Path) -> dict[str, str]:
    """Return the environment of a reader who stands in ``folder`` and has set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SURV")}
    path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), kept["PATH"]])
    rules = {"SURVEILLANCE_RULES": str(folder / "rules"), "PYTHONPATH": str(CHECKOUT)}
    return {**kept, "PATH": path, "HOME": str(folder), "COLUMNS": "200", **rules}


def missing(shown: Iterable[Block], written: str) -> str | None:
    """Return the first line that a page shows as output and that did not come in that order."""
    left = iter(written.splitlines())
    for line in (line for block in shown for line in block.text.splitlines()):
        wanted = _pattern(line)
        if not any(wanted.search(each) for each in left):
            return line
    return None


def _pattern(line: str) -> re.Pattern[str]:
    """Return what a line of output looks like: any number of spaces where it has some."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in line.split(_ANYTHING))
    return re.compile(".*".join(parts))
