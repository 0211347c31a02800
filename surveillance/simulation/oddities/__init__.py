"""Odd conduct that no rule knows, planted to ask what the detectors find that nobody described.

It lasts for the last week of a span; before, those cast are as ordinary as anybody. ``TUNED`` may
be looked at while features and detectors are chosen; ``UNSEEN`` were written before that, and are
for scoring alone: whoever tunes on them has nothing left to measure by. What was found of these was
read once, and is known by name since; ``HELD_BACK`` were written after that, before anything more
was chosen, and are for scoring alone likewise.
"""

from collections.abc import Collection

from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.oddities import money, orders

TUNED = {
    "night_machine": orders.night_machine,
    "collapsed_lifetimes": orders.collapsed_lifetimes,
    "constant_sweep": orders.constant_sweep,
    "mirrored_deposits": money.mirrored_deposits,
    "rotating_addresses": money.rotating_addresses,
}
UNSEEN = {
    "fixed_interval": orders.fixed_interval,
    "paired_withdrawals": orders.paired_withdrawals,
    "minute_of_the_day": orders.minute_of_the_day,
    "doubled_stakes": orders.doubled_stakes,
    "coin_carousel": money.coin_carousel,
}
HELD_BACK = {
    "restless_order": orders.restless_order,
    "opposite_legs": orders.opposite_legs,
    "end_of_the_hour": orders.end_of_the_hour,
    "sliced_return": money.sliced_return,
    "growing_payments": money.growing_payments,
}
ODDITIES = TUNED | UNSEEN | HELD_BACK
CAST = 2
"""How many accounts do each."""


def plan_oddities(stage: Stage, only: Collection[str]) -> None:
    """Plan some kinds, in the order of their names, and note who does them."""
    for kind in sorted(only):
        here = stage.of(f"oddity {kind}", ())
        for trader in here.cast("retail", CAST, orders=60):
            here.blame.account(kind, trader)
            for day in range(max(0, here.days - 7), here.days):
                ODDITIES[kind](here, trader, day)
