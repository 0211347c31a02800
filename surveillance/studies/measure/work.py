"""The work of a measure: a week is a job, its count is kept, and two jobs go on at a time.

What was counted stays in a file named by the week's key, so a measure that was interrupted goes on
where it stopped, and after a change of rules or code every week is judged anew.
"""

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from surveillance.canonical import canonical
from surveillance.errors import SurveillanceError
from surveillance.records.measures import WeekCount
from surveillance.rules.book import load_rulebook
from surveillance.rules.lock import check_lock
from surveillance.studies.measure.week import Week, count_week, key

_AT_A_TIME = 2


def count_weeks(
    weeks: Sequence[Week], rules: Path, folder: Path, progress: Callable[[str], None]
) -> list[WeekCount]:
    """Return the counts of weeks, in their order; ``folder`` is where they are kept.

    Raises:
        SurveillanceError: the rulebook is not what its lock says, another measure is under way, or
            a week cannot be judged; the message says which.
    """
    check_lock(load_rulebook(rules), rules)
    with _alone(folder):
        return _count_missing(weeks, rules, folder, progress)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder for one measure, and sweep what a killed one has left there."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".lock", timeout=0):
            for left in folder.glob("week-*"):
                shutil.rmtree(left, ignore_errors=True)
            yield
    except Timeout:
        raise SurveillanceError(
            f"expected no other measure under way in {folder}, was one"
        ) from None


def _count_missing(
    weeks: Sequence[Week], rules: Path, folder: Path, progress: Callable[[str], None]
) -> list[WeekCount]:
    files = {week: folder / f"{key(week, rules)}.json" for week in weeks}
    missing = [week for week in weeks if not files[week].exists()]
    for week in weeks:
        if week not in missing:
            progress(f"{_named(week)} is known")
    with _pool(min(_AT_A_TIME, len(missing) or 1)) as pool:
        doing = {pool.submit(_tried, week, rules, folder): week for week in missing}
        for done in as_completed(doing):
            week = doing[done]
            count = done.result()
            if isinstance(count, str):
                raise SurveillanceError(f"{_named(week)}: {count}")
            _store(files[week], count)
            progress(_named(week))
    return [json.loads(files[week].read_text(encoding="utf-8")) for week in weeks]


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Open fresh processes; what they have not begun is dropped if anything goes wrong."""
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _tried(week: Week, rules: Path, folder: Path) -> WeekCount | str:
    """Count a week, or say what is wrong: an error of ours does not travel between processes."""
    try:
        return count_week(week, rules, folder)
    except SurveillanceError as wrong:
        return str(wrong)


def _store(path: Path, count: WeekCount) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(canonical(count), encoding="utf-8")
    beside.replace(path)


def _named(week: Week) -> str:
    return f"seed {week.seed} at severity {week.severity:g}"
