"""What is measured: every question, whom it is put to, and on which lake."""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import variants
from benchmarks.measure import Case
from benchmarks.recipes import OPENED, RECIPES
from benchmarks.variants import PLAIN

SIZES = ("1M", "10M", "50M")
SHAPES = ("hot", "whale", "ties")
ENGINES = ("python", "zen-engine", "common-expression-language", "rule-engine", "durable-rules")
COLUMNAR = {"sql": "DuckDB, BETWEEN", "frames_polars": "polars", "frames_pandas": "pandas"}
OURS, FLOOR = "ours", "floor"
SHIPPED = (
    "ahead_of_client_order",
    "circular_trades",
    "fan_in",
    "fleeting_orders",
    "layering",
    "marking_the_close",
    "matched_orders",
    "pass_through",
    "quote_stuffing",
    "sanctioned_address",
    "self_matched_trades",
    "spoofing",
    "structuring",
)
"""Shipped rules whose logic is a query, and which orders, trades and transfers alone feed; those of
a detector are judged with the rulebook."""
STRANGE = ("strange_order_flow", "strange_transfers")
HISTORIES = (0, 1, 8, 50)
_MEMORY = 16 << 30
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bench:
    """Where lakes are, which Python has the peers, and how long one process may take."""

    work: Path
    peers: Path
    seconds: float

    def ours(self, task: str, pack: str, lake: str, **job: Any) -> Case:
        """Ask this product."""
        return self._case(task, OURS, pack, lake, Path(sys.executable), module="ours", **job)

    def floor(self, task: str, lake: str, rules: Sequence[str]) -> Case:
        """Read what some rules need."""
        here = Path(sys.executable)
        return self._case(task, FLOOR, "one", lake, here, module="floor", only=list(rules))

    def peer(self, who: str, task: str, pack: str, lake: str) -> Case:
        """Ask a peer for one of the measured rules."""
        module = "events" if who in ENGINES else who
        job = {"rule": task, "parameters": variants.parameters(task, pack), "engine": who}
        return self._case(
            task, who, pack, lake, self.peers, module=f"peers.{module}", memory=_MEMORY, **job
        )

    def _case(self, task: str, who: str, pack: str, lake: str, python: Path, **job: Any) -> Case:
        on_lake = window(lake) | {"lake": str(self.work / lake / "lake")} | job
        return Case(task, who, lake, pack, python, on_lake, self.seconds)


def small(work: Path) -> dict[str, str]:
    """Return what puts a job on the smallest lake instead."""
    return window("tiny") | {"lake": str(work / "tiny" / "lake")}


def window(lake: str) -> dict[str, str]:
    """Return the window that a run of a whole lake has: its days, and two hours to settle."""
    return _window(OPENED, last_midnight(lake) + timedelta(hours=2), RECIPES[lake].as_of)


def last_midnight(lake: str) -> datetime:
    """Return the end of the last day of a lake."""
    return OPENED + -(-(RECIPES[lake].end - OPENED) // _DAY) * _DAY


def _window(start: datetime, end: datetime, as_of: datetime) -> dict[str, str]:
    return {"from": start.isoformat(), "to": end.isoformat(), "as_of": as_of.isoformat()}


def rules(bench: Bench, lake: str) -> Iterator[Case]:
    """Measured rules against peers that read the same files."""
    for rule in PLAIN:
        yield bench.floor(rule, lake, [rule])
        yield bench.ours(rule, "one", lake, do="detect", texts=variants.texts(rule, "one"))
        for who in COLUMNAR:
            yield bench.peer(who, rule, "one", lake)


def packs(bench: Bench, lake: str) -> Iterator[Case]:
    """Thirty rules in place of one, and one that is eight times looser."""
    for rule in PLAIN:
        for pack in ("thirty", "loose"):
            yield bench.ours(rule, pack, lake, do="detect", texts=variants.texts(rule, pack))
            if lake != "50M":
                yield bench.peer("sql", rule, pack, lake)


def events(bench: Bench, lake: str) -> Iterator[Case]:
    """Engines that judge event by event: one rule, and thirty where that ends."""
    for pack in ("one", "thirty") if lake == "100k" else ("one",):
        texts = variants.texts("pulled_bait", pack)
        yield bench.ours("pulled_bait", pack, lake, do="detect", texts=texts)
        for who in ENGINES:
            yield bench.peer(who, "pulled_bait", pack, lake)


def shapes(bench: Bench, lake: str) -> Iterator[Case]:
    """The same day, oddly shaped."""
    for rule in PLAIN:
        yield bench.ours(rule, "one", lake, do="detect", texts=variants.texts(rule, "one"))
        yield bench.peer("sql", rule, "one", lake)
    yield rulebook(bench, lake)


def shipped(bench: Bench, lake: str) -> Iterator[Case]:
    """Each shipped rule alone, and what reading its columns costs."""
    for rule in SHIPPED:
        yield bench.floor(rule, lake, [rule])
        yield bench.ours(rule, "one", lake, do="detect", rules="rules", only=[rule])


def whole(bench: Bench, lake: str) -> Iterator[Case]:
    """The whole shipped rulebook as a run judges it, the floor under it, and opening the lake."""
    yield bench.ours("open", "one", lake, do="open", rules="rules")
    yield bench.floor("rulebook", lake, [*SHIPPED, *STRANGE])
    yield rulebook(bench, lake)


def rulebook(bench: Bench, lake: str) -> Case:
    """Judge by all shipped rules that are measured together, detectors fitted beforehand."""
    models = str(models_of(bench.work, lake))
    only = sorted([*SHIPPED, *STRANGE])
    return bench.ours("rulebook", "one", lake, do="run", rules="rules", models=models, only=only)


def models_of(work: Path, lake: str) -> Path:
    """Return the folder of models fitted on a lake by what the rulebook says of them today."""
    asked = [Path("rules/features.yml"), Path("rules/segments.yml")]
    asked += sorted(Path("rules").glob("*/strange_*.yml"))
    name = hashlib.sha256(b"".join(path.read_bytes() for path in asked)).hexdigest()[:12]
    return work / lake / f"models-{name}"


def added(bench: Bench, lake: str) -> Iterator[Case]:
    """The last day of a long history, with more and more of the history before it in the lake."""
    recipe, models = RECIPES[lake], str(models_of(bench.work, lake))
    start = recipe.end - _DAY
    for history in HISTORIES:
        case = bench.ours(
            f"day after {history}", "one", lake, do="run", rules="rules", models=models
        )
        thin = str(bench.work / f"{lake}-{history}" / "lake")
        day = _window(start, recipe.end + timedelta(hours=2), recipe.as_of)
        yield replace(case, job={**case.job, **day, "lake": thin})


GROUPS = {
    "rules": (rules, SIZES),
    "packs": (packs, SIZES),
    "shipped": (shipped, SIZES),
    "whole": (whole, SIZES),
    "events": (events, ("100k", "1M")),
    "shapes": (shapes, SHAPES),
    "added": (added, ("long",)),
}
"""Each group of questions, and the lakes it is asked on."""
