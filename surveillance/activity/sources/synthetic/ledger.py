"""From what happened to exact Arrow columns: the catalogue's tables, cut into days.

Every feed becomes rows in time order; sequence numbers of order messages are without gaps, and a
trade carries the number of its taker's fill, so that both tell one order of events.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from surveillance.activity.sources.synthetic.blame import Blame
from surveillance.activity.sources.synthetic.exchange import Exchange
from surveillance.activity.sources.synthetic.market import UNIT, Market
from surveillance.activity.sources.synthetic.money import Login, Till
from surveillance.activity.sources.synthetic.observer import Observer
from surveillance.activity.sources.synthetic.people import Person
from surveillance.model import Window

Tables = Mapping[str, pa.Table]

_PLACES = {8: pa.decimal128(18, 8), 6: pa.decimal128(18, 6)}
_SIDES = {1: "buy", -1: "sell"}


class Ledger:
    """Writes the tables of one simulated venue."""

    def __init__(self, market: Market, people: list[Person]) -> None:
        self.market = market
        self.begins = round(market.settings.begins.timestamp() * 1_000_000)
        self.traders = pa.array([person.trader_id for person in people])
        self.names = pa.array([terms.name for terms in market.instruments])
        self.ticks = np.array([terms.tick for terms in market.instruments])
        self.lots = np.array([terms.lot for terms in market.instruments])

    def times(self, moments: Any) -> pa.Array:
        """Turn microseconds since the start into naive UTC times."""
        return pa.array(np.array(moments, dtype=np.int64) + self.begins).cast(pa.timestamp("us"))

    def orders(self, exchange: Exchange) -> pa.Table:
        """Write every message about an order."""
        rows = list(zip(*exchange.messages, strict=True))
        ts, instrument, trader, number, event, side, kind, price, quantity = rows[:9]
        shown, remaining, trade, reason, parent, level, depth = rows[9:]
        which = np.array(instrument)
        lot = self.lots[which]
        return pa.table({
            "ts": self.times(ts),
            "seq": pa.array(np.arange(1, len(ts) + 1)),
            "instrument": self.names.take(pa.array(which)),
            "trader_id": self.traders.take(pa.array(trader)),
            "order_id": named("OR", number),
            "event": pa.array(event),
            "side": sides(side),
            "type": pa.array(kind),
            "price": exact(price, self.ticks[which]),
            "quantity": exact(quantity, lot),
            "displayed": exact(shown, lot),
            "remaining": exact(remaining, lot),
            "trade_id": named("TD", trade),
            "reason": pa.array(reason, pa.string()),
            "parent_id": named("PA", parent),
            "level": pa.array(level, pa.int64()),
            "depth": exact(depth, lot),
        })  # fmt: skip

    def trades(self, exchange: Exchange) -> pa.Table:
        """Write every trade."""
        ts, seq, instrument, price, quantity, buyer, seller, buy, sell, taker = zip(
            *exchange.trades, strict=True
        )
        which = np.array(instrument)
        return pa.table({
            "ts": self.times(ts),
            "seq": pa.array(seq),
            "trade_id": named("TD", range(1, len(ts) + 1)),
            "instrument": self.names.take(pa.array(which)),
            "price": exact(price, self.ticks[which]),
            "quantity": exact(quantity, self.lots[which]),
            "buyer_id": self.traders.take(pa.array(buyer)),
            "seller_id": self.traders.take(pa.array(seller)),
            "buy_order_id": named("OR", buy),
            "sell_order_id": named("OR", sell),
            "taker_side": sides(taker),
            "is_block": pa.array(np.zeros(len(ts), dtype=bool)),
            "is_liquidation": pa.array(np.zeros(len(ts), dtype=bool)),
        })  # fmt: skip

    def observed(self, observer: Observer) -> Tables:
        """Write best quotes, marks and positions."""
        ts, seq, instrument, side, price, lots = zip(*observer.book, strict=True)
        which = np.array(instrument)
        book = pa.table({
            "ts": self.times(ts),
            "seq": pa.array(seq),
            "instrument": self.names.take(pa.array(which)),
            "side": sides(side),
            "level": pa.array(np.zeros(len(ts), dtype=np.int64)),
            "price": exact(price, self.ticks[which]),
            "quantity": exact(lots, self.lots[which]),
        })  # fmt: skip
        ts, instrument, kind, value = zip(*observer.marks, strict=True)
        marks = pa.table({
            "ts": self.times(ts),
            "instrument": self.names.take(pa.array(instrument)),
            "kind": pa.array(kind),
            "constituent": pa.array([""] * len(ts)),
            "value": exact(value, 1),
        })  # fmt: skip
        return {"book": book, "marks": marks, "positions": self._positions(observer)}

    def _positions(self, observer: Observer) -> pa.Table:
        empty: list[tuple[int, ...]] = [()] * 6
        columns = list(zip(*observer.positions, strict=True)) or empty
        ts, trader, which, lots, cost, mark = (np.array(c, dtype=np.int64) for c in columns)
        tick, lot = self.ticks[which], self.lots[which]
        entry = cost // np.where(lots == 0, 1, lots)
        value = np.abs(lots) * mark * (tick // 10_000) // 100 * (lot // 10_000) // 100
        gain = (mark - entry) * lots * (tick // 10_000) // 100 * (lot // 10_000) // 100
        return pa.table({
            "ts": self.times(ts),
            "trader_id": self.traders.take(pa.array(trader)),
            "instrument": self.names.take(pa.array(which)),
            "quantity": exact(lots, lot),
            "entry_price": exact(entry, tick),
            "margin": exact(value // 10 // 100 * 100, 1, 6),
            "unrealised": exact(gain, 1, 6),
            "delta": exact(lots, lot),
        })  # fmt: skip

    def transfers(self, till: Till) -> pa.Table:
        """Write both sides of every movement of money, in time order."""
        rows = [till.rows[place] for place in _in_time(till)]
        return pa.table({
            "ts": self.times([row.ts for row in rows]),
            "seq": pa.array(np.arange(1, len(rows) + 1)),
            "transfer_id": named("TF", range(1, len(rows) + 1)),
            "trader_id": self.traders.take(pa.array([row.trader for row in rows])),
            "direction": pa.array([row.direction for row in rows]),
            "asset": pa.array([row.asset for row in rows]),
            "amount": exact([row.amount for row in rows], 1),
            "usd": exact([row.cents for row in rows], 10_000, 6),
            "kind": pa.array([row.kind for row in rows]),
            "address": pa.array([row.address for row in rows], pa.string()),
            "counterparty_id": pa.array([row.counterparty for row in rows], pa.string()),
            "counterparty_vasp": pa.array([row.vasp for row in rows], pa.string()),
            "country": pa.array([row.country for row in rows], pa.string()),
            "tx_hash": pa.array([_hash(row.address, n) for n, row in enumerate(rows)], pa.string()),
            "self_hosted": pa.array([row.self_hosted for row in rows], pa.bool_()),
            "travel_rule": pa.array([row.kind != "chain" or bool(row.vasp) for row in rows]),
        })  # fmt: skip

    def logins(self, rows: list[Login]) -> pa.Table:
        """Write every session."""
        return pa.table({
            "ts": self.times([row.ts for row in rows]),
            "seq": pa.array(np.arange(1, len(rows) + 1)),
            "trader_id": self.traders.take(pa.array([row.trader for row in rows])),
            "kind": pa.array([row.kind for row in rows]),
            "ip": pa.array([row.ip for row in rows]),
            "network": pa.array([row.network for row in rows]),
            "country": pa.array([row.country for row in rows]),
            "device_id": pa.array([row.device for row in rows]),
            "is_anonymised": pa.array([row.anonymised for row in rows]),
        })  # fmt: skip

    def labels(self, blame: Blame, till: Till) -> pa.Table:
        """Write the answer sheet: typology, table, id, trader_id; sorted, each row once."""
        place = {row: number + 1 for number, row in enumerate(_in_time(till))}
        prefix = {"orders": "OR", "trades": "TD"}
        rows = set()
        for typology, table, key, trader in blame.rows:
            who = self.traders[trader].as_py()
            if table == "accounts":
                name = who
            elif table == "transfers":
                name = f"TF{place[key]:08d}"
            else:
                name = f"{prefix[table]}{key:08d}"
            rows.add((typology, table, name, who))
        columns = list(zip(*sorted(rows), strict=True)) or [()] * 4
        names = ("typology", "table", "id", "trader_id")
        return pa.table(
            {
                name: pa.array(column, pa.string())
                for name, column in zip(names, columns, strict=True)
            }
        )

    def kinds(self, people: list[Person]) -> pa.Table:
        """Write the honest kind of every account, whatever it was cast for."""
        return pa.table({
            "trader_id": self.traders, "kind": pa.array([person.role for person in people])
        })  # fmt: skip


def exact(whole: Any, size: Any, places: int = 8) -> pa.Array:
    """Multiply whole numbers by the size of one and write them as exact decimals; None is NULL."""
    values = np.array([0 if value is None else value for value in whole], dtype=np.int64)
    units = values * size
    words = np.stack([units, units >> 63], axis=1)
    missing = np.fromiter((value is None for value in whole), dtype=bool, count=len(values))
    bits = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    return pa.Array.from_buffers(
        _PLACES[places], len(units), [bits, pa.py_buffer(np.ascontiguousarray(words))]
    )


def named(prefix: str, numbers: Iterable[int | None]) -> pa.Array:
    """Turn numbers into ids."""
    return pa.array(
        [None if number is None else f"{prefix}{number:08d}" for number in numbers], pa.string()
    )


def sides(values: Sequence[int]) -> pa.Array:
    """Turn 1 and -1 into words."""
    return pa.array([_SIDES[value] for value in values], pa.string())


def between(table: pa.Table, window: Window) -> pa.Table:
    """Cut the rows of a window out of a table that is in time order."""
    edges = [np.datetime64(at.replace(tzinfo=None), "us") for at in (window.start, window.end)]
    low, high = np.searchsorted(table["ts"].to_numpy(), edges)
    return table.slice(low, high - low)


def _in_time(till: Till) -> list[int]:
    return sorted(range(len(till.rows)), key=lambda place: (till.rows[place].ts, place))


def _hash(address: str | None, number: int) -> str | None:
    return f"0x{number:08x}{address[2:34]}" if address else None


def usd(whole: Sequence[int]) -> pa.Array:
    """Write whole dollars as exact money."""
    return exact(whole, UNIT // 100, 6)
