"""The command that judges one day with facts made, kept, and made anew after a late row.

``python -m benchmarks.days --lake 1M`` makes the lake if it is missing, judges a copy of it, rule
by rule and all together, each time in a cold process, and writes the page.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from benchmarks import activity, machine
from benchmarks.__main__ import WORK
from benchmarks.days import page
from benchmarks.market import instrument_of
from benchmarks.measure import Case, Finished, run_once
from benchmarks.plan import last_midnight
from benchmarks.recipes import OPENED, RECIPES
from benchmarks.stamp import stamp

HERE = Path(__file__).parent
RULES = ("fleeting_orders", "layering", "quote_stuffing", "spoofing")
"""Shipped rules whose facts can be kept, and which orders and trades alone feed."""


def main() -> None:
    """Measure, and write ``results.json`` and ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.days", description=__doc__)
    parser.add_argument("--lake", default="1M", help="which lake: %(default)s")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of lakes: %(default)s")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    asked = parser.parse_args()
    before = os.getloadavg()[0]
    home = activity.lake(asked.work, asked.lake)
    rows = json.loads((home / "made.json").read_text(encoding="utf-8"))["rows"]
    with TemporaryDirectory(prefix="days-") as scratch:
        root = Path(scratch) / "lake"
        shutil.copytree(home / "lake", root)
        costs = _Day(asked.lake, root).costs()
    results = {
        "command": f"python -m benchmarks.days --lake {asked.lake}",
        "stamp": stamp(),
        "machine": machine.described(),
        "load": [before, os.getloadavg()[0]],
        "messages": rows["orders"],
        "costs": costs,
    }
    text = json.dumps(results, indent=1, sort_keys=True)
    (asked.out / "results.json").write_text(text + "\n", encoding="utf-8")
    (asked.out / "README.md").write_text(page.written(results), encoding="utf-8")


class _Day:
    """The one day of a lake, judged over and over."""

    def __init__(self, lake: str, root: Path) -> None:
        self.recipe, self.root = RECIPES[lake], root
        days = OPENED, last_midnight(lake)
        self.window = dict(zip(("from", "to"), (day.isoformat() for day in days), strict=True))

    def costs(self) -> dict[str, dict[str, Any]]:
        """Return by what is judged, and how: CPU seconds, MiB, hits and their digest."""
        groups = {"all together": RULES} | {rule: (rule,) for rule in RULES}
        self._run(RULES, keeps=False)
        costs = {name: dict(self._kept(rules)) for name, rules in groups.items()}
        # Everything is kept again, so that what is made anew is so for the late row alone.
        self._run(RULES, keeps=True)
        self._land_late()
        for name, how in (("late", True), ("late, kept", True), ("late, none kept", False)):
            costs["all together"][name] = self._run(RULES, keeps=how)
        return costs

    def _kept(self, rules: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        shutil.rmtree(self.root / ".kept", ignore_errors=True)
        yield "floor", _told(run_once(self._case("floor", only=list(rules))))
        yield "none kept", self._run(rules, keeps=False)
        yield "made and kept", self._run(rules, keeps=True)
        yield "kept", self._run(rules, keeps=True)

    def _run(self, rules: Sequence[str], *, keeps: bool) -> dict[str, Any]:
        return _told(run_once(self._case("ours", do="detect", rules="rules", only=list(rules),
                                         keeps=keeps)))  # fmt: skip

    def _case(self, module: str, **job: Any) -> Case:
        on_lake = {**self.window, "as_of": self.recipe.as_of.isoformat(), "lake": str(self.root)}
        told = on_lake | {"module": module} | job
        return Case("day", module, self.recipe.name, "one", Path(sys.executable), told, 1_200)

    def _land_late(self) -> None:
        from surveillance.activity.batch import Batch
        from surveillance.activity.lake import Lake

        at = self.recipe.end - timedelta(hours=1)
        order = {
            "ts": at.replace(tzinfo=None), "seq": 1, "instrument": instrument_of(0),
            "trader_id": "late", "order_id": "late", "event": "new", "side": "buy", "type": "limit",
            "price": "1", "quantity": "1",
        }  # fmt: skip
        late = Batch("late", "late", {"orders": pa.Table.from_pylist([order])})
        Lake(self.root).land(late, self.recipe.as_of - timedelta(days=1))


def _told(run: Finished) -> dict[str, Any]:
    if run.failed:
        raise SystemExit(f"expected an answer, was: {run.failed}")
    wanted = {name: run.answer[name] for name in ("hits", "digest") if name in run.answer}
    return {"cpu": round(run.cpu - run.answer["start"], 2), "memory": round(run.memory)} | wanted


if __name__ == "__main__":
    main()
