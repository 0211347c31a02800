"""The command: make the lakes that are missing, measure, check that hits are equal, write it up.

``--only`` takes groups of questions, and ``--lakes`` puts them to other lakes than the page shows.
What was measured before and is not asked again stays in ``results.json``.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import machine, plan, report, results
from benchmarks.measure import measured
from benchmarks.plan import Bench
from benchmarks.stamp import stamp

HERE = Path(__file__).parent
WORK = Path.home() / ".cache" / "surveillance-benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked; 1 where anything failed or two engines found different hits."""
    asked = _asked(arguments)
    known = results.load(asked.out / "results.json")
    if not asked.report:
        with _progress() as say:
            _measure(asked, known, say)
    report.write(asked.out, known)
    wrong = results.differences(known)
    for line in wrong:
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--lakes", default="", help="lakes; each group has its own by default")
    parser.add_argument("--only", default=",".join(plan.GROUPS), help="groups: %(default)s")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of lakes: %(default)s")
    parser.add_argument("--peers", type=Path, default=HERE / ".venv" / "bin" / "python",
                      help="Python that has the peers: %(default)s")  # fmt: skip
    parser.add_argument("--times", type=int, default=2, help="runs of what is quick: %(default)s")
    parser.add_argument("--seconds", type=float, default=600, help="most for one: %(default)s")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    parser.add_argument("--report", action="store_true", help="only write the page again")
    return parser.parse_args(arguments)


def _measure(asked: argparse.Namespace, known: dict[str, Any], say: "Say") -> None:
    bench = Bench(asked.work, asked.peers, asked.seconds)
    known["machine"] = machine.described()
    measured_with = stamp()
    known["stamps"].append(measured_with)
    steps = list(_steps(asked.only.split(","), asked.lakes.split(",") if asked.lakes else ()))
    for place, (group, lake) in enumerate(steps, 1):
        lake_record = _ready(asked.work, lake, group, say)
        known["lakes"][lake] = {name: lake_record[name] for name in ("rows", "wall_s", "cpu_s")}
        cases = list(plan.GROUPS[group][0](bench, lake))
        outcomes = measured(cases, plan.small(asked.work), asked.times, say)
        planted = [] if group == "added" else lake_record["planted"]
        for case in cases:
            summary = results.summary(outcomes[case.key], planted)
            known["cases"][case.key] = summary | {"at": measured_with["at"]}
        results.save(asked.out / "results.json", known)
        say(f"{group} on {lake}", place / len(steps))


def _steps(groups: Sequence[str], lakes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each group with each of its lakes, or with those that are asked."""
    for group in groups:
        for lake in lakes or plan.GROUPS[group][1]:
            yield group, lake


def _ready(work: Path, lake: str, group: str, say: "Say") -> dict[str, Any]:
    """Let what a group needs of a lake be made, and return what is known of the lake."""
    command = [sys.executable, "-m", "benchmarks.prepare", str(work), lake, group]
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True) as making:  # noqa: S603
        for line in making.stdout or ():
            say(line.strip())
    if making.returncode:
        raise SystemExit(f"expected the lake {lake}, was exit {making.returncode}")
    record: dict[str, Any] = json.loads((work / lake / "made.json").read_text())
    return record


class Say(Protocol):
    """Shows what is being done, and the share of all that is done."""

    def __call__(self, text: str, done: float | None = None) -> None:
        """Say it."""


@contextmanager
def _progress() -> Iterator[Say]:
    """Show a bar, the time since the start, and what is being done."""
    columns = BarColumn(20), TimeElapsedColumn(), TextColumn("{task.description}")
    with Progress(*columns) as bar:
        task = bar.add_task("starting", total=1.0)

        def say(text: str, done: float | None = None) -> None:
            bar.update(task, description=text, completed=done)

        yield say


if __name__ == "__main__":
    raise SystemExit(main())
