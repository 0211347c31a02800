"""Orders that are not meant to trade: spoofing, layering, quote stuffing, and honest oddities.

A deceiver rests a small order that is meant, shows large ones on the other side, and pulls them
once somebody has believed them. Where nobody does, it gives up: real attempts fail too.
"""

from dataclasses import dataclass, field

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.times import MINUTE, SECOND

_UNSEEN = (Disguise.OTHER_PRODUCT, Disguise.THIN, Disguise.MANY_SMALL, Disguise.UNEVEN)


@dataclass(slots=True)
class Ploy:
    """One attempt: the order that is meant, the ones that are not, and who shows those."""

    trader: int
    shower: int
    instrument: int
    side: int
    levels: int
    meant: Order | None = None
    baits: list[Order] = field(default_factory=list)
    over: bool = False


class Deceiver:
    """The verbs of those who show what they do not mean."""

    def __init__(self, stage: Stage, typology: str) -> None:
        self.stage = stage
        self.typology = typology
        self.crowd = stage.crowd
        self.exchange = stage.exchange
        self.blame = stage.blame
        self.chance = stage.chance
        self.severity = stage.severity

    def haunt(self, trader: int, instrument: int, levels: int) -> None:
        """Plan attempts in busy hours, on either side by turns."""
        for begin in self.stage.busy_hours():
            act = self.stage.act()
            which, moment = masking.place(act, instrument), masking.moment(act, begin)
            shower, deceiver = masking.helper(act, trader), Deceiver(act, self.typology)
            for number in range(3 + round(6 * self.severity)):
                side = 1 if number % 2 else -1
                self.exchange.at(moment, deceiver.spoof, trader, which, side, levels, shower)
                moment += int(self.chance.uniform(2, 14) * MINUTE)

    def spoof(self, trader: int, instrument: int, side: int, levels: int, shower: int) -> None:
        """Mean to trade on ``side`` and show size on the other; half of the layers come first."""
        here = self.exchange
        ploy = Ploy(trader, shower, instrument, side, levels)
        late = levels > 1 and self.chance.random() < 0.5
        if not late:
            self._mean(ploy)
        pause = 0
        for step in range(levels):
            pause += int((0.25 + 0.9 * self.chance.random()) * SECOND)
            here.at(here.now + pause, self._show, ploy, step)
        if late:
            here.at(here.now + pause + SECOND // 4, self._mean, ploy)
        stands = int((20 + 7 * self.chance.random()) * SECOND) + masking.wait(self.stage, 60, 480)
        here.at(here.now + stands, self._drop, ploy)

    def _mean(self, ploy: Ploy) -> None:
        here, side, which = self.exchange, ploy.side, ploy.instrument
        gap = here.best(which, -1) - here.best(which, 1)
        price = here.passive(which, side, here.best(which, side) + side * max(1, gap // 3))
        usd = masking.money(self.stage, 5_000 + 9_000 * self.chance.random())
        lots = here.market.lots(which, usd, here.now)
        hidden = self.stage.disguise is Disguise.ICEBERG
        ploy.meant = here.submit(
            ploy.trader, which, side, price, 3 * lots if hidden else lots,
            kind="iceberg" if hidden else "limit", shown=max(1, lots // 4) if hidden else None,
            watcher=lambda _, __: self._believed(ploy),
        )  # fmt: skip
        self.blame.order(self.typology, ploy.meant)
        if ploy.baits:
            self.crowd.believe(ploy.baits[-1], which)

    def _show(self, ploy: Ploy, step: int) -> None:
        here, side = self.exchange, -ploy.side
        which = masking.beside(self.stage, ploy.instrument)
        if ploy.over or (ploy.meant and not ploy.meant.resting):
            return
        share = 0.24 + 0.26 * self.severity * (0.6 + 0.4 * self.chance.random())
        fair = here.depth(which, side) * share / (1 - share)
        meant = self._meant_lots(ploy, which)
        lots = round(max(fair, meant * (6 + 10 * self.severity)) / ploy.levels)
        touch = here.best(which, side)
        away = touch * (0.00002 + 0.00012 * step + 0.00004 * self.chance.random())
        price = here.passive(which, side, touch - side * max(1, away))
        parts = masking.count(self.stage, 1)
        for part in range(parts):
            size = max(1, round(lots * masking.weight(self.stage) / parts))
            bait = here.submit(ploy.shower, which, side, max(1, price - side * (part % 2)), size)
            ploy.baits.append(bait)
            self.blame.order(self.typology, bait)
        if step == ploy.levels - 1 and ploy.meant and (ploy.levels > 1 or self._draws_itself):
            self.crowd.believe(bait, ploy.instrument)

    @property
    def _draws_itself(self) -> bool:
        """Tell whether the bait is too small, or elsewhere, for all who follow size to see it."""
        return self.stage.disguise in _UNSEEN

    def _meant_lots(self, ploy: Ploy, which: int) -> int:
        if ploy.meant is None:
            usd = masking.money(self.stage, 9_500)
            return self.exchange.market.lots(which, usd, self.exchange.now)
        lots = ploy.meant.visible if ploy.meant.shown else ploy.meant.quantity
        return masking.same(self.stage, lots, ploy.instrument, which)

    def _believed(self, ploy: Ploy) -> None:
        self.blame.trades(
            self.typology, self.exchange, len(self.exchange.trades) - 1, [ploy.trader], False
        )
        if ploy.baits and self.stage.disguise is not Disguise.EXPIRED:
            delay = int((0.25 + 2.2 * self.chance.random()) * SECOND)
            delay += masking.wait(self.stage, 10, 75)
            self.exchange.at(self.exchange.now + delay, self._drop, ploy)

    def _drop(self, ploy: Ploy) -> None:
        """Pull everything, the nearest bait first."""
        if ploy.over:
            return
        ploy.over = True
        orders = [*ploy.baits, ploy.meant] if ploy.meant else ploy.baits
        for step, order in enumerate(orders):
            moment = self.exchange.now + step * 40_000
            if order is ploy.meant:
                self.exchange.at(moment, self.exchange.cancel, order)
            else:
                self.exchange.at(moment, masking.withdraw, self.stage, order)

    def stuff(self, trader: int, picker: int, instrument: int) -> None:
        """Flood one instrument with orders that live for milliseconds, for who picks in the end."""
        moment = self.exchange.now
        until = moment + int((6 + 5 * self.chance.random()) * SECOND)
        rate = 40 + 50 * self.severity
        while moment < until:
            self.exchange.at(moment, self._flicker, trader, instrument)
            moment += int(SECOND / rate * (0.5 + self.chance.random()))
        self.exchange.at(until, self._pick, picker, instrument)

    def _flicker(self, trader: int, instrument: int) -> None:
        here = self.exchange
        side = 1 if self.chance.random() < 0.5 else -1
        wish = here.best(instrument, side) * (1 - side * 0.002 * self.chance.random())
        lots = here.market.lots(instrument, 500 + 2_000 * self.chance.random(), here.now)
        order = here.submit(trader, instrument, side, here.passive(instrument, side, wish), lots)
        self.blame.order(self.typology, order)
        here.at(here.now + 4_000 + int(60_000 * self.chance.random()), here.cancel, order)

    def _pick(self, trader: int, instrument: int) -> None:
        """Take one stale quote at the end of a flood."""
        since = len(self.exchange.trades)
        side = 1 if self.chance.random() < 0.5 else -1
        self.blame.order(self.typology, self.crowd.take(trader, instrument, side, 4_000))
        self.blame.trades(self.typology, self.exchange, since, [trader], False)

    def metronome(self, trader: int, number: int) -> None:
        """Trade the same odd amount at an exact pace, in turn over all instruments: only odd."""
        side = 1 if number % 2 else -1
        since = len(self.exchange.trades)
        order = self.crowd.take(trader, number // 2 % 6, side, 1_111)
        self.blame.order(self.typology, order)
        self.blame.trades(self.typology, self.exchange, since, [trader], False)

    def fidget(self, trader: int, instrument: int, until: int) -> None:
        """Keep one order far from the market and amend it for hours: only odd."""
        here = self.exchange
        wish = here.reference(instrument) * 0.94
        lots = here.market.lots(instrument, 777, here.now)
        order = here.submit(trader, instrument, 1, round(wish), lots)
        self.blame.order(self.typology, order)
        here.at(here.now + 53 * SECOND, self._amend, order, until)

    def _amend(self, order: Order, until: int) -> None:
        here = self.exchange
        if here.now >= until:
            here.cancel(order)
        elif order.resting:
            step = 1 + int(self.chance.random() * 9)
            price = round(here.reference(order.instrument) * 0.94) - step
            here.replace(order, price, order.remaining)
            here.at(
                here.now + int((50 + 6 * self.chance.random()) * SECOND), self._amend, order, until
            )
