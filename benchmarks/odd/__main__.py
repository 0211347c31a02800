"""``python -m benchmarks.odd WORK --seeds 922,923 --weeks 10``: measure, and write a page.

Each seed is a simulated venue without abuse; in its last week some accounts do what no rule knows
(``surveillance.simulation.oddities``). Detectors are fitted on the weeks before the one that is
judged, as the product does. A seed of kinds that are ``UNSEEN`` or ``HELD_BACK`` is for the end:
tune with ``--kinds tuned``.
"""

import argparse
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from benchmarks.odd.measured import Week, judged
from benchmarks.odd.page import page
from surveillance.activity import sources
from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.activity.sources import synthetic
from surveillance.activity.venue import Venue
from surveillance.model import Window
from surveillance.simulation.oddities import HELD_BACK, TUNED, UNSEEN

PAGE = Path(__file__).parent / "README.md"
_HOW = "## How these figures came about"
_WEEK = timedelta(weeks=1)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("--seeds", default="922,923")
    parser.add_argument("--weeks", type=int, default=10)
    parser.add_argument("--traders", type=int, default=200)
    parser.add_argument("--kinds", choices=["tuned", "unseen"], default="unseen")
    asked = parser.parse_args()
    kinds = sorted(UNSEEN | HELD_BACK if asked.kinds == "unseen" else TUNED)
    weeks: list[Week] = []
    for seed in asked.seeds.split(","):
        venue, lake = _landed(asked.work / f"s{seed}", int(seed), asked, kinds)
        odd = _odd(asked.work / f"s{seed}", venue)
        opens = venue.settings(synthetic.Keys).opens
        spans = [Window(opens + n * _WEEK, opens + (n + 1) * _WEEK) for n in range(asked.weeks)]
        weeks += judged(lake, int(seed), spans, odd)
    command = f"python -m benchmarks.odd WORK --seeds {asked.seeds} --weeks {asked.weeks}"
    text = page(command, kinds, asked.traders, weeks)
    PAGE.write_text(f"{text.rstrip()}\n\n{_by_hand()}", encoding="utf-8")


def _by_hand() -> str:
    """Return the last section of the page, which a person wrote."""
    written = PAGE.read_text(encoding="utf-8")
    return written[written.index(_HOW) :]


def _landed(
    home: Path, seed: int, asked: argparse.Namespace, kinds: list[str]
) -> tuple[Venue, Lake]:
    """Simulate a venue, once."""
    home.mkdir(parents=True, exist_ok=True)
    text = (
        f"venue: simulated\nsource: synthetic\nseed: {seed}\ndays: {7 * asked.weeks}\n"
        f"traders: {asked.traders}\nabuse: false\noddities: [{', '.join(kinds)}]\n"
    )
    venue, lake = sources.parse(text, home), Lake(home / "lake")
    if lake.span() is None:
        parts: dict[str, list[pa.Table]] = {}
        for batch in sources.pull(venue):
            for name, rows in batch.tables.items():
                parts.setdefault(name, []).append(rows)
        tables = {name: pa.concat_tables(rows) for name, rows in parts.items()}
        lake.land(Batch(venue.name, venue.name, tables), datetime(2099, 1, 1, tzinfo=UTC))
    return venue, lake


def _odd(home: Path, venue: Venue) -> dict[str, str]:
    """Return what each odd account does; kept beside the lake, for it takes a simulation."""
    kept = home / "odd.json"
    if not kept.exists():
        rows = synthetic.labels(venue).to_pylist()
        kept.write_text(json.dumps({row["trader_id"]: row["typology"] for row in rows}))
    odd: dict[str, str] = json.loads(kept.read_text())
    return odd


if __name__ == "__main__":
    main()
