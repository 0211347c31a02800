"""Counts in a chart: a panel with whole numbers up its side, and the page that panels stand on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from surveillance.chart.axis import Scale
from surveillance.chart.marks import GRID, INK, QUIET, label, line, standalone

_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot of counts from 0 to ``most``: its edges in the picture, and where a count lies."""

    left: int
    right: int
    top: int
    bottom: int
    most: int

    @property
    def y(self) -> Scale:
        """Return where counts lie, with room for words above the highest."""
        top = Decimal(max(1, self.most)) * Decimal("1.16")
        return Scale(Decimal(0), top, Decimal(self.bottom), Decimal(self.top))

    def frame(self, title: str, size: float = 9) -> Iterator[str]:
        """Draw the title, a line for each round count, and the base line."""
        yield label(self.left, self.top - 9, title, size, INK, font_weight="bold")
        for count in ticks(max(1, self.most), 4):
            at = self.y(Decimal(count))
            yield line(self.left, at, self.right, at, stroke=GRID, stroke_width=0.8)
            yield label(Decimal(self.left - 6), at + 3, f"{count:,}", text_anchor="end")
        yield line(self.left, self.bottom, self.right, self.bottom, stroke=QUIET, stroke_width=0.8)


def ticks(most: int, about: int) -> list[int]:
    """Return round whole numbers from 0 up to ``most``, about so many."""
    least = max(1, -(-most // about))
    step = next(
        unit * 10**power for power in range(20) for unit in _STEPS if unit * 10**power >= least
    )
    return list(range(0, most + 1, step))


def page(title: str, described: str, height: int, parts: Iterable[str]) -> str:
    """Return a standalone SVG, 720 wide, the same bytes each time."""
    return standalone(parts, height, title=title, description=described)
