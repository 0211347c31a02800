"""A stress test of two traders, one of whom is short of margin, with flow around news."""

from datetime import timedelta
from decimal import Decimal

from surveillance.canonical import digest
from surveillance.reports.stress import StressReport
from surveillance.stress.concentration import concentration, crowding, sides
from surveillance.stress.desk import grid
from surveillance.stress.margin import margin_held, scans, tier
from surveillance.stress.moves import Position
from surveillance.stress.record import (
    FORMAT,
    Flow,
    FlowCell,
    SegmentStress,
    StressTest,
    TraderStress,
)
from tests.given.known import LATER, NOON

ZERO = Decimal(0)


def position(size: str | Decimal = "1", worth: str | Decimal = "100", **of: object) -> Position:
    """Return a position in a perpetual, or as ``of`` says."""
    basic: dict[str, object] = {
        "trader_id": "T1", "owner_id": "O1", "instrument": "BTC-PERP", "coin": "BTC",
        "contracts": Decimal(size), "size": Decimal(size), "notional": abs(Decimal(worth)),
        "worth": Decimal(worth), "delta": Decimal(worth), "vega": ZERO, "margin": None,
    }  # fmt: skip
    return Position(**{**basic, **of})  # type: ignore[arg-type]


def trader(own: Position, all_held: list[Position]) -> TraderStress:
    """Return one trader's portfolio of one position, stressed."""
    cells, scanned = grid([own]), scans([own], {}, {})
    have, asked = margin_held([own]), scanned[0].margin
    most = concentration([own], sides(all_held), None)
    coverage = None if have is None else have / asked
    fund_loss = max(cell.fund_loss for cell in cells)
    named, reasons = tier(coverage, fund_loss, scanned, most)
    return TraderStress(
        trader_id=own.trader_id, owner_id=own.owner_id, segment="retail", positions=1,
        notional=own.notional, delta=own.delta, vega=own.vega, cells=cells,
        worst=min(cell.change for cell in cells), fund_loss=fund_loss, margin_held=have,
        margin_suggested=asked, coverage=coverage, limit=own.notional, tier=named,
        reasons=reasons, scans=scanned, concentration=most,
    )  # fmt: skip


def stress_test() -> StressTest:
    """Return the whole test."""
    long = position("1", "60000", margin=Decimal(2400))
    short = position("-1", "-60000", margin=Decimal(30000), trader_id="T2", owner_id="O2")
    held = [long, short]
    cells = grid(held)
    flow = [FlowCell(10 * n, *[Decimal(n * n + 4) / 8] * 6) for n in range(-6, 7)]
    return StressTest(
        format=FORMAT, run_id="3f9a", start=NOON, end=LATER, as_of=LATER,
        day=LATER - timedelta(days=1), segments_version=1, positions=2, not_valued=1,
        without_margin=0, fund_paid=ZERO, cells=cells,
        segments=(
            SegmentStress("retail", 2, Decimal(120000), cells, ZERO, Decimal(15600),
                          Decimal(32400), Decimal(12000), (("close_only", 2),)),
        ),
        traders=tuple(trader(each, held) for each in held),
        crowding=tuple(crowding(held)),
        flows=(Flow("news", "retail", 4, Decimal(100), Decimal(1000), tuple(flow)),),
    )  # fmt: skip


def report() -> StressReport:
    """Return the test as its report shows it."""
    test = stress_test()
    return StressReport(digest(test.body), test, LATER)
