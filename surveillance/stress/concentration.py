"""Who holds how much of an instrument, and whose trade hangs on one counterparty."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.stress.moves import Position
from surveillance.stress.record import Concentration, Crowding

_NOTHING = Decimal(0)
_CENT, _TEN_THOUSANDTH = Decimal("0.01"), Decimal("0.0001")
_COUNTERPARTIES = """
with dealt as (
    select trader_id, counterparty_owner_id as other, sum(notional) as usd from fills
    where notional is not null and not is_liquidation group by all
)
select trader_id, arg_max(other, (usd, other)) as other,
    coalesce(max(usd) filter (other is not null), 0) as usd, sum(usd) as traded
from dealt group by all order by all
"""


class Counterparty(NamedTuple):
    """The owner with whom a trader traded most, how much that was, and how much in all; USD."""

    owner_id: str
    usd: Decimal
    traded: Decimal


def counterparties(view: View) -> dict[str, Counterparty]:
    """Return the largest counterparty of each trader in a view."""
    prepare(view.connection, ["fills"])
    rows = view.connection.execute(_COUNTERPARTIES).fetchall()
    return {trader: Counterparty(other or "", usd, traded) for trader, other, usd, traded in rows}


def sides(positions: Iterable[Position]) -> dict[tuple[str, bool], Decimal]:
    """Return the notional that is held of each instrument, long (true) and short."""
    held: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for position in positions:
        held[position.instrument, position.size > 0] += position.notional
    return dict(held)


def concentration(
    positions: Sequence[Position],
    held: Mapping[tuple[str, bool], Decimal],
    other: Counterparty | None,
) -> Concentration:
    """Return what a trader has most of; ``held`` is what all hold, as ``sides`` says."""
    parts = [
        (share(position.notional, held[position.instrument, position.size > 0]), position)
        for position in positions
    ]
    part, most = max(parts, key=lambda pair: (pair[0], pair[1].notional, pair[1].instrument))
    return Concentration(
        instrument=most.instrument,
        share=part,
        counterparty=other.owner_id if other else "",
        counterparty_share=share(other.usd, other.traded) if other else _NOTHING,
        traded=(other.traded if other else _NOTHING).quantize(_CENT),
    )


def crowding(positions: Iterable[Position]) -> Iterator[Crowding]:
    """Yield for each instrument how crowded its larger side is."""
    owners: dict[str, dict[bool, dict[str, Decimal]]] = {}
    for position in positions:
        of = owners.setdefault(position.instrument, {True: {}, False: {}})[position.size > 0]
        of[position.owner_id] = of.get(position.owner_id, _NOTHING) + position.notional
    for instrument, both in sorted(owners.items()):
        side = max(both.values(), key=lambda of: sum(of.values(), _NOTHING))
        ranked = sorted(side.items(), key=lambda pair: (-pair[1], pair[0]))
        total = sum(side.values(), _NOTHING)
        yield Crowding(
            instrument=instrument,
            notional=total.quantize(_CENT),
            holders=len(both[True].keys() | both[False].keys()),
            largest=ranked[0][0],
            largest_share=share(ranked[0][1], total),
            five_share=share(sum((usd for _, usd in ranked[:5]), _NOTHING), total),
        )


def share(part: Decimal, whole: Decimal) -> Decimal:
    """Return a part of a whole, to four places; of nothing, nothing."""
    return (part / whole).quantize(_TEN_THOUSANDTH) if whole else _NOTHING
