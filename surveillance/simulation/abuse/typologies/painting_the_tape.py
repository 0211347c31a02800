"""Painting the tape: a few accounts trade a thin instrument among themselves all day."""

from collections.abc import Sequence

from surveillance.simulation.abuse import masking
from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.driving import Driver
from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

TYPOLOGY = "painting_the_tape"
TAKES = (Disguise.UNEVEN, Disguise.MIDNIGHT)


def plan(stage: Stage) -> None:
    """Plan a group in the thin coin and one in an option."""
    option = stage.market.options("BTC")[0]
    for number, (instrument, usd) in enumerate(((stage.market.spot("DRIFT"), 700), (option, 2500))):
        group = stage.cast("retail", round(stage.scale(5, 3)), orders=25)
        stage.blame.account(TYPOLOGY, *group)
        stage.share_quietly(group[0], *group[1 : 1 + round(stage.scale(1, 2))])
        days = stage.chance.permutation(stage.days)[
            : max(1, round(stage.scale(0.4, 0.9) * stage.days))
        ]
        for day in sorted(days.tolist()):
            _paint(stage.act(), group, instrument, usd, int(day * DAY) + number)


def _paint(stage: Stage, group: Sequence[int], instrument: int, usd: float, day: int) -> None:
    chance, wide, driver = stage.chance, stage.scale(0.8, 0.35), Driver(stage, TYPOLOGY)
    begin, length = day + int(chance.uniform(6, 11) * HOUR), stage.scale(9, 6) * HOUR
    if stage.disguise is Disguise.MIDNIGHT:
        begin = day + 18 * HOUR
    for _ in range(round(stage.scale(45, 140))):
        first, second = (group[place] for place in chance.permutation(len(group))[:2])
        side = 1 if chance.random() < 0.5 else -1
        size = usd * chance.uniform(1 - wide, 1 + wide) * masking.weight(stage)
        moment = begin + int(chance.random() * length)
        stage.exchange.at(moment, driver.cross, first, second, instrument, side, size)
