"""A stress test as its page and its report show it, and the report itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from surveillance.chart.around import Point, around_svg
from surveillance.config.sections import Institution
from surveillance.records.journal import Anchor
from surveillance.reports import Rendered, pages, rendered
from surveillance.reports.pages import TEMPLATES, words
from surveillance.reports.pdf import Attached
from surveillance.stress.flow import leading
from surveillance.stress.record import Cell, Flow, FlowCell, StressTest, TraderStress

_SHADES = 4
MOST = 50
"""How many traders are listed; the attachment has all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell of a grid, how much of it there is in words, and how dark it is drawn, -4 to 4."""

    amount: Decimal
    shade: int


@dataclass(frozen=True, slots=True)
class Line:
    """One change of volatility, and a cell for each change of price."""

    volatility: Decimal
    cells: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of changes: the prices along its top, and a line for each volatility."""

    prices: tuple[Decimal, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who withdrew most liquidity around events of a kind, when, and the picture of it."""

    flow: Flow
    cell: FlowCell
    picture: str


@dataclass(frozen=True)
class StressReport:
    """A stored stress test, its digest, and when it was made."""

    id: str
    test: StressTest
    at: datetime

    @property
    def sentence(self) -> str:
        """Return what was found, in a few sentences."""
        test = self.test
        if test.day is None:
            return "No position was reported in this window, so there is nothing to stress."
        worst = max(test.cells, key=lambda cell: cell.fund_loss)
        asked = sum(trader.tier not in {"", "ordinary"} for trader in test.traders)
        return (
            f"{len(test.traders):,} traders held {test.positions:,} positions. At worst, with "
            f"prices {worst.price:+.0%} and volatility {worst.volatility:+.0%}, the insurance fund "
            f"would pay {worst.fund_loss:,.0f} USD. For {asked:,} traders a closer tier is "
            "suggested. Nothing was applied."
        )

    @property
    def traders(self) -> Sequence[TraderStress]:
        """Return those that would cost the fund most."""
        return self.test.traders[:MOST]

    @property
    def withdrawals(self) -> list[Withdrawal]:
        """Return, for each kind of event, who withdrew most liquidity."""
        return [Withdrawal(flow, cell, picture(flow)) for flow, cell in leading(self.test.flows)]


def changes(cells: Sequence[Cell]) -> Grid:
    """Return the grid of what is gained or lost."""
    return _grid(cells, [cell.change for cell in cells])


def fund_losses(cells: Sequence[Cell]) -> Grid:
    """Return the grid of what the insurance fund would pay."""
    return _grid(cells, [-cell.fund_loss for cell in cells])


def picture(flow: Flow) -> str:
    """Draw what a segment withdrew around events of a kind."""
    points = [
        Point(cell.minute, float(cell.pulled), _float(cell.pulled_low), _float(cell.pulled_high))
        for cell in flow.cells
        if cell.pulled is not None
    ]
    title = f"{flow.segment.replace('_', ' ') or 'all'} around {words(flow.kind)}"
    unit = "withdrawn beyond the usual part of what is placed; 1: as much as is usually placed"
    return around_svg(title, unit, 0.0, points)


def render(
    report: StressReport,
    *,
    institution: Institution,
    journal_head: Anchor,
    templates: Path = TEMPLATES,
) -> Rendered:
    """Render a stress test as of when it was made; ``journal_head`` is the entry that says so."""
    context = {
        "stress": report,
        "changes": changes,
        "fund_losses": fund_losses,
        "reference": f"{report.id[:16]}/stress",
        "institution": institution,
        "at": report.at,
        "journal_head": journal_head,
    }
    template = pages.find("stress", "stress-test", templates)
    body = report.test.body.encode()
    files = [Attached("stress.json", "The whole stress test, canonical JSON", body, "Source")]
    return rendered(template, context, files, report.at, templates)


def _grid(cells: Sequence[Cell], amounts: Sequence[Decimal]) -> Grid:
    most = max((abs(amount) for amount in amounts), default=Decimal(0))
    shown = [Shown(amount, _shade(amount, most)) for amount in amounts]
    prices = tuple(dict.fromkeys(cell.price for cell in cells))
    volatilities = tuple(dict.fromkeys(cell.volatility for cell in cells))
    wide = len(prices)
    return Grid(
        prices,
        tuple(
            Line(volatility, tuple(shown[place * wide : (place + 1) * wide]))
            for place, volatility in enumerate(volatilities)
        ),
    )


def _shade(amount: Decimal, most: Decimal) -> int:
    """Return how dark an amount is drawn: by its part of the largest, in quarters, upwards."""
    if not amount or not most:
        return 0
    steps = min(_SHADES, int(abs(amount) / most * _SHADES) + 1)
    return steps if amount > 0 else -steps


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
