"""The tables of the page, one function each: lines of Markdown from what was measured."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.figures import Figures
from benchmarks.plan import COLUMNAR, ENGINES, FLOOR, HISTORIES, OURS, SHAPES, SHIPPED, SIZES
from benchmarks.results import differences
from benchmarks.variants import PLAIN

NAMES = {OURS: "ours", FLOOR: "scan floor", **COLUMNAR}
ENGINE_NAMES = {name: name for name in ENGINES} | {"python": "plain Python, by hand"}
_BUSY = 3


def every(of: Figures) -> Iterator[tuple[str, Iterable[str]]]:
    """Return every part of the page under the name that the page has for it."""
    yield "aims", _aims(of)
    yield "rules", _rules(of)
    yield "packs", _packs(of)
    yield "engines", _engines(of)
    yield "shipped", _shipped(of)
    yield "starts", _starts(of)
    yield "shapes", _shapes(of)
    yield "added", _added(of)
    yield "landing", _landing(of)
    yield "machine", _machine(of)
    yield "stamps", _stamps(of)
    wrong = differences(of.known)
    yield "equal", wrong or ["All engines that finished found the same hits."]


def _aims(of: Figures) -> Iterator[str]:
    met = {True: "yes", False: "**no**", None: "–"}
    rows = [[aim.words, aim.measured, met[aim.met]] for aim in of.aims()]
    yield from _table(["aim", "measured", "met"], rows)


def _rules(of: Figures) -> Iterator[str]:
    sizes = [size for size in SIZES if of.cpu("pulled_bait", size)]
    head = ["", *(f"{size}, s" for size in sizes), "× floor", "exponent", "MiB", "hits"]
    for rule in PLAIN if sizes else ():
        hits = of.case(rule, sizes[-1]).get("hits")
        yield f"`{rule}`, {hits} hits at {sizes[-1]}. {_best(of, rule, sizes)}"
        yield ""
        yield from _table(head, [_competitor(of, rule, sizes, who) for who in NAMES])
        yield ""


def _best(of: Figures, rule: str, sizes: Sequence[str]) -> str:
    """Say how we compare with the best peer at each size."""
    ratios = []
    for size in sizes:
        best, ours = of.best(rule, size, COLUMNAR), of.cpu(rule, size)
        if best and ours:
            ratios.append(f"{ours / best[1]:.2f} × at {size} ({NAMES[best[0]]})")
    return (
        f"Ours against the best peer: {', '.join(ratios)}." if ratios else "No peer was measured."
    )


def _competitor(of: Figures, rule: str, sizes: Sequence[str], who: str) -> list[str]:
    last = sizes[-1]
    return [
        NAMES[who],
        *(_cpu(of.case(rule, size, who)) for size in sizes),
        _times(of.cpu(rule, last, who), of.cpu(rule, last, FLOOR)),
        _plain(of.exponent(rule, who)),
        _memory(of.case(rule, last, who)),
        "" if who in (OURS, FLOOR) else _hits(of, rule, sizes, who),
    ]


def _hits(of: Figures, rule: str, lakes: Sequence[str], who: str, pack: str = "one") -> str:
    """Say whether a peer found our hits wherever both were measured."""
    digests = [
        (of.case(rule, lake, who, pack).get("digest"), of.case(rule, lake, pack=pack).get("digest"))
        for lake in lakes
    ]
    same = [theirs == mine for theirs, mine in digests if theirs and mine]
    return ("equal" if all(same) else "**differ**") if same else "–"


def _packs(of: Figures) -> Iterator[str]:
    rows = []
    for rule in PLAIN:
        for size in SIZES:
            single, thirty = of.cpu(rule, size), of.cpu(rule, size, pack="thirty")
            if single is not None and thirty is not None:
                rows.append([rule, size, *_pack(of, rule, size, single, thirty)])
    yield from _table(
        [
            "rule",
            "size",
            "one, s",
            "thirty, s",
            "thirty / one",
            "rule n + 1",
            "loose / one",
            "thirty on DuckDB, s",
            "hits",
        ],
        rows,
    )


def _pack(of: Figures, rule: str, size: str, single: float, thirty: float) -> list[str]:
    return [
        _s(single),
        _s(thirty),
        _times(thirty, single),
        f"{(thirty - single) / 29 / single:.1%} of one",
        _times(of.cpu(rule, size, pack="loose"), single),
        _cpu(of.case(rule, size, "sql", "thirty")),
        _hits(of, rule, [size], "sql", "thirty"),
    ]


def _engines(of: Figures) -> Iterator[str]:
    asked = (("1M", "one"), ("100k", "one"), ("100k", "thirty"))
    rows = []
    for who, name in {**ENGINE_NAMES, OURS: "ours"}.items():
        cells = [name]
        for lake, pack in asked:
            cpu = of.cpu("pulled_bait", lake, who, pack)
            cells.append(_cpu(of.case("pulled_bait", lake, who, pack)))
            cells.append(f"{of.events(lake) / cpu:,.0f}" if cpu else "–")
        rows.append(cells)
    head = [part for lake, pack in asked for part in (f"{lake}, {pack}, s", "messages/s")]
    yield from _table(["", *head], rows)


def _shipped(of: Figures) -> Iterator[str]:
    sizes = [size for size in SIZES if of.cpu("spoofing", size) or of.cpu("rulebook", size)]
    rows = []
    for task in (*SHIPPED, "rulebook") if sizes else ():
        last = of.case(task, sizes[-1])
        cells = [f"**{task}**" if task == "rulebook" else task]
        for size in sizes:
            cells += [
                _cpu(of.case(task, size)),
                _times(of.cpu(task, size), of.cpu(task, size, FLOOR)),
            ]
        planted = last.get("planted")
        cells += [_plain(of.exponent(task)), _memory(last)]
        rows.append([*cells, f"{planted[0]} of {planted[1]}" if planted else "–"])
    head = [part for size in sizes for part in (f"{size}, s", "× floor")]
    yield from _table(["rule", *head, "exponent", "MiB", "planted found"], rows)


def _starts(of: Figures) -> Iterator[str]:
    case = of.case("open", of.largest_of("open"))
    if case.get("start"):
        yield f"Not in these figures: {case['start']:.2f} s for the interpreter, its libraries and"
        yield f"reading the rulebook. In them: {case['cpu']:.2f} s for opening the lake."


def _shapes(of: Figures) -> Iterator[str]:
    rows = []
    for task in (*PLAIN, "rulebook"):
        day = of.cpu(task, "10M")
        odd = [_times(of.cpu(task, shape), day) for shape in SHAPES]
        rows.append([task, _s(day), *odd, _hits(of, task, SHAPES, "sql")])
    head = ["", "10M, s", *(f"{shape} / 10M" for shape in SHAPES), "hits, against DuckDB"]
    yield from _table(head, rows)


def _added(of: Figures) -> Iterator[str]:
    alone = of.case(f"day after {HISTORIES[0]}", "long")
    rows = []
    for days in HISTORIES:
        case = of.case(f"day after {days}", "long")
        ratio = _times(case.get("cpu"), alone.get("cpu"))
        rows.append([str(days), _cpu(case), ratio, _memory(case), str(case.get("digest", "–"))])
    head = ["days before it", "run of the day, s", "/ without history", "MiB", "verdicts"]
    yield from _table(head, rows)


def _landing(of: Figures) -> Iterator[str]:
    rows = []
    for name, lake in sorted(of.lakes.items()):
        total, cpu, wall = sum(lake["rows"].values()), lake["cpu_s"], lake["wall_s"]
        rows.append([name, f"{total:,}", _s(cpu), f"{total / cpu:,.0f}", f"{total / wall:,.0f}"])
    yield from _table(["lake", "rows", "CPU s", "rows a CPU second", "rows a second"], rows)


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
    libraries = ", ".join(
        f"{name} {number}" for name, number in sorted(machine["libraries"].items())
    )
    yield f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB,"
    yield f"{machine['system']}, Python {machine['python']}; {libraries}."
    loads = [case["load"] for case in of.cases.values()]
    yield f"Load average while measuring: {min(loads)} to {max(loads)}."
    if max(loads) > _BUSY:
        yield f"Above {_BUSY} others were at work too: seconds are inflated, for all alike."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _cpu(case: dict[str, Any]) -> str:
    return str(case["failed"]) if case.get("failed") else _s(case.get("cpu"))


def _s(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.2f}" if seconds < 100 else f"{seconds:,.0f}"


def _memory(case: dict[str, Any]) -> str:
    return f"{case['memory']:,.0f}" if case.get("memory") else "–"


def _times(over: float | None, under: float | None) -> str:
    return "–" if over is None or not under else f"{over / under:,.2f} ×"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
