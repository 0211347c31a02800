"""The command: make the lakes that are missing, measure, check that hits are equal, write it up.

``python -m benchmarks --sizes 1M,10M,50M``; ``--only`` takes groups of questions. What was measured
before and is not asked again stays in ``results.json``.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import machine, plan, report, results
from benchmarks.measure import measured
from benchmarks.plan import Bench

HERE = Path(__file__).parent
WORK = Path.home() / ".cache" / "surveillance-benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked; 1 where anything failed or two engines found different hits."""
    asked = _asked(arguments)
    known = results.load(HERE / "results.json")
    if not asked.report:
        with _bar() as say:
            _measure(asked, known, say)
    report.write(HERE, known)
    wrong = results.differences(known)
    for line in wrong:
        print(line, file=sys.stderr)  # noqa: T201
    return 1 if wrong else 0


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    told = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    told.add_argument("--sizes", default="1M,10M,50M", help="lakes of order messages: %(default)s")
    told.add_argument("--only", default=",".join(plan.GROUPS), help="groups: %(default)s")
    told.add_argument("--work", type=Path, default=WORK, help="folder of lakes: %(default)s")
    told.add_argument("--peers", type=Path, default=HERE / ".venv" / "bin" / "python",
                      help="Python that has the peers: %(default)s")  # fmt: skip
    told.add_argument("--times", type=int, default=3, help="runs of what is quick: %(default)s")
    told.add_argument("--seconds", type=float, default=300, help="most for one: %(default)s")
    told.add_argument("--report", action="store_true", help="only write the page again")
    return told.parse_args(arguments)


def _measure(asked: argparse.Namespace, known: dict[str, Any], say: Any) -> None:
    bench = Bench(asked.work, asked.peers, asked.seconds)
    known["machine"] = machine.described()
    for group in asked.only.split(","):
        ask, lakes = plan.GROUPS[group]
        for lake in lakes:
            if lake in plan.SIZES and lake not in asked.sizes.split(","):
                continue
            known["lakes"][lake] = _ready(asked.work, lake, group, say)
            cases = list(ask(bench, lake))
            found = measured(cases, plan.small(asked.work), asked.times, say)
            made = json.loads((asked.work / lake / "made.json").read_text())
            for case in cases:
                known["cases"][case.key] = results.kept(found[case.key], made["planted"])
            results.save(HERE / "results.json", known)


def _ready(work: Path, lake: str, group: str, say: Any) -> dict[str, Any]:
    """Make what a group needs of a lake, and tell how the lake was landed."""
    from benchmarks import activity, histories, ours

    work.mkdir(parents=True, exist_ok=True)
    home = activity.lake(work, lake, lambda n, of: say(f"making {lake}: {n} of {of}"))
    activity.lake(work, "tiny")
    models = plan.models_of(work, lake)
    if group in ("whole", "shapes", "added") and not (models / "models.json").is_file():
        say(f"fitting segments and detectors on {lake}")
        as_of = activity.RECIPES[lake].as_of
        ours.fit(home / "lake", plan.last_midnight(lake), as_of, models)
    for history in plan.HISTORIES if group == "added" else ():
        thin, end = work / f"{lake}-{history}" / "lake", activity.RECIPES[lake].end
        if not thin.is_dir():
            histories.thin(home / "lake", thin, end - timedelta(days=history + 1))
    made = json.loads((home / "made.json").read_text())
    return {name: made[name] for name in ("rows", "wall_s", "cpu_s")}


class _bar:  # noqa: N801
    """One line that says what is being measured, on a terminal; one a line elsewhere."""

    def __enter__(self) -> Any:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.bar = Progress(SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        task = self.bar.add_task("starting", total=None)
        self.bar.start()
        return lambda text: self.bar.update(task, description=text)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


if __name__ == "__main__":
    raise SystemExit(main())
