"""What was held at the end of the last day of a view, ready to be moved.

A position whose worth in dollars, or whose volatility, is not known is counted and left out.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.pricing import YEAR, Option
from surveillance.stress.moves import Position, Priced

_NOTHING = Decimal(0)
_SQL = f"""
with last as (
    select m.instrument, arg_max(m.value, m.ts) as mark, max(m.ts) as marked_at from marks m
    where m.kind = 'mark' and m.ts < $day + interval 1 day and m.ts >= $day group by all
), held as (
    select trader_id, instrument, arg_max(quantity, ts) as contracts from positions
    where ts >= $day and ts < $day + interval 1 day group by all
), term as (
    select instrument, any_value(quote = underlying order by since desc) as in_coins
    from contracts group by all
)
select e.*, h.contracts, l.mark, t.in_coins, v.forward, v.volatility,
    (epoch_us(e.expires_at) - epoch_us(l.marked_at)) / {YEAR} as years
from exposures e join held h using (trader_id, instrument)
    left join last l using (instrument) left join term t using (instrument)
    left join option_values v on v.instrument = e.instrument and v.ts = e.ts
where e.ts = $day order by e.trader_id, e.instrument
"""


@dataclass(frozen=True, slots=True)
class Book:
    """Positions at the end of ``day``, and how many more there were that nothing is known of."""

    day: datetime | None
    positions: tuple[Position, ...]
    not_valued: int


def held(view: View) -> Book:
    """Return what was held at the end of the last day on which positions were reported."""
    prepare(view.connection, ["exposures", "option_values", "contracts"])
    [(day,)] = view.connection.execute("select max(ts) from exposures").fetchall()
    if day is None:
        return Book(None, (), 0)
    day = day.replace(tzinfo=UTC)
    rows = view.arrow(_SQL.replace("$day", moment(day))).to_pylist()
    positions = tuple(position for row in rows if (position := _position(row)) is not None)
    return Book(day, positions, len(rows) - len(positions))


def _position(row: dict[str, Any]) -> Position | None:
    if row["notional"] is None or row["delta"] is None:
        return None
    is_option = row["kind"] == "option"
    if is_option and (row["volatility"] is None or row["mark"] is None):
        return None
    sign = 1 if row["units"] > 0 else -1
    return Position(
        trader_id=row["trader_id"],
        owner_id=row["owner_id"],
        instrument=row["instrument"],
        coin=row["underlying"] or row["instrument"],
        contracts=row["contracts"],
        size=row["units"],
        notional=row["notional"],
        worth=_marked(row) if is_option else sign * row["notional"],
        delta=row["delta"],
        vega=row["vega"] or _NOTHING,
        margin=row["margin"],
        priced=_priced(row) if is_option else None,
    )


def _marked(row: dict[str, Any]) -> Decimal:
    """Return what an option position is worth at its mark, which may be told in coins."""
    rate = Decimal(repr(row["forward"])) if row["in_coins"] else Decimal(1)
    worth: Decimal = row["units"] * row["mark"] * rate
    return worth.quantize(Decimal("0.000001"))


def _priced(row: dict[str, Any]) -> Priced:
    option = Option(row["option_kind"], row["strike"], row["years"])
    return Priced(option, row["forward"], row["volatility"])
