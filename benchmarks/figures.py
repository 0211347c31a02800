"""What the figures come to: ratios, and the aims held against them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.plan import COLUMNAR, FLOOR, HISTORIES, KEPT, MADE, OURS, SHIPPED, SIZES, WAYS
from benchmarks.variants import PLAIN

_MEMORY = 1536
"""MiB."""


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

    def largest_of(self, task: str, who: str = KEPT, pack: str = "one") -> str:
        """Return the largest size at which a question was asked."""
        asked = [size for size in SIZES if self.case(task, size, who, pack)]
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

    def speed(self, task: str, lake: str, who: str = KEPT, pack: str = "one") -> float | None:
        """Return how many millions of order messages are judged a CPU second."""
        cpu = self.cpu(task, lake, who, pack)
        return None if cpu is None else self.events(lake) / cpu / 1e6

    def floor(self, task: str, lake: str, who: str = KEPT, pack: str = "one") -> float | None:
        """Return how many times the floor a question costs."""
        return ratio(self.cpu(task, lake, who, pack), self.cpu(task, lake, FLOOR, pack))

    def best(self, task: str, lake: str, pack: str = "one") -> tuple[str, float] | None:
        """Return the peer that took least, and its CPU seconds."""
        took = [(cpu, who) for who in COLUMNAR if (cpu := self.cpu(task, lake, who, pack))]
        return (min(took)[1], min(took)[0]) if took else None

    def ahead(self, task: str, lake: str, who: str = KEPT, pack: str = "one") -> float | None:
        """Return what ours takes over what the best peer takes."""
        best = self.best(task, lake, pack)
        return ratio(self.cpu(task, lake, who, pack), best[1] if best else None)

    def aims(self) -> Iterator[Aim]:
        """Hold what was asked for against what was measured, at the largest size."""
        yield from self._rules()
        yield from self._rulebook()
        yield from self._days()
        yield from self._peers()

    def _asked(self) -> list[tuple[str, str]]:
        """Return every single rule, with the largest lake that it was measured on."""
        return [(rule, self.largest_of(rule)) for rule in (*PLAIN, *SHIPPED)]

    def _rules(self) -> Iterator[Aim]:
        floors = {f"{rule}, {at}": self.floor(rule, at) for rule, at in self._asked()}
        yield _most("a rule over kept facts: at most 1 × the scan floor", floors, 1)
        speeds = {f"{rule}, {at}": self.speed(rule, at) for rule, at in self._asked()}
        yield _least("a rule over kept facts: at least 10 M messages a CPU second", speeds, 10)

    def _rulebook(self) -> Iterator[Aim]:
        at, book = self.largest_of("rulebook"), "rulebook"
        words = f"the whole rulebook over kept facts ({at}): at most 10 × the floor"
        yield _most(words, {book: self.floor(book, at)}, 10)
        words = f"the whole rulebook over kept facts ({at}): at least 1 M messages a CPU second"
        yield _least(words, {book: self.speed(book, at)}, 1)
        words = f"making the facts, keeping them and judging ({at}): at most 25 × the floor, once"
        yield _most(words, {book: self.floor(book, at, MADE)}, 25)
        held = {
            f"{task}, {at}, {way}": self.case(task, at, way).get("memory")
            for task, at in [*self._asked(), (book, at)]
            for way in WAYS
        }
        yield _most("at most 1.5 GiB of memory", held, _MEMORY, " MiB")

    def _days(self) -> Iterator[Aim]:
        most, one = f"day after {HISTORIES[-1]}", f"day after {HISTORIES[1]}"
        days = {way: ratio(self.cpu(most, "long", way), self.cpu(one, "long", way)) for way in WAYS}
        words = f"a day after {HISTORIES[-1]} days of history: at most 1.1 × the day after one"
        yield _most(words, days, 1.1)
        hot = {
            f"{task}, {way}": ratio(self.cpu(task, "hot", way), self.cpu(task, "10M", way))
            for task in (*PLAIN, "rulebook")
            for way in (MADE, KEPT)
        }
        yield _most("a day within one hour: at most 1.2 × the day", hot, 1.2)

    def _peers(self) -> Iterator[Aim]:
        ahead = {f"{rule}, {size}": self.ahead(rule, size) for rule in PLAIN for size in SIZES}
        yield _most("ahead of every peer on every rule over kept facts", ahead, 1)
        at = self.largest_of("ten", pack="ten")
        first = {"ten": self.ahead("ten", at, MADE, "ten")}
        yield _most(f"ahead of every peer on the first day, ten rules together ({at})", first, 1)


def ratio(over: float | None, under: float | None) -> float | None:
    """Return one over the other, where both are known."""
    return over / under if over is not None and under else None


def _most(words: str, figures: Mapping[str, float | None], limit: float, unit: str = " ×") -> Aim:
    """Return an aim that the worst of several figures must meet."""
    return _aim(words, figures, max, lambda value: value <= limit, unit)


def _least(words: str, figures: Mapping[str, float | None], limit: float) -> Aim:
    return _aim(words, figures, min, lambda value: value >= limit, " M")


def _aim(
    words: str,
    figures: Mapping[str, float | None],
    worst_of: Callable[..., str],
    is_met: Callable[[float], bool],
    unit: str,
) -> Aim:
    known = {name: value for name, value in figures.items() if value is not None}
    if not known:
        return Aim(words, "not measured", None)
    worst = worst_of(known, key=lambda name: known[name])
    met = sum(map(is_met, known.values()))
    shown = f"{known[worst]:,.0f}" if known[worst] >= 100 else f"{known[worst]:.2f}"
    some = f"; {met} of {len(known)} within" if len(known) > 1 else ""
    return Aim(words, f"{shown}{unit} ({worst}{some})", met == len(known))
