"""Which moments of a scene are steps of its playback, what they show, and which to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from surveillance.dossier.evidence import number
from surveillance.dossier.ladder import Ladder, Message
from surveillance.playback import LEVELS, Book, Change, Playback, Step, StepMessage
from surveillance.times import utc

MOST_STEPS = 240
"""Steps after the first; where more happened, those of the evidence and of the subject first."""
_MOST_MESSAGES = 6
_RANK = {"own": 0, "evidence": 1, "": 2}

_Moment: TypeAlias = tuple[Message, ...]
_Levels: TypeAlias = dict[tuple[str, Decimal], Change]


@dataclass(frozen=True)
class Subject:
    """The accounts of a hit's subject, and the orders and trades that the hit names."""

    accounts: frozenset[str]
    orders: frozenset[str]
    trades: frozenset[str]

    def owns(self, trader_id: str | None, order_id: str) -> bool:
        """Say whether an order is the subject's, or one that the hit names."""
        return trader_id in self.accounts or order_id in self.orders

    def names(self, message: Message) -> bool:
        """Say whether a message is evidence; where nothing is named, all of the subject's are."""
        if self.orders or self.trades:
            return message.order_id in self.orders or message.trade_id in self.trades
        return message.trader_id in self.accounts

    def mark(self, message: Message) -> str:
        """Return whose message it is: the subject's, evidence beside it, or neither."""
        if self.owns(message.trader_id, message.order_id):
            return "own"
        return "evidence" if self.names(message) else ""


def steps_of(
    ladder: Ladder, start: datetime, moments: Sequence[_Moment], subject: Subject
) -> tuple[tuple[Step, ...], int]:
    """Apply the moments to a ladder; return the steps, and how many of them leave it crossed."""
    chosen, sight = _chosen(moments, subject), _Sight(ladder)
    before = sight.levels()
    steps, crossed, passed = [Step(start, _changes({}, before))], 0, 0
    for n, moment in enumerate(moments):
        for message in moment:
            ladder.apply(message)
        if n not in chosen:
            passed += len(moment)
            continue
        now = sight.levels()
        steps.append(_step(moment, _changes(before, now), passed, subject))
        crossed += ladder.is_crossed
        before, passed = now, 0
    return tuple(steps), crossed


def marks_of(steps: tuple[Step, ...]) -> tuple[tuple[int, str], ...]:
    """Name the steps to look at: before, first order, most shown, fill, after the pull, after.

    Where the subject did it again and again, they are those of the first time.
    """
    evident = [n for n, step in enumerate(steps) if step.is_evidence]
    if not evident:
        return tuple({0: "before", len(steps) - 1: "after"}.items())
    orders, fills = (_with(steps, evident, event) for event in ("new", "fill"))
    pulled = _pulled(steps, evident, (fills or evident)[0])
    shown = [_own(book) for book in Playback(steps).books()]
    last = pulled or len(steps) - 1
    top = max(range(evident[0], last + 1), key=lambda n: (shown[n], -n))
    named = [
        (evident[0] - 1, "before"),
        *((n, "first order") for n in orders[:1]),
        *((n, "first fill") for n in fills[:1]),
        *([(pulled, "after the pull")] if pulled else []),
        *([(top, "most of it shown")] if shown[top] else []),
        (len(steps) - 1, "after"),
    ]
    return tuple(sorted(dict(reversed(named)).items()))


def _pulled(steps: Sequence[Step], evident: Sequence[int], since: int) -> int | None:
    """Return the last of the first cancellations since a step, before the subject orders again."""
    last = None
    for n in evident:
        if n >= since and _is_own(steps[n], "cancel"):
            last = n
        elif last is not None and _is_own(steps[n], "new"):
            break
    return last


def _chosen(moments: Sequence[_Moment], subject: Subject) -> set[int]:
    """Return which moments are steps: all, or the evidence, what is just before it, and so on."""
    everything = range(len(moments))
    if len(moments) <= MOST_STEPS:
        return set(everything)
    evident = [n for n in everything if any(map(subject.names, moments[n]))]
    own = [n for n in everything if any(map(subject.mark, moments[n]))]
    chosen: set[int] = set()
    for wanted in (evident, [n - 1 for n in evident if n], own, everything):
        chosen.update(_evenly([n for n in wanted if n not in chosen], MOST_STEPS - len(chosen)))
    return chosen


def _evenly(numbers: list[int], most: int) -> list[int]:
    if len(numbers) <= most:
        return numbers
    return [numbers[place * len(numbers) // most] for place in range(most)]


def _step(moment: _Moment, changes: tuple[Change, ...], passed: int, subject: Subject) -> Step:
    marked = sorted(moment, key=lambda message: _RANK[subject.mark(message)])
    messages = tuple(_shortened(m, subject.mark(m)) for m in marked[:_MOST_MESSAGES])
    return Step(
        ts=utc(moment[0].ts),
        changes=changes,
        messages=messages,
        more=len(moment) - len(messages),
        passed=passed,
        is_evidence=any(map(subject.names, moment)),
    )


def _shortened(message: Message, mark: str) -> StepMessage:
    price, quantity = (
        None if value is None else number(value) for value in (message.price, message.quantity)
    )
    named = message.order_id if mark else ""
    return message.event, message.side, price, quantity, mark, named


class _Sight:
    """The levels of a ladder in sight; each is summed up anew only when messages changed it."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder
        self._known: _Levels = {}

    def levels(self) -> _Levels:
        """Return the top ten levels of each side, and ten of the subject's beyond."""
        for key in self._ladder.touched:
            self._known.pop(key, None)
        self._ladder.touched.clear()
        return {key: self._level(key) for side in ("buy", "sell") for key in self._keys(side)}

    def _keys(self, side: str) -> Iterator[tuple[str, Decimal]]:
        top = self._ladder.prices(side, LEVELS)
        own = {order.price for order in self._ladder.own.values() if order.side == side}
        deeper = sorted(own.difference(top), reverse=side == "buy")[:LEVELS]
        return ((side, price) for price in (*top, *deeper))

    def _level(self, key: tuple[str, Decimal]) -> Change:
        known = self._known.get(key)
        return known or self._known.setdefault(key, self._summed_up(*key))

    def _summed_up(self, side: str, price: Decimal) -> Change:
        orders = self._ladder.level(side, price)
        shown = sum((order.shown for order in orders), Decimal(0))
        own = sum((o.shown for o in orders if o.order_key in self._ladder.own), Decimal(0))
        return side, number(price), number(shown), number(own), len(orders)


def _changes(before: _Levels, now: _Levels) -> tuple[Change, ...]:
    gone = ((*level[:2], "0", "0", 0) for key, level in before.items() if key not in now)
    return (*gone, *(level for key, level in now.items() if before.get(key) != level))


def _own(book: Book) -> Decimal:
    return sum((Decimal(level[3]) for level in (*book.bids, *book.asks)), Decimal(0))


def _with(steps: Sequence[Step], evident: Sequence[int], event: str) -> list[int]:
    return [n for n in evident if _is_own(steps[n], event)]


def _is_own(step: Step, event: str) -> bool:
    return any(message[0] == event and message[4] == "own" for message in step.messages)
