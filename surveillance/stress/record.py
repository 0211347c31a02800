"""What a stress test found, as it is stored, shown and attached: money in exact decimals, USD."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from surveillance.canonical import canonical, restored

Money = Decimal


@dataclass(frozen=True, slots=True)
class Cell:
    """What a portfolio gains, or loses below 0, if all prices and volatilities move so.

    ``price`` and ``volatility`` are changes as shares: -0.1 is a fall by a tenth. ``fund_loss`` is
    what would be lost beyond the margin held.
    """

    price: Decimal
    volatility: Decimal
    change: Money
    fund_loss: Money


@dataclass(frozen=True, slots=True)
class Scan:
    """What one coin asks of margin: the worst change within its range, and what it rests on.

    ``daily_move`` is the largest of a day that was seen, ``range`` how far prices were moved;
    ``paid`` is what long options are worth, which are paid for and lose no more than that;
    ``days_to_close`` is how long it takes to close at a fifth of the usual volume.
    """

    coin: str
    daily_move: Decimal | None
    range: Decimal
    worst: Money
    paid: Money
    days_to_close: Decimal
    margin: Money


@dataclass(frozen=True, slots=True)
class Concentration:
    """What a trader has most of: a part of a side of an instrument, and of trade with one owner."""

    instrument: str
    share: Decimal
    counterparty: str
    counterparty_share: Decimal
    traded: Money


@dataclass(frozen=True, slots=True)
class TraderStress:
    """One trader's portfolio at the end of the day, stressed.

    ``coverage`` is margin held over margin suggested; ``limit`` the notional that the margin held
    would carry. Where a position's margin is not reported, nothing is suggested.
    """

    trader_id: str
    owner_id: str
    segment: str
    positions: int
    notional: Money
    delta: Money
    vega: Money
    cells: tuple[Cell, ...]
    worst: Money
    fund_loss: Money
    margin_held: Money | None
    margin_suggested: Money | None
    coverage: Decimal | None
    limit: Money | None
    tier: str
    reasons: tuple[str, ...]
    scans: tuple[Scan, ...]
    concentration: Concentration


@dataclass(frozen=True, slots=True)
class SegmentStress:
    """All traders of a segment together; the fund pays for each by itself."""

    segment: str
    traders: int
    notional: Money
    cells: tuple[Cell, ...]
    worst: Money
    fund_loss: Money
    margin_held: Money
    margin_suggested: Money
    tiers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Crowding:
    """Who holds an instrument: how much, and the largest holders' part of the larger side."""

    instrument: str
    notional: Money
    holders: int
    largest: str
    largest_share: Decimal
    five_share: Decimal


@dataclass(frozen=True, slots=True)
class FlowCell:
    """What a segment did in ten minutes around events, beside what is usual for it.

    ``minute`` is the start, from the event. ``taken`` is liquidity taken over what is usual, 1 as
    always; ``pulled`` is what it withdrew beyond its usual part of what it placed, over what it
    usually places. Each has the limits of a 95 % interval; where nothing is usual there is no
    figure.
    """

    minute: int
    taken: Decimal | None
    taken_low: Decimal | None
    taken_high: Decimal | None
    pulled: Decimal | None
    pulled_low: Decimal | None
    pulled_high: Decimal | None


@dataclass(frozen=True, slots=True)
class Flow:
    """A segment around events of one kind."""

    kind: str
    segment: str
    events: int
    usual_taken: Money
    usual_placed: Money
    cells: tuple[FlowCell, ...]


@dataclass(frozen=True, slots=True)
class StressTest:
    """The whole test of one run's window; ``day`` is the one at whose end positions were held."""

    format: str
    run_id: str
    start: datetime
    end: datetime
    as_of: datetime
    day: datetime | None
    segments_version: int
    positions: int
    not_valued: int
    without_margin: int
    fund_paid: Money
    cells: tuple[Cell, ...]
    segments: tuple[SegmentStress, ...]
    traders: tuple[TraderStress, ...]
    crowding: tuple[Crowding, ...]
    flows: tuple[Flow, ...]

    @property
    def body(self) -> str:
        """Return the test as the one JSON text that stands for it."""
        return canonical(self)


FORMAT = "surveillance-stress/1"


def read(body: str) -> StressTest:
    """Read a stress test back.

    Raises:
        ValueError: the text is no stress test, or not as it was written.
    """
    return restored(StressTest, body)
