"""The stress test of a window: portfolios moved, margin and limits suggested, flow at events."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from surveillance.activity.lake.view import View
from surveillance.stress import concentration, flow, margin
from surveillance.stress.concentration import Counterparty
from surveillance.stress.margin import CENT, TEN_THOUSANDTH, TIERS
from surveillance.stress.moves import GRID, Position, changed, lost_beyond
from surveillance.stress.positions import held
from surveillance.stress.record import FORMAT, Cell, SegmentStress, StressTest, TraderStress
from surveillance.times import DAY

SegmentOf = Callable[[str], str]
_NOTHING = Decimal(0)
_PRECISE = 60
"""Digits that are reckoned with: a size and a mark may have eighteen places each."""
_MOVES = f"""
with day as (
    select c.underlying as coin, epoch_us(m.ts) // {DAY} as day, m.instrument,
        max(m.value) as high, min(m.value) as low
    from marks m join (select instrument, any_value(underlying) as underlying,
        any_value(kind) as kind from contracts group by all) c using (instrument)
    where m.kind = 'mark' and m.value > 0 and c.kind <> 'option' group by all
)
select coin, max(high::double / low::double - 1) as moved from day
where coin is not null group by all order by all
"""
_VOLUMES = f"""
select instrument, (sum(quantity) / count(distinct epoch_us(ts) // {DAY}))::decimal(38, 6) as volume
from trades group by all order by all
"""


def stress_test(
    view: View, run_id: str, as_of: datetime, segment_of: SegmentOf, version: int
) -> StressTest:
    """Return the stress test of the activity of a view; ``version`` is that of the segments."""
    with localcontext() as context:
        context.prec = _PRECISE
        book = held(view)
        traders = _traders(view, book.positions, segment_of)
        [(paid,)] = view.connection.execute("select sum(fund_change) from liquidations").fetchall()
        return StressTest(
            format=FORMAT,
            run_id=run_id,
            start=view.window.start,
            end=view.window.end,
            as_of=as_of,
            day=book.day,
            segments_version=version,
            positions=len(book.positions),
            not_valued=book.not_valued,
            without_margin=sum(position.margin is None for position in book.positions),
            fund_paid=(paid or _NOTHING).quantize(CENT),
            cells=_summed(traders),
            segments=_segments(traders),
            traders=tuple(traders),
            crowding=tuple(concentration.crowding(book.positions)),
            flows=flow.flows(view, segment_of),
        )


def _traders(
    view: View, positions: Sequence[Position], segment_of: SegmentOf
) -> list[TraderStress]:
    """Return every portfolio, those first that would cost the fund most, then that lose most."""
    moved = {
        coin: Decimal(repr(share)).quantize(TEN_THOUSANDTH)
        for coin, share in view.connection.execute(_MOVES).fetchall()
    }
    volumes = dict(view.connection.execute(_VOLUMES).fetchall())
    others, sides = concentration.counterparties(view), concentration.sides(positions)
    of: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        of[position.trader_id].append(position)
    traders = [
        _trader(own, segment_of(name), moved, volumes, sides, others.get(name))
        for name, own in of.items()
    ]
    return sorted(traders, key=lambda each: (-each.fund_loss, each.worst, each.trader_id))


def _trader(
    own: Sequence[Position],
    segment: str,
    moved: Mapping[str, Decimal],
    volumes: Mapping[str, Decimal],
    sides: Mapping[tuple[str, bool], Decimal],
    other: Counterparty | None,
) -> TraderStress:
    cells, scanned = grid(own), margin.scans(own, moved, volumes)
    most = concentration.concentration(own, sides, other)
    notional = sum((position.notional for position in own), _NOTHING).quantize(CENT)
    have = margin.margin_held(own)
    asked = sum((scan.margin for scan in scanned), _NOTHING)
    coverage = _coverage(have, asked)
    fund_loss = max(cell.fund_loss for cell in cells)
    tier, reasons = margin.tier(coverage, fund_loss, scanned, most)
    return TraderStress(
        trader_id=own[0].trader_id,
        owner_id=own[0].owner_id,
        segment=segment,
        positions=len(own),
        notional=notional,
        delta=sum((position.delta for position in own), _NOTHING).quantize(CENT),
        vega=sum((position.vega for position in own), _NOTHING).quantize(CENT),
        cells=cells,
        worst=min(cell.change for cell in cells),
        fund_loss=fund_loss,
        margin_held=have,
        margin_suggested=None if have is None else asked,
        coverage=coverage,
        limit=None if coverage is None or not asked else (notional * coverage).quantize(CENT),
        tier=tier,
        reasons=reasons,
        scans=scanned,
        concentration=most,
    )


def grid(positions: Iterable[Position]) -> tuple[Cell, ...]:
    """Return what positions gain together under every move, and what the fund would lose."""
    own = tuple(positions)
    return tuple(
        Cell(
            move.price,
            move.volatility,
            changed(own, move).quantize(CENT),
            lost_beyond(own, move).quantize(CENT),
        )
        for move in GRID
    )


def _coverage(have: Decimal | None, asked: Decimal) -> Decimal | None:
    """Return margin held over margin asked; who is asked for none is covered."""
    if have is None:
        return None
    return (have / asked).quantize(TEN_THOUSANDTH) if asked else Decimal(1)


def _summed(traders: Sequence[TraderStress]) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            move.price,
            move.volatility,
            sum((trader.cells[place].change for trader in traders), _NOTHING),
            sum((trader.cells[place].fund_loss for trader in traders), _NOTHING),
        )
        for place, move in enumerate(GRID)
    )


def _segments(traders: Sequence[TraderStress]) -> tuple[SegmentStress, ...]:
    of: dict[str, list[TraderStress]] = defaultdict(list)
    for trader in traders:
        of[trader.segment].append(trader)
    return tuple(_segment(name, of[name]) for name in sorted(of))


def _segment(name: str, traders: Sequence[TraderStress]) -> SegmentStress:
    cells = _summed(traders)
    tiers = Counter(trader.tier for trader in traders)
    return SegmentStress(
        segment=name,
        traders=len(traders),
        notional=sum((trader.notional for trader in traders), _NOTHING),
        cells=cells,
        worst=min(cell.change for cell in cells),
        fund_loss=max(cell.fund_loss for cell in cells),
        margin_held=sum((trader.margin_held or _NOTHING for trader in traders), _NOTHING),
        margin_suggested=sum((trader.margin_suggested or _NOTHING for trader in traders), _NOTHING),
        tiers=tuple((tier, tiers[tier]) for tier in (*TIERS, "") if tiers[tier]),
    )
