"""``python -m benchmarks.segments.million WORK``: what many traders cost, from rows to scores.

Features are made of activity that is landed in WORK, once, and set beside the floor of reading it;
segments and detectors are measured on features that are drawn, because they ask only for numbers.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.segments.cost import SCORED, Cost, cost
from benchmarks.segments.crowd import CrowdCost, measured
from benchmarks.stamp import Stamp, stamp

Rows = Iterator[tuple[str, str, str]]
PAGE = Path(__file__).parent / "million.md"


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segments.million")
    parser.add_argument("work", type=Path)
    parser.add_argument("--traders", type=int, default=1_000_000)
    parser.add_argument("--crowd", type=int, default=200_000)
    asked = parser.parse_args()
    drawn, crowd = cost(asked.traders), measured(asked.work, asked.crowd)
    PAGE.write_text(page(drawn, crowd, stamp()), encoding="utf-8")


def page(drawn: Cost, crowd: CrowdCost, made: Stamp) -> str:
    """Return the page as Markdown."""
    asked = f"--traders {drawn.traders} --crowd {crowd.traders}"
    rows = (f"| {' | '.join(row)} |" for row in (*_features(crowd), *_numbers(drawn)))
    return "\n".join((_HEAD.format(asked=asked, **made), *rows, _TOLD))


def _features(crowd: CrowdCost) -> Rows:
    what = f"{crowd.features} features of {crowd.traders:,} traders, of {crowd.rows:,} rows"
    yield what, f"{crowd.made:.1f}", ""
    yield "the floor: all that they are made of, read and hashed", f"{crowd.floor:.2f}", ""
    yield "features over the floor", f"{crowd.made / crowd.floor:.0f} times", "5 times"


def _numbers(drawn: Cost) -> Rows:
    every = f"{drawn.traders:,} traders of {drawn.features} features"
    scored = drawn.scored * drawn.traders / SCORED
    yield f"{every} divided into segments", f"{drawn.calibrated:.1f}", "10 for a million"
    yield "and placed by a model that is there", f"{drawn.placed:.1f}", ""
    yield "both detectors of the panel fitted on eight weeks", f"{drawn.fitted:.1f}", ""
    said = f"all scored by both, as {SCORED:,} of them tell"
    yield said, f"{scored:.0f}", "120 for a million, with the fit"


_HEAD = """# What many traders cost

Written by `python -m benchmarks.segments.million WORK {asked}`
at {at}, code {code:.14}, rules {rules:.12}; CPU seconds of one thread, on a
machine that others used at the same time.

| what | CPU seconds | aim |
|---|---|---|"""
_TOLD = """
The crowd does five orders a trader that trade and five that are withdrawn in a week, three
transfers, a position and a login; nobody does more than others, so that there are as many groups
to reduce as there can be. Features of segments and detectors are drawn by chance.

Features are far from their aim. The floor folds columns without a join, a sort or a group. About a
third of what features cost are two facts, what an order is worth in dollars and its life, each made
by a join of every message to its order; most of the rest are steps from order to order, sorted by
trader, and medians, of which all values are kept.
"""

if __name__ == "__main__":
    main()
