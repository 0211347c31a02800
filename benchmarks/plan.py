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
OURS, MADE, KEPT, LATE, FLOOR = "ours", "made", "kept", "late", "floor"
"""Ours with no facts kept, with facts made and kept, with facts that are there, and after a row
that landed late; and the scan floor."""
WAYS = (OURS, MADE, KEPT)
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
MODELS = "10M"
"""The lake on which detectors are fitted, for all; everywhere the same traders act."""
_MEMORY = 16 << 30
_DAY = timedelta(days=1)
_SETTLES = timedelta(days=2)
"""What a rule waits for after its rows, such as what is paid above a line until the next day."""


@dataclass(frozen=True)
class Bench:
    """Where lakes are, which Python has the peers, and how long one process may take."""

    work: Path
    peers: Path
    seconds: float

    def ours(
        self, task: str, pack: str, lake: str, ways: Sequence[str] = WAYS, **job: Any
    ) -> Iterator[Case]:
        """Ask this product, with no facts kept, with facts made and kept, and with kept ones."""
        for way in ways:
            how = {"keeps": way != OURS, "fresh": way == MADE}
            here = Path(sys.executable)
            yield self._case(task, way, pack, lake, here, module="ours", **{**how, **job})

    def floor(self, task: str, lake: str, rules: Sequence[str], pack: str = "one") -> Case:
        """Read what some rules need."""
        here = Path(sys.executable)
        return self._case(task, FLOOR, pack, lake, here, module="floor", only=list(rules))

    def peer(self, who: str, task: str, pack: str, lake: str) -> Case:
        """Ask a peer for one of the measured rules, or for several, each for itself."""
        module = "events" if who in ENGINES else who
        job = {"asks": variants.asks(task, pack), "engine": who}
        return self._case(
            task, who, pack, lake, self.peers, module=f"peers.{module}", memory=_MEMORY, **job
        )

    def plain(self, task: str, pack: str, lake: str, ways: Sequence[str] = WAYS) -> Iterator[Case]:
        """Ask this product for measured rules, all in one run."""
        texts = variants.texts(variants.asks(task, pack))
        yield from self.ours(task, pack, lake, ways, do="detect", texts=texts)

    def rulebook(self, lake: str, ways: Sequence[str] = WAYS) -> Iterator[Case]:
        """Judge by all shipped rules that are measured together, detectors fitted beforehand."""
        models, only = str(models_of(self.work)), sorted([*SHIPPED, *STRANGE])
        yield from self.ours(
            "rulebook", "one", lake, ways, do="run", rules="rules", models=models, only=only
        )

    def _case(self, task: str, who: str, pack: str, lake: str, python: Path, **job: Any) -> Case:
        on_lake = window(lake) | {"lake": str(self.work / lake / "lake")} | job
        return Case(task, who, lake, pack, python, on_lake, self.seconds)


def small(work: Path) -> dict[str, str]:
    """Return what puts a job on the smallest lake instead."""
    return window("tiny") | {"lake": str(work / "tiny" / "lake")}


def window(lake: str) -> dict[str, str]:
    """Return the window of a run of a whole lake: its days, and those in which all is settled."""
    return _window(OPENED, last_midnight(lake) + _SETTLES, RECIPES[lake].as_of)


