"""Odd ways to order: each is one day of it."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR, MINUTE, SECOND

_INSTRUMENTS = 6
"""The most liquid ones, which come first."""


def night_machine(stage: Stage, trader: int, day: int) -> None:
    """Take at night, every five minutes, a little of one instrument, as nobody asleep does."""
    for number in range(48):
        moment = day * DAY + HOUR + number * 5 * MINUTE
        side = 1 if stage.chance.random() < 0.5 else -1
        usd = float(stage.chance.uniform(300, 1_500))
        stage.exchange.at(moment, stage.crowd.take, trader, 0, side, usd)


def collapsed_lifetimes(stage: Stage, trader: int, day: int) -> None:
    """Rest orders at any distance, and withdraw each after exactly two seconds."""
    for hour in stage.chance.uniform(8, 20, 40).tolist():
        instrument = int(stage.chance.integers(0, _INSTRUMENTS))
        usd, away = float(stage.chance.uniform(500, 5_000)), float(stage.chance.uniform(5e-4, 4e-3))
        side = 1 if stage.chance.random() < 0.5 else -1
        _rest(stage, day * DAY + int(hour * HOUR), trader, instrument, side, usd, away, 2 * SECOND)


def constant_sweep(stage: Stage, trader: int, day: int) -> None:
    """Buy the same sum of every instrument within a minute, six times a day."""
    for hour in (3, 7, 11, 15, 19, 23):
        for instrument in range(_INSTRUMENTS):
            moment = day * DAY + hour * HOUR + instrument * 7 * SECOND
            stage.exchange.at(moment, stage.crowd.take, trader, instrument, 1, 600.0)


def fixed_interval(stage: Stage, trader: int, day: int) -> None:
    """Order every 431 seconds from morning to night, what and how much as chance has it."""
    for number in range(110):
        moment = day * DAY + 8 * HOUR + number * 431 * SECOND
        instrument = int(stage.chance.integers(0, _INSTRUMENTS))
        side = 1 if stage.chance.random() < 0.5 else -1
        usd = float(900 * stage.chance.lognormal(0, 1))
        stage.exchange.at(moment, stage.crowd.take, trader, instrument, side, usd)


def paired_withdrawals(stage: Stage, trader: int, day: int) -> None:
    """Enter both sides alike far from the touch, and withdraw both after half a minute."""
    for hour in stage.chance.uniform(9, 21, 24).tolist():
        usd, instrument = float(stage.chance.uniform(800, 3_000)), int(stage.chance.integers(0, 3))
        moment = day * DAY + int(hour * HOUR)
        for side in (1, -1):
            _rest(stage, moment, trader, instrument, side, usd, 0.01, 30 * SECOND)


def minute_of_the_day(stage: Stage, trader: int, day: int) -> None:
    """Enter a whole day's orders within one minute of the afternoon."""
    for second in sorted(stage.chance.uniform(0, 60, 50).tolist()):
        moment = day * DAY + 14 * HOUR + int(second * SECOND)
        side = 1 if stage.chance.random() < 0.5 else -1
        usd = float(stage.chance.uniform(200, 2_000))
        stage.exchange.at(moment, stage.crowd.take, trader, 1, side, usd)


def doubled_stakes(stage: Stage, trader: int, day: int) -> None:
    """Double the stake from order to order, and begin again."""
    for number in range(32):
        moment = day * DAY + 9 * HOUR + number * 19 * MINUTE
        side, usd = (1 if number % 2 else -1), 60.0 * 2 ** (number % 8)
        stage.exchange.at(moment, stage.crowd.take, trader, 2, side, usd)


def restless_order(stage: Stage, trader: int, day: int) -> None:
    """Keep one order far from the touch, and move it to and fro every four minutes."""
    _wander(stage, day * DAY + 9 * HOUR, trader, 120)


def opposite_legs(stage: Stage, trader: int, day: int) -> None:
    """Buy one coin and sell another at once, and undo both twenty minutes later, all day."""
    for number in range(14):
        moment = day * DAY + 8 * HOUR + number * 47 * MINUTE
        usd = float(stage.chance.uniform(400, 1_600))
        for later, side in ((0, 1), (20 * MINUTE, -1)):
            stage.exchange.at(moment + later, stage.crowd.take, trader, 0, side, usd)
            stage.exchange.at(moment + later, stage.crowd.take, trader, 3, -side, usd)


def end_of_the_hour(stage: Stage, trader: int, day: int) -> None:
    """Deal in the last ten seconds of every hour of the day, and at no other time."""
    for hour in range(8, 22):
        for second in sorted(stage.chance.uniform(0, 10, 3).tolist()):
            moment = day * DAY + (hour + 1) * HOUR - int(second * SECOND) - SECOND
            instrument = int(stage.chance.integers(0, _INSTRUMENTS))
            side = 1 if stage.chance.random() < 0.5 else -1
            usd = float(700 * stage.chance.lognormal(0, 1))
            stage.exchange.at(moment, stage.crowd.take, trader, instrument, side, usd)


def _wander(stage: Stage, moment: int, trader: int, steps: int) -> None:
    """Rest a small bid one in a hundred below the middle, and move it ``steps`` times."""
    here, pause = stage.exchange, 4 * MINUTE

    def enter() -> None:
        price = here.passive(0, 1, here.reference(0) * 0.99)
        order = here.submit(trader, 0, 1, price, here.market.lots(0, 1_200.0, here.now))

        def move(number: int) -> None:
            if order.resting:
                away = 0.988 + 0.004 * (number % 2)
                here.replace(order, here.passive(0, 1, here.reference(0) * away), order.remaining)

        for number in range(steps):
            here.at(here.now + (number + 1) * pause, move, number)
        here.at(here.now + (steps + 1) * pause, here.cancel, order)

    here.at(moment, enter)


def _rest(
    stage: Stage, moment: int, trader: int, instrument: int, side: int, usd: float, away: float,
    life: int,
) -> None:  # fmt: skip
    """Plan an order that rests some way from the middle, and is withdrawn after ``life``."""
    here = stage.exchange

    def enter() -> None:
        price = here.passive(instrument, side, here.reference(instrument) * (1 - side * away))
        lots = here.market.lots(instrument, usd, here.now)
        order = here.submit(trader, instrument, side, price, lots)
        here.at(here.now + life, here.cancel, order)

    here.at(moment, enter)
