"""Dealing on what is to be announced: a position taken while few know, left once all do."""

from surveillance.activity.sources.synthetic.dealing import Deal
from surveillance.activity.sources.synthetic.happenings import Happening
from surveillance.activity.sources.synthetic.settings import HOUR, MINUTE
from surveillance.activity.sources.synthetic.stage import Stage

_LEVERAGE = 2.0
"""Whoever knows what comes wants to be there when it does, and not be liquidated before."""


def deal_before(stage: Stage, typology: str, trader: int, one: Happening) -> None:
    """Plan a position on the side of an announcement, large enough that its jump pays."""
    known, side = one.known_at, 1 if one.size > 0 else -1
    if known is None or one.asset is None or one.ts - known < 30 * MINUTE:
        return
    usd = stage.scale(4_500, 12_000) / abs(one.size)
    where = stage.market.perpetual(one.asset)
    deal = Deal(stage, typology, trader, where, side)
    begin = known + int((one.ts - known) * stage.chance.uniform(0.05, 0.4))
    until = one.ts - int((one.ts - known) * 0.1)
    deal.enter(usd, begin, until, 4 + round(stage.scale(16, 4)))
    deal.leave(one.ts + int(stage.chance.uniform(0.1, 0.5) * HOUR), one.ts + 3 * HOUR, 8)
    stage.blame.account(typology, trader)
    stage.margin.set_leverage(trader, _LEVERAGE)
