"""The page ``README.md`` and its pictures, written from ``results.json`` and nothing else."""

from pathlib import Path
from string import Template
from typing import Any

from benchmarks import plots, sections
from benchmarks.figures import Figures
from benchmarks.plan import ENGINES, OURS, SHIPPED
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
    rules = [
        (f"{rule}, {at}", times, f"{times:.1f} ×", plots.OURS)
        for rule in (*PLAIN, *SHIPPED)
        if (times := of.floor(rule, at := of.largest_of(rule))) is not None
    ]
    return {
        "floors.svg": plots.bars("Rules over kept facts, times the scan floor", rules, 1),
        "engines.svg": plots.bars("Thirty rules: order messages judged a CPU second", _speeds(of)),
    }


def _speeds(of: Figures) -> list[tuple[str, float, str, str]]:
    rows = []
    for who, lake in [*((who, "100k") for who in ENGINES), (OURS, "1M")]:
        if cpu := of.cpu("pulled_bait", lake, who, "thirty"):
            speed, colour = of.events(lake) / cpu, plots.OURS if who == OURS else plots.THEIRS
            name = f"ours, {lake}" if who == OURS else sections.ENGINE_NAMES[who]
            rows.append((name, speed, f"{speed:,.0f}", colour))
    return rows
