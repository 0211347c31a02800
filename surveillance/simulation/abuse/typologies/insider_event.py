"""Insider dealing before a change of margins or a hack; or withdrawing orders that would lose."""

from surveillance.simulation.abuse.disguise import POSITION, Disguise
from surveillance.simulation.abuse.knowing import deal_before
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.events import PublicEvent
from surveillance.simulation.venue.exchange import Order
from surveillance.times import HOUR, MINUTE

TYPOLOGY = "insider_event"
TAKES = (*POSITION, Disguise.OTHER_PRODUCT, Disguise.LINKED, Disguise.AT_A_LOSS)


def plan(stage: Stage) -> None:
    """Plan a friend who deals, and an employee of risk who withdraws what rests in the book."""
    friend, clerk = stage.cast("retail", 1, orders=15)[0], stage.cast("staff", 1, orders=15)[0]
    stage.employ(clerk, "margins")
    announced = [
        event
        for event in stage.events("margin_change", "hack")
        if event.known_at is not None and event.known_at + 30 * MINUTE < event.ts
    ]
    deal_before(stage, TYPOLOGY, friend, announced)
    for event in announced:
        _plan_withdrawal(stage, clerk, event)


def _plan_withdrawal(stage: Stage, clerk: int, event: PublicEvent) -> None:
    known = event.known_at or 0
    begin = max(0, known - int(stage.chance.uniform(1, 3) * HOUR))
    stage.exchange.at(begin, _rest, stage, clerk, event, known)


def _rest(stage: Stage, clerk: int, event: PublicEvent, known: int) -> None:
    """Rest orders that the announcement would fill, and plan to withdraw them in time."""
    here, side = stage.exchange, 1 if event.size < 0 else -1
    where = stage.market.perpetual(event.asset or "DRIFT")
    stage.blame.account(TYPOLOGY, clerk)
    for step in range(3):
        away = abs(event.size) * (0.5 + 0.2 * step)
        price = here.passive(where, side, here.reference(where) * (1 - side * away))
        lots = stage.market.lots(where, stage.scale(4_000, 12_000), here.now)
        order = here.submit(clerk, where, side, price, lots)
        moment = known + int((event.ts - known) * stage.chance.uniform(0.1, 0.8))
        here.at(moment, _withdraw, stage, order)


def _withdraw(stage: Stage, order: Order) -> None:
    if order.resting:
        stage.exchange.cancel(order)
        stage.blame.order(TYPOLOGY, order)
