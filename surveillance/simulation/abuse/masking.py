"""The verbs of those who disguise what they do: each does nothing where another disguise is worn.

What they draw comes from chance of its own, so that an act without a disguise is played the same
whether others are disguised or not.
"""

from dataclasses import replace

from surveillance.simulation.abuse.disguise import Disguise
from surveillance.simulation.abuse.stage import Stage
from surveillance.simulation.venue.exchange import Order
from surveillance.simulation.venue.money import address
from surveillance.times import DAY, HOUR, MINUTE, SECOND

_THIN = 0.15
"""How much is done in the thin coin of what is done in others."""
_TIES = ("declared", "device", "address")


def moment(stage: Stage, usual: int) -> int:
    """Return when an act begins: as planned, or shortly before midnight, or with the market."""
    if stage.disguise is Disguise.OPENING:
        return int(stage.masks.uniform(0.5, 8) * MINUTE)
    if stage.disguise is Disguise.MIDNIGHT:
        before = usual // DAY * DAY
        midnight = before + DAY if before + DAY < stage.market.end else before
        return max(0, midnight - int(stage.masks.uniform(2, 12) * MINUTE))
    return usual


def place(stage: Stage, usual: int) -> int:
    """Return the instrument of an act: as planned, or one of the thin coin."""
    if stage.disguise is Disguise.THIN:
        is_spot = stage.market.instruments[usual].kind == "spot"
        return stage.market.spot("DRIFT") if is_spot else stage.market.perpetual("DRIFT")
    return usual


def money(stage: Stage, usd: float) -> float:
    """Return how much an act is about, in USD: in the thin coin a part of it."""
    return usd * _THIN if stage.disguise is Disguise.THIN else usd


def beside(stage: Stage, instrument: int) -> int:
    """Return where the part of an act is done that another product may do."""
    terms = stage.market.instruments[instrument]
    if stage.disguise is not Disguise.OTHER_PRODUCT:
        return instrument
    if terms.kind == "perpetual":
        return stage.market.spot(terms.underlying)
    return stage.market.perpetual(terms.underlying)


def same(stage: Stage, lots: int, instrument: int, other: int) -> int:
    """Return as many coins as some lots of an instrument are in lots of another one."""
    sizes = [stage.market.instruments[number].lot for number in (instrument, other)]
    return max(1, lots * sizes[0] // sizes[1])


def helper(stage: Stage, trader: int) -> int:
    """Return who does the part of an act that another account may do; cast before the venue opens.

    What ties the two is in the activity: a link that the venue notes, a device, or an address that
    both pay out to.
    """
    if stage.disguise is not Disguise.LINKED:
        return trader
    other = _cast(stage, orders=20)
    tie = _TIES[int(stage.masks.integers(len(_TIES)))]
    if tie == "address":
        _pay_out(stage, trader, other)
    else:
        (stage.share_device if tie == "declared" else stage.share_quietly)(trader, other)
        stage.allow_self_trades(trader, other)
    return other


def _pay_out(stage: Stage, *traders: int) -> None:
    for trader in traders:
        ts = int(stage.masks.uniform(0, 0.3) * stage.market.end)
        usd = round(float(stage.masks.uniform(150, 700)), 2)
        stage.till.chain(trader, ts, "out", usd, address("hand", traders[0]))
        stage.people[trader].hand = stage.people[traders[0]].hand


def middle(stage: Stage, ring: tuple[int, ...]) -> tuple[int, ...]:
    """Return the hands that a quantity goes through, with a third account in the middle of two."""
    if stage.disguise is not Disguise.INTERMEDIARY:
        return ring
    return (ring[0], _cast(stage, orders=60), *ring[1:])


def _cast(stage: Stage, orders: int) -> int:
    return replace(stage, chance=stage.masks).cast("retail", 1, orders)[0]


def count(stage: Stage, usual: int) -> int:
    """Return in how many parts something is done."""
    return 5 * usual if stage.disguise is Disguise.MANY_SMALL else usual


def weight(stage: Stage) -> float:
    """Return by how much one part is larger than another."""
    if stage.disguise is not Disguise.UNEVEN:
        return 1.0
    return float(min(3.0, max(0.25, stage.masks.lognormal(-0.2, 0.7))))


def wait(stage: Stage, least: float, most: float) -> int:
    """Return how much longer it takes to the next step, between so many seconds, or not at all."""
    if stage.disguise is not Disguise.LATE:
        return 0
    return int(stage.masks.uniform(least, most) * SECOND)


def closing(stage: Stage, begin: int, until: int) -> tuple[int, int] | None:
    """Return when a position is left: as planned, hours later, or never."""
    if stage.disguise is Disguise.KEPT:
        return None
    later = 0
    if stage.disguise is Disguise.CLOSED_LATE:
        later = int(stage.masks.uniform(3, 7) * HOUR)
    return begin + later, until + later


def waits_for_a_loss(stage: Stage, trader: int, instrument: int, tries: int) -> bool:
    """Tell whether who means to close at a loss waits still, because the position gains."""
    if stage.disguise is not Disguise.AT_A_LOSS or not tries:
        return False
    position = stage.exchange.positions.get((trader, instrument))
    if position is None:
        return False
    best = stage.exchange.best(instrument, 1 if position.lots > 0 else -1)
    return position.lots * best > position.cost


def withdraw(stage: Stage, order: Order) -> None:
    """Take an order away, by cancelling or by what stands for it."""
    here = stage.exchange
    if not order.resting:
        return
    if stage.disguise is Disguise.REPLACED:
        far = round(order.price * (1 - order.side * 0.03))
        left = order.remaining if stage.masks.random() < 0.5 else 1
        here.replace(order, far, left)
        here.at(here.now + int(stage.masks.uniform(3, 15) * MINUTE), here.cancel, order)
    elif stage.disguise is Disguise.IN_PARTS:
        _shrink(stage, order, order.remaining, 3)
    elif stage.disguise is Disguise.EXPIRED:
        here.expire(order)
    else:
        here.cancel(order)


def _shrink(stage: Stage, order: Order, whole: int, steps: int) -> None:
    here = stage.exchange
    if not order.resting:
        return
    left = whole * steps // 4
    if not steps or left < 1:
        here.cancel(order)
        return
    if left < order.remaining:
        here.replace(order, order.price, left)
    pause = int(stage.masks.uniform(0.3, 1.5) * SECOND)
    here.at(here.now + pause, _shrink, stage, order, whole, steps - 1)
