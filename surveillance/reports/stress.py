"""A stress test as its page and its report show it, and the report itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from surveillance.chart.around import Point, around_svg
from surveillance.config.sections import Institution
from surveillance.records.journal import Anchor
from surveillance.reports import pages
from surveillance.reports.pages import TEMPLATES, words
from surveillance.reports.pdf import Attached
from surveillance.reports.rendered import Rendered, rendered
from surveillance.stress.flow import taking, withdrawing
from surveillance.stress.record import Cell, Flow, FlowCell, StressTest, TraderStress

_SHADES = 4
_HALF = Decimal("0.5")
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
class Leading:
    """Who took most liquidity away around events of a kind, when and how, and a picture of it."""

    kind: str
    events: int
    words: str
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
    def leading(self) -> list[Leading]:
        """Return, for each kind of event, who withdrew most liquidity and who took most."""
        flows = self.test.flows
        withdrew = [_withdrew(flow, cell) for flow, cell in withdrawing(flows)]
        return sorted(
            [*withdrew, *(_took(flow, cell) for flow, cell in taking(flows))],
            key=lambda each: each.kind,
        )

    @property
    def dependent(self) -> Sequence[TraderStress]:
        """Return those who did at least half of their trade with one owner, the largest first."""
        most = [
            (each.concentration.traded * each.concentration.counterparty_share, each)
            for each in self.test.traders
            if each.concentration.counterparty_share >= _HALF
        ]
        return [each for _, each in sorted(most, key=lambda pair: (-pair[0], pair[1].trader_id))]


def changes(cells: Sequence[Cell]) -> Grid:
    """Return the grid of what is gained or lost."""
    return _grid(cells, [cell.change for cell in cells])


def fund_losses(cells: Sequence[Cell]) -> Grid:
    """Return the grid of what the insurance fund would pay."""
    return _grid(cells, [-cell.fund_loss for cell in cells])


def _withdrew(flow: Flow, cell: FlowCell) -> Leading:
    points = [
        _point(each.minute, each.pulled, each.pulled_low, each.pulled_high) for each in flow.cells
    ]
    unit = "withdrawn beyond the usual part of what is placed; 1: as much as is usually placed"
    said = (
        f"{_when(flow, cell)}, withdrew {_share(cell.pulled)} of what it usually places more than "
        f"usual ({_share(cell.pulled_low)} to {_share(cell.pulled_high)})"
    )
    return Leading(flow.kind, flow.events, said, _drawn(flow, unit, 0.0, points))


def _took(flow: Flow, cell: FlowCell) -> Leading:
    points = [
        _point(each.minute, each.taken, each.taken_low, each.taken_high) for each in flow.cells
    ]
    said = (
        f"{_when(flow, cell)}, took {_share(cell.taken)} of what it usually takes "
        f"({_share(cell.taken_low)} to {_share(cell.taken_high)})"
    )
    return Leading(
        flow.kind, flow.events, said, _drawn(flow, "taken; 1: as much as usual", 1.0, points)
    )


def _when(flow: Flow, cell: FlowCell) -> str:
    return f"{_named(flow)}, in the ten minutes from {cell.minute:+d} min"


def _named(flow: Flow) -> str:
    return words(flow.segment) or "all"


def _drawn(flow: Flow, unit: str, usual: float, points: Sequence[Point | None]) -> str:
    known = [point for point in points if point is not None]
    return around_svg(f"{_named(flow)} around {words(flow.kind)}", unit, usual, known)


def _point(
    minute: int, value: Decimal | None, low: Decimal | None, high: Decimal | None
) -> Point | None:
    return None if value is None else Point(minute, float(value), _float(low), _float(high))


def _share(part: Decimal | None) -> str:
    return "–" if part is None else f"{part:.0%}"


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
