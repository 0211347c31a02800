"""What is made ready before anything is measured, in a process of its own, and stays.

``python -m benchmarks.prepare WORK LAKE GROUP``: the lake, the models that a rulebook is judged
with, and lakes of less history. It is apart because the most memory that a process ever held is
inherited by those it starts.
"""

import sys
from datetime import timedelta
from pathlib import Path

from benchmarks import activity, histories, ours, plan
from benchmarks.recipes import RECIPES

_JUDGED = ("whole", "shapes", "added")


def main(work: Path, lake: str, group: str) -> None:
    """Make what a group of questions needs of a lake."""
    work.mkdir(parents=True, exist_ok=True)
    activity.lake(work, "tiny")
    home = activity.lake(work, lake, lambda n, of: _say(f"making {lake}: {n} of {of}"))
    models = plan.models_of(work, lake)
    if group in _JUDGED and not (models / "models.json").is_file():
        _say(f"fitting segments and detectors on {lake}")
        ours.fit(home / "lake", plan.last_midnight(lake), RECIPES[lake].as_of, models)
    for history in plan.HISTORIES if group == "added" else ():
        thin = work / f"{lake}-{history}" / "lake"
        if not thin.is_dir():
            since = RECIPES[lake].end - timedelta(days=history + 1)
            histories.thin(home / "lake", thin, since)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
