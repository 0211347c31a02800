"""What a few do: one act of each typology in every block, which the rulebook must find.

The actors of a block act nowhere else, so who must be found is known; whom else a rule finds among
the many is not counted here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from benchmarks.market import ACTORS, INSTRUMENTS, TRADERS, Market, instrument_of, name_of, owner_of
from benchmarks.messages import NEVER, START, Orders, Trades

SECOND = 1_000_000
_HOUR = 3600 * SECOND
SANCTIONED = "0x" + "5a" * 20
_BUY, _SELL = 0, 1
_YOUNG = 900 * SECOND
"""Until then nobody knows what is usual at the venue, and some rules rightly say nothing."""


@dataclass
class Acts:
    """What the actors of one block do; ``expected`` says whom each rule must find."""

    market: Market
    block: int
    start: int
    length: int
    orders: list[tuple[int, ...]] = field(default_factory=list)
    trades: list[tuple[int, ...]] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    expected: list[tuple[str, str]] = field(default_factory=list)

    def actor(self, kind: str = "client", owner: int | None = None) -> int:
        """Open an account, by default of an owner of its own."""
        number = TRADERS + self.block * ACTORS + len(self.accounts)
        of = owner_of(number if owner is None else owner)
        self.accounts.append({"trader_id": name_of(number), "owner_id": of, "kind": kind})
        return number

    def enter(
        self, us: int, who: int, instrument: int, side: int, quantity: int, *,
        price: int | None = None, end: int = NEVER, takes: bool = False,
    ) -> int:  # fmt: skip
        """Enter an order, by default at the middle of the market."""
        at = price or self.mid(instrument, us)
        row = (us, who, instrument, side, quantity, at, int(takes), end, 0, 3_000)
        self.orders.append(row)
        return len(self.orders) - 1

    def deal(self, us: int, maker: int, who: int, left: int = 0) -> None:
        """Let ``who`` take a resting order, but for ``left`` of it."""
        _, _, instrument, side, quantity, price, *_ = self.orders[maker]
        taker = self.enter(us - 20, who, instrument, 1 - side, quantity - left, takes=True)
        buy, sell = (maker, taker) if side == _BUY else (taker, maker)
        self.trades.append((us, buy, sell, quantity - left, price, 1 - side))

    def move(self, us: int, who: int, direction: str, usd: int, **more: str) -> None:
        """Pay into an account or out of it."""
        row = {"us": us, "trader": who, "direction": direction, "usd": usd, "kind": "bank"}
        self.transfers.append(row | more)

    def mid(self, instrument: int, us: int) -> int:
        """Return the middle price of one instrument."""
        return int(self.market.mid(np.array([instrument]), np.array([us]))[0])

    def quiet(self, place: int) -> int:
        """Return an instrument that is hardly traded, another one each block."""
        return INSTRUMENTS - 1 - (self.block * 7 + place) % 30

    def busy(self, place: int) -> int:
        """Return an instrument that many trade, another one each block."""
        return (self.block * 7 + place) % 5

    def expect(self, rule: str, actor: int) -> None:
        """Say that a rule must find the owner of an actor."""
        self.expected.append((rule, owner_of(actor)))


def acts(market: Market, block: int, start: int, length: int) -> Acts:
    """Play every act once between ``start`` and ``start + length``."""
    block_acts = Acts(market, block, start, length)
    for play in _PLAYS:
        play(block_acts)
    return block_acts


def arrays(acts: Acts) -> tuple[Orders, Trades]:
    """Return what was entered and traded as arrays."""
    return (
        Orders(*np.array(acts.orders, dtype=np.int64).reshape(-1, len(fields(Orders))).T),
        Trades(*np.array(acts.trades, dtype=np.int64).reshape(-1, len(fields(Trades))).T),
    )


def _spoofing(on: Acts, prices: int = 1, quantity: int = 1_500, rule: str = "spoofing") -> None:
    who, other, where = on.actor(), on.actor("market_maker"), on.quiet(prices)
    for again in range(2):
        us = on.start + int(on.length * (0.2 + 0.3 * again))
        meant = on.enter(us, who, where, _SELL, 10)
        for each in range(4):
            on.enter(
                us + (each + 1) * SECOND // 4, who, where, _BUY, quantity,
                price=on.mid(where, us) - 5 - each % prices, end=us + 4 * SECOND,
            )  # fmt: skip
        on.deal(us + 3 * SECOND, meant, other)
    on.expect(rule, who)


def _layering(on: Acts) -> None:
    _spoofing(on, prices=4, quantity=600, rule="layering")


def _self_matched(on: Acts) -> None:
    first = on.actor()
    second, where = on.actor(owner=first), on.quiet(6)
    for again in range(4):
        us = on.start + int(on.length * 0.3) + again * 9 * SECOND
        on.deal(us + 3 * SECOND, on.enter(us, first, where, again % 2, 40), second)
    on.expect("self_matched_trades", first)


def _matched(on: Acts) -> None:
    pair, where = (on.actor(), on.actor()), on.busy(8)
    for again in range(14):
        us = on.start + int(on.length * 0.35) + again * 7 * SECOND
        resting = on.enter(us, pair[again % 2], where, _BUY, 50)
        on.deal(us + SECOND // 5, resting, pair[1 - again % 2])
    on.expect("matched_orders", pair[0])


def _circle(on: Acts) -> None:
    ring, where = [on.actor() for _ in range(3)], on.busy(10)
    hour = -(-on.start // _HOUR) * _HOUR
    first = hour if hour + on.length // 10 < on.start + on.length else on.start
    for again in range(15):
        us = first + (10 + 8 * again) * SECOND
        resting = on.enter(us, ring[again % 3], where, _SELL, 200, price=on.mid(where, first))
        on.deal(us + 5 * SECOND, resting, ring[(again + 1) % 3])
    on.expect("circular_trades", ring[0])


def _close(on: Acts) -> None:
    who, other, where = on.actor(), on.actor("market_maker"), on.busy(12) + 20
    closes = on.start + int(on.length * 0.9)
    on.events.append({"us": closes, "kind": "settlement", "instrument": instrument_of(where)})
    for again in range(5):
        us = closes - (20 - 3 * again) * SECOND
        price = on.mid(where, closes) * (1_000 + again) // 1_000
        on.deal(us + SECOND, on.enter(us, other, where, _SELL, 900, price=price), who)
    if closes >= _YOUNG:
        on.expect("marking_the_close", who)


def _stuffing(on: Acts) -> None:
    who, where = on.actor(), on.quiet(14)
    minute = (on.start + on.length // 2) // (60 * SECOND) * 60 * SECOND
    for each in range(12 * 40):
        us = minute + 2 * SECOND + each * SECOND // 40
        on.enter(us, who, where, each % 2, 5 + each % 150, end=us + 9_000)
    on.expect("quote_stuffing", who)


def _fleeting(on: Acts) -> None:
    who, where = on.actor(), on.quiet(16)
    for minute in range(6):
        us = on.start + minute * 55 * SECOND
        for each in range(3):
            on.enter(us + each * SECOND, who, where, _SELL, 700, end=us + 9 * SECOND)
    on.expect("fleeting_orders", who)


def _ahead(on: Acts) -> None:
    who, client, other = on.actor("staff"), on.actor(), on.actor("market_maker")
    where, us = on.quiet(18), on.start + int(on.length * 0.6)
    price = on.mid(where, us)
    on.deal(us + SECOND, on.enter(us, other, where, _SELL, 100, price=price), who)
    order = on.enter(us + 20 * SECOND, client, where, _BUY, 2_000, price=price + 40)
    on.deal(us + 25 * SECOND, order, other, left=500)
    on.deal(
        us + 30 * SECOND, on.enter(us + 28 * SECOND, other, where, _BUY, 100, price=price + 40), who
    )
    if us >= _YOUNG:
        on.expected.append(("ahead_of_client_order", name_of(who)))


def _structuring(on: Acts) -> None:
    who = on.actor()
    for again in range(5):
        on.move(on.start + on.length * (again + 1) // 8, who, "in", 9_000 + 150 * again)
    on.expect("structuring", who)


def _pass_through(on: Acts) -> None:
    who = on.actor()
    on.move(on.start + on.length // 5, who, "in", 60_000)
    on.move(on.start + on.length // 2, who, "out", 57_000)
    on.expect("pass_through", who)


def _fan_in(on: Acts) -> None:
    who = on.actor()
    for sender in range(15):
        us = on.start + on.length * (sender + 1) // 20
        on.move(us, who, "in", 880 + sender, counterparty_id=f"FI{on.block:04d}{sender:02d}")
    on.move(on.start + on.length * 9 // 10, who, "out", 13_000)
    on.expect("fan_in", who)


def _sanctioned(on: Acts) -> None:
    who = on.actor()
    on.move(on.start + on.length // 3, who, "in", 700, kind="chain", address=SANCTIONED)
    on.expect("sanctioned_address", who)


_PLAYS: tuple[Callable[[Acts], None], ...] = (
    _spoofing,
    _layering,
    _self_matched,
    _matched,
    _circle,
    _close,
    _stuffing,
    _fleeting,
    _ahead,
    _structuring,
    _pass_through,
    _fan_in,
    _sanctioned,
)


def events(acts: Acts) -> Iterator[dict[str, Any]]:
    """Return the rows of ``events``."""
    for number, row in enumerate(acts.events):
        yield {
            "us": START + row["us"],
            "event_id": f"EV{acts.block:04d}{number:02d}",
            "kind": row["kind"],
            "instrument": row["instrument"],
        }
