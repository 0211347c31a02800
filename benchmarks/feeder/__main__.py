"""The command that feeds an installation minute by minute and judges each, and writes the page.

``python -m benchmarks.feeder --rate 10000 --minutes 5``: the messages of a minute land together
when it is over, and the minute is judged by the whole rulebook at once. The clock is simulated, so
that it need not be waited for: a minute begins to land when it is over and what came before is
done.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks import activity, machine
from benchmarks.feeder import page
from benchmarks.recipes import OPENED, Recipe
from benchmarks.stamp import stamp
from surveillance import pipeline
from surveillance.activity.batch import Batch
from surveillance.config import Settings
from surveillance.installation import Installation, open_installation
from surveillance.model import Run, Window
from surveillance.times import epoch_us, naive

HERE = Path(__file__).parent
_MINUTE = timedelta(minutes=1)
_ACTS = 900
"""Seconds of activity that are made at once: acts of abuse take some minutes."""
_A_DAY = Recipe("a day", 10)
_AN_ORDER = 2.13
"""Messages of an order, on average."""


class Minute(NamedTuple):
    """CPU and wall seconds of a minute, its messages, and when its hits could be known."""

    messages: int
    landing: float
    judging: float
    wall: float
    hits: list[float]
    """Seconds after the minute began."""


def main() -> None:
    """Measure, and write ``results.json`` and ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feeder", description=__doc__)
    parser.add_argument("--rate", type=int, default=10_000, help="messages/s: %(default)s")
    parser.add_argument("--minutes", type=int, default=5, help="how many: %(default)s")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    asked = parser.parse_args()
    before = os.getloadavg()[0]
    with TemporaryDirectory(prefix="feeder-") as scratch:
        place = open_installation(Settings(home=Path(scratch)))
        minutes = [each._asdict() for each in _fed(place, asked.rate, asked.minutes)]
    results = {
        "command": f"python -m benchmarks.feeder --rate {asked.rate} --minutes {asked.minutes}",
        "rate": asked.rate,
        "stamp": stamp(),
        "machine": machine.described(),
        "load": [before, os.getloadavg()[0]],
        "minutes": minutes,
    }
    text = json.dumps(results, indent=1, sort_keys=True)
    (asked.out / "results.json").write_text(text + "\n", encoding="utf-8")
    (asked.out / "README.md").write_text(page.written(results), encoding="utf-8")


def _fed(place: Installation, rate: int, minutes: int) -> Iterator[Minute]:
    """Yield what each minute took; the one before them is not counted, in which all is cold."""
    dense = rate * _A_DAY.seconds / (_A_DAY.orders * _AN_ORDER)
    orders, transfers = int(rate * _ACTS / _AN_ORDER), int(_A_DAY.transfers * dense / 96)
    recipe = Recipe("feed", 1, seconds=_ACTS, orders=orders, transfers=transfers)
    (tables, _) = next(activity.blocks(recipe))
    for number in range(minutes + 1):
        start = OPENED + number * _MINUTE
        window = Window(start, start + _MINUTE)
        minute = _minute(place, dict(_within(tables, window, is_first=not number)), window)
        if number:
            yield minute


def _within(
    tables: Mapping[str, pa.Table], window: Window, *, is_first: bool
) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of a window, and in the first all that came before."""
    start, end = (naive(epoch_us(moment)) for moment in (window.start, window.end))
    for name, table in tables.items():
        known = pc.less(table["ts"], end)
        rows = table.filter(
            known if is_first else pc.and_(known, pc.greater_equal(table["ts"], start))
        )
        if rows.num_rows:
            yield name, rows


def _minute(place: Installation, tables: dict[str, Any], window: Window) -> Minute:
    """Land and judge the messages of a minute."""
    began, cpu = time.perf_counter(), time.process_time()
    landing = place.lake.land(Batch("feed", f"{window.start:%H%M}", tables), window.end)
    landed = time.process_time()
    ran = pipeline.run(place, window, window.end, window.end)
    return Minute(
        messages=landing.counts["orders"].landed,
        landing=round(landed - cpu, 2),
        judging=round(time.process_time() - landed, 2),
        wall=round(time.perf_counter() - began, 2),
        hits=sorted(_known(ran.run, window.start)),
    )


def _known(run: Run, start: datetime) -> Iterator[float]:
    for verdict in run.verdicts:
        for hit in verdict.hits:
            yield round((hit.at - start).total_seconds(), 3)


if __name__ == "__main__":
    main()
