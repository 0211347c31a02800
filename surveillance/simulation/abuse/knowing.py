"""Dealing on what is to be announced: a position taken while few know, left once all do."""

from collections.abc import Iterable

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.dealing import Deal
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.events import PublicEvent
from surveillance.times import HOUR, MINUTE

_LEVERAGE = 2.0
"""Whoever knows what comes wants to be there when it does, and not be liquidated before."""
_OUT = 3 * HOUR
"""How long after an announcement the last of the position is left."""


def deal_before(
    stage: Stage, typology: str, trader: int, announcements: Iterable[PublicEvent]
) -> None:
    """Plan positions for one announcement of an asset after another, the next to be public first.

    Two at once would make one position of both, or none where one rises and the other falls.
    """
    free: dict[str, int] = {}
    for event in sorted(announcements, key=lambda event: event.ts):
        if event.asset is not None and event.known_at is not None:
            known = max(event.known_at, free.get(event.asset, 0))
            if event.ts - known >= 30 * MINUTE:
                _deal(stage, typology, trader, event, known)
                free[event.asset] = event.ts + _OUT


def _deal(stage: Stage, typology: str, trader: int, event: PublicEvent, known: int) -> None:
    """Plan a position on the side of an announcement, large enough that its jump pays."""
    act, side = stage.act(), 1 if event.size > 0 else -1
    usd = stage.scale(4_500, 12_000) / abs(event.size)
    where = masking.beside(act, stage.market.perpetual(event.asset or "DRIFT"))
    trader = masking.helper(act, trader)
    deal = Deal(act, typology, trader, where, side)
    begin = known + int((event.ts - known) * stage.chance.uniform(0.05, 0.4))
    until = event.ts - int((event.ts - known) * 0.1)
    deal.enter(usd, begin, until, 4 + round(stage.scale(16, 4)))
    deal.leave(event.ts + int(stage.chance.uniform(0.1, 0.5) * HOUR), event.ts + _OUT, 8)
    act.blame.account(typology, trader)
    stage.margin.set_leverage(trader, _LEVERAGE)
