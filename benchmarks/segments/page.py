"""The page of how good segments are."""

from collections.abc import Sequence

from benchmarks.segments.measured import Measured

_HEAD = """# How good the segments are

Written by `python -m benchmarks.segments WORK --seeds 11,12,13 --abides DIR`: two weeks of the
simulated venue at each seed, features and segments as shipped, nothing fitted to these seeds. The
first model is made of the first week, the second of the second week with the first before it.
What many traders cost stands in [million.md](million.md), which thresholds follow peers in
[following.md](following.md).
"""
_TOLD = """
- **resampling ARI**: models made of random halves of the traders, and everybody placed by them,
  against the model of all; mean of five.
- **keep their segment**: of traders of both weeks, who is in the segment of the same name; without
  hysteresis the second model knows nothing of the first.
- **R²**: of next week's features (those that clusters are looked for in, scaled), guessed from this
  week's value of the same feature, and from that and the segment; ridge regression, out of fold.
- **honest kinds** are the simulator's 23 roles; it draws leverage and options of its customers by
  chance, so that divisions by risk cut through its largest role, and the index cannot be high.
"""


def page(markets: Sequence[Measured], others: Sequence[Measured]) -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    if markets:
        parts += [_figures(markets), _TOLD, "## Who is where\n", _sizes(markets)]
    for other in others:
        parts += ["", f"## {other.market}\n", _figures([other]), "", _sizes([other])]
    return "\n".join(parts) + "\n"


def _figures(markets: Sequence[Measured]) -> str:
    names = list(markets[0].figures)
    rows = [
        f"| {name} | " + " | ".join(_number(name, each.figures[name]) for each in markets) + " |"
        for name in names
    ]
    return "\n".join([_header("", markets), *rows])


def _sizes(markets: Sequence[Measured]) -> str:
    names = sorted({name for each in markets for name in each.sizes})
    rows = [
        f"| `{name}` | " + " | ".join(str(each.sizes.get(name, 0)) for each in markets) + " |"
        for name in names
    ]
    return "\n".join([_header("segment", markets), *rows])


def _header(first: str, markets: Sequence[Measured]) -> str:
    names = " | ".join(each.market for each in markets)
    return f"| {first} | {names} |\n|---{'|---' * len(markets)}|"


def _number(name: str, value: float) -> str:
    if name == "traders":
        return f"{value:,.0f}"
    return f"{100 * value:.1f} %" if name.startswith(("keep", "the same")) else f"{value:.3f}"
