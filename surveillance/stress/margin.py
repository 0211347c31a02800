"""What a portfolio asks of margin, and how its trader is to be limited: suggestions, with reasons.

A coin is scanned as SPAN does, by thirds of a range and for volatility up, down and still; coins
do not offset one another. The range is the largest move of a day that was seen, and a quarter more
(the buffer of Art. 28 of Regulation (EU) 153/2013), at least 10 % (engineering default). What long
options are worth covers what is lost on them and on others of the coin. Who needs longer than a
day to close at a fifth of the usual volume (engineering default) is asked for the move of as many
days, by the square root of time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from surveillance.stress.moves import VOLATILITIES, Move, Position, changed
from surveillance.stress.record import Concentration, Scan

CENT, TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")
TIERS = ("ordinary", "watched", "reduced", "close_only")
"""From doing nothing to opening nothing new."""
CROWDED = Decimal("0.25")
"""Part of one side of an instrument beyond which the tier is one closer."""
_LEAST_RANGE, _BUFFER, _PACE = Decimal("0.1"), Decimal("1.25"), Decimal("0.2")
_LINES = (Decimal(1), Decimal("0.75"), Decimal("0.5"))
"""Coverage below which a trader is watched, reduced, and may only close."""
_ONE = Decimal(1)


def scans(
    positions: Iterable[Position],
    daily_moves: Mapping[str, Decimal],
    volumes: Mapping[str, Decimal],
) -> tuple[Scan, ...]:
    """Return what each coin of a portfolio asks of margin.

    ``daily_moves`` are the largest of a day, by coin; ``volumes`` contracts a day, by instrument.
    """
    of: dict[str, list[Position]] = defaultdict(list)
    for position in positions:
        of[position.coin].append(position)
    return tuple(_scan(coin, of[coin], daily_moves.get(coin), volumes) for coin in sorted(of))


def _scan(
    coin: str, held: Sequence[Position], seen: Decimal | None, volumes: Mapping[str, Decimal]
) -> Scan:
    reach = max(_LEAST_RANGE, _BUFFER * (seen or 0)).quantize(TEN_THOUSANDTH)
    moves = [Move(reach * third / 3, vol) for third in range(-3, 4) for vol in VOLATILITIES]
    worst = min(changed(held, move) for move in moves)
    paid = sum((position.paid for position in held), Decimal(0))
    days = max(_days(position, volumes) for position in held)
    required = max(Decimal(0), -worst - paid) * max(_ONE, days).sqrt()
    return Scan(
        coin=coin,
        daily_move=seen,
        range=reach,
        worst=worst.quantize(CENT),
        paid=paid.quantize(CENT),
        days_to_close=days,
        margin=required.quantize(CENT),
    )


def _days(position: Position, volumes: Mapping[str, Decimal]) -> Decimal:
    volume = volumes.get(position.instrument)
    if not volume:
        return Decimal(0)
    return (abs(position.contracts) / (_PACE * volume)).quantize(CENT)


def margin_held(positions: Sequence[Position]) -> Decimal | None:
    """Return the margin of all positions, or nothing where one's is not reported."""
    margins = [position.margin for position in positions]
    known = [margin for margin in margins if margin is not None]
    return sum(known, Decimal(0)).quantize(CENT) if len(known) == len(margins) else None


def tier(
    coverage: Decimal | None, fund_loss: Decimal, scanned: Sequence[Scan], most: Concentration
) -> tuple[str, tuple[str, ...]]:
    """Return how a trader is to be limited, and the numbers behind it."""
    if coverage is None:
        return "", ("the venue does not say what margin it holds for every position",)
    step = sum(coverage < line for line in _LINES)
    reasons = [f"margin held is {coverage:.0%} of what is suggested"]
    slow = max((scan.days_to_close for scan in scanned), default=Decimal(0))
    if crowded := most.share > CROWDED:
        reasons.append(f"holds {most.share:.0%} of one side of {most.instrument}")
    if is_slow := slow > 1:
        reasons.append(f"needs {slow:.1f} days to close at a fifth of the usual volume")
    if fund_loss:
        reasons.append(f"would cost the insurance fund up to {fund_loss:,.2f} USD on the grid")
    return TIERS[min(step + (crowded or is_slow), len(TIERS) - 1)], tuple(reasons)
