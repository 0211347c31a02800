"""A treasurer who moves money between own accounts and the own bank."""

from surveillance.simulation.abuse.stage import Stage
from surveillance.times import DAY, HOUR

KIND = "treasurer"
RESEMBLES = "pass_through"
DIFFERS = "it comes from the own bank account and goes back there, as much as was declared"
_EARNS = 1_000_000
"""Declared, USD a year: who moves so much and declared a small wage is no twin, but what
``unlike_profile`` looks for."""


def plan(stage: Stage) -> None:
    """Have an owner of two accounts bring money in, move it over, and take most of it out again."""
    first, second = stage.twins(KIND, 2)
    stage.share_owner(first, second)
    for trader in (first, second):
        stage.people[trader].earns = _EARNS
    for day in range(0, stage.days, 2):
        ts = day * DAY + int(stage.chance.uniform(8, 12) * HOUR)
        usd = round(stage.chance.uniform(15_000, 60_000), 2)
        stage.till.bank(first, ts, "in", usd)
        stage.till.internal(first, second, ts + HOUR, usd)
        stage.till.bank(second, ts + int(stage.chance.uniform(3, 8) * HOUR), "out", 0.95 * usd)
