"""One simulated week: made, landed in a lake of its own, judged like any other, and counted.

Nothing of it outlives the count. What it depends on is its key: the settings of the venue, every
file of the rulebook, the libraries, and the code, but for the parts that only show things.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from surveillance import software
from surveillance.activity import sources
from surveillance.activity.batch import Batch
from surveillance.activity.sources import synthetic
from surveillance.activity.venue import Venue
from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.governance import calibration
from surveillance.installation import Installation, open_installation
from surveillance.model import Run, Window
from surveillance.proof import runs
from surveillance.records.measures import WeekCount, WeekSettings
from surveillance.rules.book import Rulebook, load_rulebook
from surveillance.rules.lock import check_lock
from surveillance.studies.measure.count import count_run
from surveillance.studies.measure.truth import GroundTruth, ground_truth
from surveillance.times import RIPENING

_SHOW = ("chart", "cli", "records/migrations", "reports", "web")
"""Parts of the package that no verdict depends on."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A span of the simulated venue; ``severity`` is how openly it is abused, 0 to 1, if it is."""

    seed: int
    severity: float
    days: int = 7
    traders: int = 200
    abuse: bool = True

    def venue(self, folder: Path) -> Venue:
        """Return the venue that the week is of."""
        lines = [f"{name}: {str(value).lower()}" for name, value in asdict(self).items()]
        head = ["venue: simulated", "source: synthetic", "disguises: true"]
        return sources.parse("\n".join(head + lines), folder)


def key(week: Week, rules: Path) -> str:
    """Name everything that the count of a week depends on."""
    code = {
        str(path.relative_to(_ROOT)): digest(path.read_bytes())
        for path in sorted(_ROOT.rglob("*.py"))
        if not any(path.is_relative_to(_ROOT / part) for part in _SHOW)
    }
    return digest([asdict(week), rulebook_digest(rules), software.libraries(), code])[:24]


def rulebook_digest(rules: Path) -> str:
    """Name the files of a rulebook that judging reads."""
    texts = {
        str(path.relative_to(rules)): digest(path.read_bytes())
        for path in sorted(rules.rglob("*.yml"))
        if path.name != "coverage.yml"
    }
    return digest(texts)


@dataclass(frozen=True, slots=True)
class JudgedWeek:
    """A week with what the rules said of it, and what is true of it."""

    run: Run
    book: Rulebook
    truth: GroundTruth
    settings: Settings


def count_week(week: Week, rules: Path, folder: Path) -> WeekCount:
    """Simulate a week, judge it on one core, and return what is counted; ``folder`` is scratch."""
    judged = judge_week(week, rules, folder)
    waits = (judged.settings.settle_minutes, judged.settings.tick_minutes)
    settle, tick = (timedelta(minutes=minutes) for minutes in waits)
    settings: WeekSettings = {
        "seed": week.seed,
        "severity": week.severity,
        "days": week.days,
        "traders": week.traders,
    }
    return {
        "week": settings,
        **count_run(judged.run, judged.book, judged.truth, settle, tick),
    }


def judge_week(week: Week, rules: Path, folder: Path) -> JudgedWeek:
    """Simulate a week and judge it on one core; ``folder`` is scratch."""
    with TemporaryDirectory(dir=folder, prefix="week-", ignore_cleanup_errors=True) as scratch:
        home = Path(scratch)
        settings = Settings(
            home=home,
            lake=home / "lake",
            database=f"sqlite:///{home / 'week.db'}",
            rules=rules,
            threads=1,
        )
        place = open_installation(settings)
        try:
            return _judged(place, week.venue(home))
        finally:
            place.engine.dispose()


def _judged(place: Installation, opened: Venue) -> JudgedWeek:
    days = opened.settings(synthetic.Keys)
    first, last = days.day(0).start, days.day(days.days - 1).end
    at, window = last + timedelta(days=1), Window(first, last + RIPENING)
    place.lake.land(landed_whole(opened), at)
    book = _read(place.settings.rules, rulebook_digest(place.settings.rules))
    with place.lake.view(window.back_to(book.reach), at, None, place.settings.threads) as view:
        models, _ = calibration.models(place, view, book, window, at)
        run = runs.judge(view, window, book, models)
        labels, twins = synthetic.labels(opened), synthetic.twins(opened)
        truth = ground_truth(view, labels, _kinds(opened), twins)
    return JudgedWeek(run, book, truth, place.settings)


def landed_whole(opened: Venue) -> Batch:
    """Return every day of a venue as one batch: landed once, it costs half as much."""
    parts: dict[str, list[pa.Table]] = {}
    for batch in sources.pull(opened):
        for name, rows in batch.tables.items():
            parts.setdefault(name, []).append(rows)
    tables = {name: pa.concat_tables(of) for name, of in parts.items()}
    return Batch(opened.name, opened.name, tables)


@lru_cache(maxsize=1)
def _read(rules: Path, digest: str) -> Rulebook:
    """Read the rulebook once, because a process judges many weeks by the same."""
    book = load_rulebook(rules)
    check_lock(book, rules)
    return book


def _kinds(opened: Venue) -> dict[str, str]:
    table = synthetic.kinds(opened)
    names = (table[name].to_pylist() for name in ("trader_id", "kind"))
    return dict(zip(*names, strict=True))
