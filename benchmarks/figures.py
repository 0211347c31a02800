"""What the figures come to: ratios, exponents, and the aims held against them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

from benchmarks.plan import ENGINES, FLOOR, HISTORIES, OURS, SHIPPED, SIZES
from benchmarks.variants import PLAIN

JUDGED_BY_SHAPE = (
    "fan_in",
    "layering",
    "self_matched_trades",
    "spoofing",
    "structuring",
)
"""The shipped rules of the sequence and the aggregate shape."""


@dataclass(frozen=True)
class Aim:
    """What was to be reached, what was measured, and whether it is; None is not measured."""

    words: str
    measured: str
    met: bool | None


class Figures:
    """Everything measured, asked by question, pack, lake and whom it was put to."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known, self.cases, self.lakes = known, known["cases"], known["lakes"]

    @property
    def largest(self) -> str:
        """Return the largest size at which peers were asked."""
        return self.largest_of("pulled_bait")

    def largest_of(self, task: str) -> str:
        """Return the largest size at which a question was asked."""
        asked = [size for size in SIZES if self.cpu(task, size) is not None]
        return asked[-1] if asked else SIZES[0]

    def case(self, task: str, lake: str, who: str = OURS, pack: str = "one") -> dict[str, Any]:
        """Return what came of one case, empty where it was not measured."""
        case: dict[str, Any] = self.cases.get(f"{task}/{pack}/{lake}/{who}", {})
        return case

    def cpu(self, task: str, lake: str, who: str = OURS, pack: str = "one") -> float | None:
        """Return CPU seconds of the work, or None."""
        seconds = self.case(task, lake, who, pack).get("cpu")
        return None if seconds is None else max(float(seconds), 0.001)

    def events(self, lake: str) -> int:
        """Return the order messages of a lake."""
        return int(self.lakes[lake]["rows"]["orders"])

    def floor(self, task: str, lake: str) -> float | None:
        """Return how many times the floor a question costs."""
        return _ratio(self.cpu(task, lake), self.cpu(task, lake, FLOOR))

    def exponent(
        self, task: str, who: str = OURS, low: str = "10M", high: str = "50M"
    ) -> float | None:
        """Return with which power of the number of messages cost grows."""
        ratio = _ratio(self.cpu(task, high, who), self.cpu(task, low, who))
        return None if ratio is None else log(ratio) / log(self.events(high) / self.events(low))

    def best(
        self, task: str, lake: str, whom: Iterable[str], pack: str = "one"
    ) -> tuple[str, float] | None:
        """Return the peer that took least, and its CPU seconds."""
        took = [(cpu, who) for who in whom if (cpu := self.cpu(task, lake, who, pack))]
        return (min(took)[1], min(took)[0]) if took else None

    def aims(self) -> Iterator[Aim]:
        """Hold what was asked for against what was measured, at the largest size."""
        at = self.largest
        shaped = {rule: self.floor(rule, at) for rule in (*PLAIN, *JUDGED_BY_SHAPE)}
        yield _most(f"each sequence or aggregate rule at most 2 × the scan floor ({at})", shaped, 2)
        pack = {r: _ratio(self.cpu(r, at, pack="thirty"), self.cpu(r, at)) for r in PLAIN}
        yield _most(f"thirty rules at most 2 × one ({at})", pack, 2)
        whole = {"the rulebook": self.floor("rulebook", at)}
        yield _most(f"the whole shipped rulebook at most 6 × the scan floor ({at})", whole, 6)
        yield self._memory(at)
        grown = {task: self.exponent(task) for task in (*PLAIN, *SHIPPED, "rulebook")}
        yield _most(
            "cost grows with at most the power 1.05 of activity (10M to 50M)", grown, 1.05, ""
        )
        hot = {t: _ratio(self.cpu(t, "hot"), self.cpu(t, "10M")) for t in (*PLAIN, "rulebook")}
        yield _most("a day within one hour at most 1.2 × the day", hot, 1.2)
        yield self._engines(at)
        yield self._added()

    def _memory(self, at: str) -> Aim:
        asked = (*PLAIN, *SHIPPED, "rulebook")
        held = {task: self.case(task, at).get("memory") for task in asked}
        return _most(f"at most 1,024 MiB of memory ({at})", held, 1024, " MiB")

    def _engines(self, at: str) -> Aim:
        words = (
            "at least 500 × fewer CPU seconds a message than the best engine that judges event by "
            f"event, thirty rules (ours {at}, theirs 100k)"
        )
        best = self.best("pulled_bait", "100k", ENGINES[1:], "thirty")
        ours = self.cpu("pulled_bait", at, pack="thirty")
        if best is None or ours is None:
            return Aim(words, "not measured", None)
        ratio = (best[1] / self.events("100k")) / (ours / self.events(at))
        return Aim(words, f"{ratio:,.0f} × ({best[0]})", ratio >= 500)

    def _added(self) -> Aim:
        least, most = (self.cpu(f"day after {HISTORIES[n]}", "long") for n in (1, -1))
        last = {f"after {HISTORIES[-1]} days": _ratio(most, least)}
        words = (
            f"a day after {HISTORIES[-1]} days of history at most 1.1 × the day after "
            f"{HISTORIES[1]}"
        )
        return _most(words, last, 1.1)


def _ratio(over: float | None, under: float | None) -> float | None:
    return over / under if over is not None and under else None


def _most(words: str, figures: Mapping[str, float | None], limit: float, unit: str = " ×") -> Aim:
    """Return an aim that the worst of several figures must meet."""
    known = {name: value for name, value in figures.items() if value is not None}
    if not known:
        return Aim(words, "not measured", None)
    worst = max(known, key=lambda name: known[name])
    met = sum(value <= limit for value in known.values())
    shown = f"{known[worst]:,.0f}" if known[worst] >= 100 else f"{known[worst]:.2f}"
    some = f"; {met} of {len(known)} within" if len(known) > 1 else ""
    return Aim(words, f"{shown}{unit} ({worst}{some})", known[worst] <= limit)
