"""The tables of the page, one function each: lines of Markdown from what was measured."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.distance import distance
from benchmarks.figures import Figures
from benchmarks.plan import (
    COLUMNAR,
    ENGINES,
    FLOOR,
    HISTORIES,
    KEPT,
    LATE,
    MADE,
    OURS,
    SHAPES,
    SHIPPED,
    SIZES,
    WAYS,
)
from benchmarks.results import differences
from benchmarks.tables import cpu, memory, plain, seconds, table, times
from benchmarks.variants import PLAIN

NAMES = {
    FLOOR: "scan floor",
    OURS: "ours, none kept",
    MADE: "ours, made and kept",
    KEPT: "ours, kept",
    **COLUMNAR,
}
ENGINE_NAMES = {name: name for name in ENGINES} | {"python": "plain Python, by hand"}
_BUSY = 3


def every(of: Figures) -> Iterator[tuple[str, Iterable[str]]]:
    """Return every part of the page under the name that the page has for it."""
    yield "aims", _aims(of)
    yield "rules", _rules(of)
    yield "ten", _ten(of)
    yield "engines", _engines(of)
    yield "shipped", _shipped(of)
    yield "rulebook", _rulebook(of)
    yield "starts", _starts(of)
    yield "distance", distance(of)
    yield "late", _late(of)
    yield "shapes", _shapes(of)
    yield "added", _added(of)
    yield "landing", _landing(of)
    yield "machine", _machine(of)
    yield "stamps", _stamps(of)
    wrong = differences(of.known)
    yield "equal", wrong or ["All that finished found the same hits, and each act that is planted."]


def _aims(of: Figures) -> Iterator[str]:
    met = {True: "yes", False: "**no**", None: "–"}
    rows = [[aim.words, aim.measured, met[aim.met]] for aim in of.aims()]
    yield from table(["aim", "measured", "met"], rows)


def _rules(of: Figures) -> Iterator[str]:
    for rule in PLAIN:
        if sizes := [size for size in SIZES if of.case(rule, size, KEPT)]:
            hits = of.case(rule, sizes[-1], KEPT).get("hits")
            best = _best(of, rule, sizes, KEPT)
            yield f"`{rule}`, {hits} hits at {sizes[-1]}. Ours, kept, over the best peer: {best}."
            yield ""
            yield from _competition(of, rule, sizes)
            yield ""


def _ten(of: Figures) -> Iterator[str]:
    if sizes := [size for size in SIZES if of.case("ten", size, KEPT, "ten")]:
        hits = of.case("ten", sizes[-1], KEPT, "ten").get("hits")
        best = [_best(of, "ten", sizes, way, "ten") for way in (MADE, KEPT)]
        yield f"{hits} hits. Ours over the best peer: {best[0]}; with kept facts {best[1]}."
        yield ""
        yield from _competition(of, "ten", sizes, "ten")


def _best(of: Figures, task: str, sizes: Sequence[str], way: str, pack: str = "one") -> str:
    """Say how we compare with the best peer at each size."""
    found = [(size, of.best(task, size, pack), of.ahead(task, size, way, pack)) for size in sizes]
    ratios = [
        f"{ahead:.2f} × at {size} ({NAMES[best[0]]})"
        for size, best, ahead in found
        if best and ahead is not None
    ]
    return ", ".join(ratios) or "not measured"


def _competition(of: Figures, task: str, sizes: Sequence[str], pack: str = "one") -> Iterator[str]:
    head = ["", *(f"{size}, s" for size in sizes), "× floor", "M messages/s", "MiB", "hits"]
    rows = [_competitor(of, task, sizes, who, pack) for who in NAMES]
    yield from table(head, rows)


def _competitor(of: Figures, task: str, sizes: Sequence[str], who: str, pack: str) -> list[str]:
    last = sizes[-1]
    return [
        NAMES[who],
        *(cpu(of.case(task, size, who, pack)) for size in sizes),
        times(of.cpu(task, last, who, pack), of.cpu(task, last, FLOOR, pack)),
        plain(of.speed(task, last, who, pack)),
        memory(of.case(task, last, who, pack)),
        "" if who == FLOOR else _hits(of, task, sizes, who, pack),
    ]


def _hits(of: Figures, task: str, lakes: Sequence[str], who: str, pack: str = "one") -> str:
    """Say whether somebody found what we find over kept facts wherever both were measured."""
    digests = [[of.case(task, lake, w, pack).get("digest") for w in (who, KEPT)] for lake in lakes]
    same = [theirs == mine for theirs, mine in digests if theirs and mine]
    return ("equal" if all(same) else "**differ**") if same else "–"


def _engines(of: Figures) -> Iterator[str]:
    asked = (("1M", "one"), ("100k", "one"), ("100k", "thirty"), ("1M", "thirty"))
    rows = []
    for who, name in {**ENGINE_NAMES, OURS: "ours"}.items():
        cells = [name]
        for lake, pack in asked:
            took = of.cpu("pulled_bait", lake, who, pack)
            cells.append(cpu(of.case("pulled_bait", lake, who, pack)))
            cells.append(f"{of.events(lake) / took:,.0f}" if took else "–")
        rows.append(cells)
    head = [part for lake, pack in asked for part in (f"{lake}, {pack}, s", "messages/s")]
    yield from table(["", *head], rows)


def _shipped(of: Figures) -> Iterator[str]:
    rows = []
    for rule in SHIPPED:
        at = of.largest_of(rule)
        if of.case(rule, at, KEPT):
            rows.append([f"{rule}, {at}", *_ways(of, rule, at), _planted(of, rule, at)])
    yield from table(["rule", *_HEAD, "planted found"], rows)


def _rulebook(of: Figures) -> Iterator[str]:
    rows = [
        [size, *_ways(of, "rulebook", size), _planted(of, "rulebook", size)]
        for size in SIZES
        if of.case("rulebook", size, KEPT)
    ]
    yield from table(["messages", *_HEAD, "planted found"], rows)


_HEAD = ["floor, s", "none kept, s", "made and kept, s", "kept, s", "made / floor", "kept / floor",
         "M messages/s, kept", "MiB, made", "MiB, kept", "verdicts"]  # fmt: skip


def _ways(of: Figures, task: str, at: str) -> list[str]:
    same = {_hits(of, task, [at], way) for way in (OURS, MADE)} - {"–"}
    return [
        *(cpu(of.case(task, at, who)) for who in (FLOOR, *WAYS)),
        *(times(of.cpu(task, at, way), of.cpu(task, at, FLOOR)) for way in (MADE, KEPT)),
        plain(of.speed(task, at)),
        *(memory(of.case(task, at, way)) for way in (MADE, KEPT)),
        "**differ**" if "**differ**" in same else "equal" if same else "–",
    ]


def _planted(of: Figures, task: str, at: str) -> str:
    planted = of.case(task, at, KEPT).get("planted")
    return f"{planted[0]} of {planted[1]}" if planted else "–"


def _starts(of: Figures) -> Iterator[str]:
    case = of.case("open", of.largest_of("open", OURS))
    if case.get("start"):
        yield f"Not in these figures: {case['start']:.2f} s for the interpreter, its libraries and"
        yield f"reading the rulebook. In them: {case['cpu']:.2f} s for opening the lake."


def _late(of: Figures) -> Iterator[str]:
    """Say what a row that lands late costs, the first time and from then on."""
    after = {LATE: "first look after it", KEPT: "the next", OURS: "with no facts kept"}
    rows = [["facts made, before it", *_look(of.case("before a late row", "1M", MADE))]]
    rows += [[name, *_look(of.case("after a late row", "1M", who))] for who, name in after.items()]
    yield from table(["rulebook, 1M", "CPU s", "verdicts"], rows)


def _look(case: dict[str, Any]) -> list[str]:
    return [cpu(case), str(case.get("digest", "–"))]


def _shapes(of: Figures) -> Iterator[str]:
    rows = []
    for task in (*PLAIN, "rulebook"):
        for way in (MADE, KEPT):
            if not any(of.case(task, shape, way) for shape in SHAPES):
                continue
            day = of.cpu(task, "10M", way)
            odd = [times(of.cpu(task, shape, way), day) for shape in SHAPES]
            name = f"{task}, {NAMES[way].removeprefix('ours, ')}"
            rows.append([name, seconds(day), *odd, _hits(of, task, SHAPES, "sql")])
    head = ["", "10M, s", *(f"{shape} / 10M" for shape in SHAPES), "hits, against DuckDB"]
    yield from table(head, rows)


def _added(of: Figures) -> Iterator[str]:
    rows = []
    for days in HISTORIES:
        cells, task = [str(days)], f"day after {days}"
        for way in WAYS:
            one = of.cpu(f"day after {HISTORIES[1]}", "long", way)
            cells += [cpu(of.case(task, "long", way)), times(of.cpu(task, "long", way), one)]
        case = of.case(task, "long", KEPT)
        rows.append([*cells, memory(of.case(task, "long", MADE)), str(case.get("digest", "–"))])
    ways = [part for way in WAYS
            for part in (NAMES[way].removeprefix("ours, ") + ", s", "/ after one")]  # fmt: skip
    yield from table(["days before it", *ways, "MiB, made", "verdicts"], rows)


def _landing(of: Figures) -> Iterator[str]:
    rows = []
    for name, lake in sorted(of.lakes.items()):
        total, took, wall = sum(lake["rows"].values()), lake["cpu_s"], lake["wall_s"]
        rows.append(
            [name, f"{total:,}", seconds(took), f"{total / took:,.0f}", f"{total / wall:,.0f}"]
        )
    yield from table(["lake", "rows", "CPU s", "rows a CPU second", "rows a second"], rows)


def _stamps(of: Figures) -> Iterator[str]:
    """Say of how many figures which code and rules are, the latest first."""
    counts = Counter(case["at"] for case in of.cases.values())
    yield from ("| Figures | Measured | Code | Rules |", "|---:|---|---|---|")
    for stamp in sorted(of.known["stamps"], key=lambda stamp: stamp["at"], reverse=True):
        if count := counts[stamp["at"]]:
            at = stamp["at"][:16].replace("T", " ")
            yield f"| {count} | {at} UTC | {stamp['code']} | {stamp['rules'][:16]} |"


def _machine(of: Figures) -> Iterator[str]:
    machine = of.known["machine"]
    if not machine:
        return
    libraries = ", ".join(
        f"{name} {number}" for name, number in sorted(machine["libraries"].items())
    )
    yield f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB,"
    yield f"{machine['system']}, Python {machine['python']}; {libraries}."
    loads = [case["load"] for case in of.cases.values()] or [0.0]
    yield f"Load average while measuring: {min(loads)} to {max(loads)}."
    if max(loads) > _BUSY:
        yield f"Above {_BUSY} others were at work too: seconds are inflated, for all alike."
