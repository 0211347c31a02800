"""The page ``README.md`` and its pictures, written from ``results.json`` and nothing else."""

from pathlib import Path
from string import Template
from typing import Any

from benchmarks import plots, sections
from benchmarks.figures import Figures
from benchmarks.plan import ENGINES, OURS, SHIPPED, SIZES
from benchmarks.variants import PLAIN


def write(here: Path, known: dict[str, Any]) -> None:
    """Write the page and its pictures beside each other."""
    of = Figures(known)
    for name, drawn in pictures(of).items():
        (here / name).write_text(drawn, encoding="utf-8")
    (here / "README.md").write_text(page(of), encoding="utf-8")


def page(of: Figures) -> str:
    """Return the page."""
    text = Template((Path(__file__).parent / "page.md").read_text(encoding="utf-8"))
    return text.substitute({name: "\n".join(lines) for name, lines in sections.every(of)})


def pictures(of: Figures) -> dict[str, str]:
    """Return every picture by the name of its file."""
    panels = {
        rule: {
            who: [(of.events(size), cpu) for size in SIZES if (cpu := of.cpu(rule, size, who))]
            for who in sections.NAMES
        }
        for rule in PLAIN
    }
    at, ours = of.largest_of("spoofing"), plots.COLOURS[OURS]
    shipped = [
        (rule, ratio, f"{ratio:.1f} ×", ours)
        for rule in SHIPPED
        if (ratio := of.floor(rule, at)) is not None
    ]
    return {
        "scaling.svg": plots.scaling(panels, sections.NAMES),
        "floors.svg": plots.bars(f"Shipped rules alone, times the scan floor ({at})", shipped, 2),
        "engines.svg": plots.bars("Thirty rules: order messages judged a CPU second", _speeds(of)),
    }


def _speeds(of: Figures) -> list[tuple[str, float, str, str]]:
    asked = [(who, "100k") for who in ENGINES] + [(OURS, of.largest)]
    rows = []
    for who, lake in asked:
        if cpu := of.cpu("pulled_bait", lake, who, "thirty"):
            speed, colour = of.events(lake) / cpu, plots.COLOURS[OURS if who == OURS else "sql"]
            name = f"ours, {lake}" if who == OURS else sections.ENGINE_NAMES[who]
            rows.append((name, speed, f"{speed:,.0f}", colour))
    return rows