def last_midnight(lake: str) -> datetime:
    """Return the end of the last day of a lake."""
    return OPENED + -(-(RECIPES[lake].end - OPENED) // _DAY) * _DAY


def _window(start: datetime, end: datetime, as_of: datetime) -> dict[str, str]:
    return {"from": start.isoformat(), "to": end.isoformat(), "as_of": as_of.isoformat()}


def rules(bench: Bench, lake: str) -> Iterator[Case]:
    """Measured rules against peers that read the same files."""
    for rule in PLAIN:
        yield bench.floor(rule, lake, [rule])
        yield from bench.plain(rule, "one", lake)
        # pandas is last at ten million, and ran out of memory at fifty.
        for who in COLUMNAR if lake != SIZES[-1] else ("sql", "frames_polars"):
            yield bench.peer(who, rule, "one", lake)


def ten(bench: Bench, lake: str) -> Iterator[Case]:
    """Ten rules: ours in one run, each peer's one after another."""
    yield bench.floor("ten", lake, list(PLAIN), "ten")
    yield from bench.plain("ten", "ten", lake)
    for who in COLUMNAR:
        yield bench.peer(who, "ten", "ten", lake)


def events(bench: Bench, lake: str) -> Iterator[Case]:
    """Engines that judge event by event: one rule, and thirty where that ends."""
    for pack in ("one", "thirty"):
        yield from bench.plain("pulled_bait", pack, lake, (OURS,))
        for who in ENGINES if pack == "one" or lake == "100k" else ():
            yield bench.peer(who, "pulled_bait", pack, lake)


def shapes(bench: Bench, lake: str) -> Iterator[Case]:
    """The same day, oddly shaped."""
    for rule in PLAIN:
        yield from bench.plain(rule, "one", lake, (KEPT,))
        yield bench.peer("sql", rule, "one", lake)
    yield from bench.rulebook(lake, (MADE, KEPT))


def shipped(bench: Bench, lake: str) -> Iterator[Case]:
    """Each shipped rule alone, and what reading its columns costs."""
    for rule in SHIPPED:
        yield bench.floor(rule, lake, [rule])
        asked = {"do": "detect", "rules": "rules", "only": [rule]}
        yield from bench.ours(rule, "one", lake, (MADE, KEPT), **asked)


def whole(bench: Bench, lake: str) -> Iterator[Case]:
    """The whole shipped rulebook as a run judges it, the floor under it, and opening the lake."""
    yield from bench.ours("open", "one", lake, (OURS,), do="open", rules="rules")
    yield bench.floor("rulebook", lake, [*SHIPPED, *STRANGE])
    yield from bench.rulebook(lake, WAYS if lake != SIZES[-1] else (MADE, KEPT))


def late(bench: Bench, lake: str) -> Iterator[Case]:
    """The rulebook's facts made and kept, and looked at again after a row that landed late."""
    place = str(late_of(bench.work, lake))
    at = (RECIPES[lake].end - timedelta(hours=1)).isoformat()
    (made,) = bench.rulebook(lake, (MADE,))
    made = replace(made, task="before a late row", job={**made.job, "lake": place})
    yield made
    after = replace(made, task="after a late row", job={**made.job, "fresh": False})
    yield replace(after, who=LATE, job={**after.job, "late": place, "late_at": at})
    yield replace(after, who=KEPT)
    yield replace(after, who=OURS, job={**after.job, "keeps": False})


def added(bench: Bench, lake: str) -> Iterator[Case]:
    """The last day of a long history, with more and more of the history before it in the lake."""
    recipe = RECIPES[lake]
    day = _window(recipe.end - _DAY, recipe.end, recipe.as_of)
    for history in HISTORIES:
        thin = str(bench.work / f"{lake}-{history}" / "lake")
        for case in bench.rulebook(lake):
            yield replace(case, task=f"day after {history}", job={**case.job, **day, "lake": thin})


def models_of(work: Path) -> Path:
    """Return the folder of models fitted by what the rulebook says of them today."""
    asked = [Path("rules/features.yml"), Path("rules/segments.yml")]
    asked += sorted(Path("rules").glob("*/strange_*.yml"))
    name = hashlib.sha256(b"".join(path.read_bytes() for path in asked)).hexdigest()[:12]
    return work / MODELS / f"models-{name}"


def late_of(work: Path, lake: str) -> Path:
    """Return the lake in which a row lands late: the files of another, and then that row."""
    return work / f"{lake}-late" / "lake"


GROUPS = {
    "rules": (rules, ("10M", "50M")),
    "ten": (ten, ("10M",)),
    "shipped": (shipped, ("10M",)),
    "whole": (whole, ("10M", "50M")),
    "events": (events, ("100k", "1M")),
    "shapes": (shapes, SHAPES),
    "added": (added, ("long",)),
    "late": (late, ("1M",)),
}
"""Each group of questions, and the lakes it is asked on."""
JUDGED = ("whole", "shapes", "added", "late")
"""The groups in which the rulebook is judged, detectors and all."""
