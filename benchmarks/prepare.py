"""What is made ready before anything is measured, in a process of its own, and stays.

``python -m benchmarks.prepare WORK LAKE GROUP``: the lake, the models that a rulebook is judged
with, and lakes of less history. It is apart because the most memory that a process ever held is
inherited by those it starts.
"""

import shutil
import sys
from datetime import timedelta
from pathlib import Path

from benchmarks import activity, histories, ours, plan
from benchmarks.recipes import OPENED, RECIPES


def main(work: Path, lake: str, group: str) -> None:
    """Make what a group of questions needs of a lake."""
    work.mkdir(parents=True, exist_ok=True)
    activity.lake(work, "tiny")
    home = _made(work, lake)
    models = plan.models_of(work)
    if group in plan.JUDGED and not (models / "models.json").is_file():
        fitted_on = _made(work, plan.MODELS)
        _say(f"fitting segments and detectors on {plan.MODELS}")
        end, as_of = plan.last_midnight(plan.MODELS), RECIPES[plan.MODELS].as_of
        ours.fit(fitted_on / "lake", end, as_of, models)
    for history in plan.HISTORIES if group == "added" else ():
        thin = work / f"{lake}-{history}" / "lake"
        if not thin.is_dir():
            since = RECIPES[lake].end - timedelta(days=history + 1)
            histories.thin(home / "lake", thin, since)
    if group == "late":
        place = plan.late_of(work, lake)
        shutil.rmtree(place, ignore_errors=True)
        histories.thin(home / "lake", place, OPENED)


def _made(work: Path, lake: str) -> Path:
    return activity.lake(work, lake, lambda n, of: _say(f"making {lake}: {n} of {of}"))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
