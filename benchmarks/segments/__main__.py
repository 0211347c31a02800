"""``python -m benchmarks.segments WORK --seeds 11,12,13 --abides DIR``: measure, and write a page.

Lakes are made in WORK, each once. A scoring seed is for the end: what is tuned is tuned on others.
"""

import argparse
import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from benchmarks.segments.measured import Measured, once, week_by_week
from benchmarks.segments.page import page
from surveillance.activity import sources
from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.activity.sources import synthetic
from surveillance.activity.venue import Venue
from surveillance.model import Window

PAGE = Path(__file__).parent / "README.md"
DAYS, SEVERITY = 14, 0.5
_WEEK = timedelta(days=7)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--seeds", default="11,12,13")
    parser.add_argument("--abides", type=Path)
    asked = parser.parse_args()
    markets = [_simulated(asked.work, int(seed)) for seed in asked.seeds.split(",") if seed]
    others = [_abides(asked.work, asked.abides)] if asked.abides else []
    PAGE.write_text(page(markets, others), encoding="utf-8")


def _simulated(work: Path, seed: int) -> Measured:
    home = work / f"sim{seed}"
    home.mkdir(parents=True, exist_ok=True)
    text = (
        f"venue: simulated\nsource: synthetic\nseed: {seed}\ndays: {DAYS}\ntraders: 200\n"
        f"severity: {SEVERITY}\nabuse: true\n"
    )
    venue = sources.parse(text, home)
    lake = _landed(home, venue)
    begins = venue.settings(synthetic.Keys).opens
    weeks = [Window(begins + n * _WEEK, begins + (n + 1) * _WEEK) for n in range(2)]
    return week_by_week(f"seed {seed}", lake, weeks, _kinds(home, venue))


def _kinds(home: Path, venue: Venue) -> dict[str, str]:
    """Return how each honest account trades; kept beside the lake, for it takes a simulation."""
    kept = home / "kinds.json"
    if not kept.exists():
        table = synthetic.kinds(venue).to_pydict()
        kept.write_text(json.dumps(dict(zip(table["trader_id"], table["kind"], strict=True))))
    kinds: dict[str, str] = json.loads(kept.read_text())
    return kinds


def _abides(work: Path, folder: Path) -> Measured:
    home = work / "abides"
    home.mkdir(parents=True, exist_ok=True)
    lake = _landed(home, sources.parse(Path("tests/venues/abides.yml").read_text(), folder))
    with (folder / "labels.csv").open() as file:
        kinds = {row["id"]: row["typology"] for row in csv.DictReader(file)}
    return once("ABIDES, benign session", lake, kinds)


def _landed(home: Path, venue: Venue) -> Lake:
    lake = Lake(home / "lake")
    if lake.span() is None:
        parts: dict[str, list[pa.Table]] = {}
        for batch in sources.pull(venue):
            for name, rows in batch.tables.items():
                parts.setdefault(name, []).append(rows)
        tables = {name: pa.concat_tables(rows) for name, rows in parts.items()}
        lake.land(Batch(venue.name, venue.name, tables), datetime(2099, 1, 1, tzinfo=UTC))
    return lake


if __name__ == "__main__":
    main()
