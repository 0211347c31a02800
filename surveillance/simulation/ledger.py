"""From what happened to exact Arrow columns: the catalogue's tables, cut into days.

Every feed becomes rows in time order; sequence numbers of order messages are without gaps, and a
trade carries the number of its taker's fill, so that both tell one order of events.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from surveillance.model import Window
from surveillance.simulation.abuse.blame import Blame
from surveillance.simulation.people import Person
from surveillance.simulation.venue.chain import Swap
from surveillance.simulation.venue.exchange import Exchange
from surveillance.simulation.venue.feeds import FLAG_BLOCK, FLAG_LIQUIDATION, Message, Trade
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.money import Login, Till
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import epoch_us

Tables = Mapping[str, pa.Table]

_PLACES = {8: pa.decimal128(18, 8), 6: pa.decimal128(18, 6)}
_FEES = {"taker": 40, "maker": 10, "market_maker": -5, "option": 30, "block": 20}
"""What a side pays of its notional, in tenths of a basis point; a maker's programme pays back."""
_SIDES = {1: "buy", -1: "sell"}


class Ledger:
    """Writes the tables of one simulated venue."""

    def __init__(self, market: Market, people: list[Person]) -> None:
        self.market = market
        self.begins = epoch_us(market.settings.opens)
        self.traders = pa.array([person.trader_id for person in people])
        self.names = pa.array([terms.name for terms in market.instruments])
        self.ticks = np.array([terms.tick for terms in market.instruments])
        self.lots = np.array([terms.lot for terms in market.instruments])
        self.premium = np.array([terms.kind == "option" for terms in market.instruments])
        self.makes = np.array([person.kind == "market_maker" for person in people])

    def times(self, moments: Any) -> pa.Array:
        """Turn microseconds since the start into naive UTC times; None is NULL."""
        missing = np.fromiter((moment is None for moment in moments), dtype=bool)
        values = np.array([0 if moment is None else moment for moment in moments], dtype=np.int64)
        whole = pa.array(values + self.begins, mask=missing if missing.any() else None)
        return whole.cast(pa.timestamp("us"))

    def orders(self, exchange: Exchange) -> pa.Table:
        """Write every message about an order."""
        column = dict(zip(Message._fields, zip(*exchange.messages, strict=True), strict=True))
        which = np.array(column["instrument"])
        lot = self.lots[which]
        return pa.table({
            "ts": self.times(column["ts"]),
            "seq": pa.array(np.arange(1, len(which) + 1)),
            "instrument": self.names.take(pa.array(which)),
            "trader_id": self.traders.take(pa.array(column["trader"])),
            "order_id": named("OR", column["order"]),
            "event": pa.array(column["event"]),
            "side": sides(column["side"]),
            "type": pa.array(column["kind"]),
            "price": exact(column["price"], self.ticks[which]),
            "quantity": exact(column["quantity"], lot),
            "displayed": exact(column["shown"], lot),
            "remaining": exact(column["remaining"], lot),
            "trade_id": named("TD", column["trade"]),
            "reason": pa.array(column["reason"], pa.string()),
            "parent_id": named("PA", column["parent"]),
            "client_ts": self.times(column["sent"]),
            "level": pa.array(column["level"], pa.int64()),
            "depth": exact(column["depth"], lot),
        })  # fmt: skip

    def trades(self, exchange: Exchange) -> pa.Table:
        """Write every trade."""
        column = columns(exchange.trades, Trade._fields)
        which = column["instrument"]
        buys, sells = column["buy_order"].tolist(), column["sell_order"].tolist()
        return pa.table({
            "ts": self.times(column["ts"]),
            "seq": pa.array(column["message"]),
            "trade_id": named("TD", range(1, len(which) + 1)),
            "instrument": self.names.take(pa.array(which)),
            "price": exact(column["price"], self.ticks[which]),
            "quantity": exact(column["quantity"], self.lots[which]),
            "buyer_id": self.traders.take(pa.array(column["buyer"])),
            "seller_id": self.traders.take(pa.array(column["seller"])),
            "buy_order_id": named("OR", [order or None for order in buys]),
            "sell_order_id": named("OR", [order or None for order in sells]),
            "taker_side": sides(column["taker_side"].tolist()),
            "is_block": pa.array(column["flag"] == FLAG_BLOCK),
            "is_liquidation": pa.array(column["flag"] == FLAG_LIQUIDATION),
            "buyer_fee": exact(self._fees(column, 1, column["buyer"]), 1, 6),
            "seller_fee": exact(self._fees(column, -1, column["seller"]), 1, 6),
        })  # fmt: skip

    def money(self, which: Any, price: Any, lots: Any) -> Any:
        """Return price times quantity in 1e-6 USD; both are whole, and the result is cut off."""
        return (price * self.ticks[which] // 10_000) * (lots * self.lots[which] // 10_000) // 100

    def _fees(self, column: Mapping[str, Any], side: int, who: Any) -> Any:
        """Return what one side of every trade pays, in 1e-6 USD."""
        which, flag = column["instrument"], column["flag"]
        resting = np.where(self.makes[who], _FEES["market_maker"], _FEES["maker"])
        tenths = np.where(column["taker_side"] == side, _FEES["taker"], resting)
        tenths = np.where(self.premium[which], _FEES["option"], tenths)
        tenths = np.where(flag == FLAG_BLOCK, _FEES["block"], tenths)
        notional = self.money(which, column["price"], column["quantity"])
        return notional * tenths // 100_000

    def transfers(self, till: Till) -> pa.Table:
        """Write both sides of every movement of money, in time order."""
        places = in_time(till)
        rows = [till.rows[place] for place in places]
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
            "travel_rule": pa.array(
                [row.kind != "chain" or till.message(place) is not None
                 for place, row in zip(places, rows, strict=True)]
            ),
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
        """Write the answer sheet, sorted, each row once.

        Columns are typology, table, id, trader_id and disguise.
        """
        place = {row: number + 1 for number, row in enumerate(in_time(till))}
        prefix = {"orders": "OR", "trades": "TD", "liquidations": "LQ", "rfqs": "RQ"}
        rows = {(label.typology, "swaps", hashed(label.swap), self.traders[label.trader].as_py(),
                 label.disguise.value)
                for label in blame.swaps if label.swap.block}  # fmt: skip
        for typology, table, key, trader, disguise in blame.rows:
            who = self.traders[trader].as_py()
            if table == "accounts":
                name = who
            elif table == "transfers":
                name = f"TF{place[key]:08d}"
            else:
                name = f"{prefix[table]}{key:08d}"
            rows.add((typology, table, name, who, disguise.value))
        names = ("typology", "table", "id", "trader_id", "disguise")
        parts = list(zip(*sorted(rows), strict=True)) or [()] * len(names)
        return pa.table(
            {name: pa.array(part, pa.string()) for name, part in zip(names, parts, strict=True)}
        )

    def kinds(self, people: list[Person]) -> pa.Table:
        """Write the kind of every honest account.

        Who was cast for abuse that then did not happen is neither guilty nor honest.
        """
        honest = [number for number, person in enumerate(people) if not person.is_cast]
        return pa.table({
            "trader_id": self.traders.take(honest),
            "kind": pa.array([people[number].twin or people[number].role for number in honest]),
        })  # fmt: skip

    def hands(self, people: list[Person]) -> pa.Table:
        """Write who holds each account."""
        hands = [person.hand for person in people]
        return pa.table({"trader_id": self.traders, "hand": self.traders.take(hands)})


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


def hashed(swap: Swap) -> str:
    """Name a transaction on chain."""
    return f"0x{swap.number:08x}{swap.block:08x}"


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


def in_time(till: Till) -> list[int]:
    """Return the numbers of transfers in the order in which they are written."""
    return sorted(range(len(till.rows)), key=lambda place: (till.rows[place].ts, place))


def _hash(address: str | None, number: int) -> str | None:
    return f"0x{number:08x}{address[2:34]}" if address else None


def columns(rows: Sequence[tuple[int, ...]], names: tuple[str, ...]) -> dict[str, Any]:
    """Turn rows of whole numbers into columns by name."""
    whole = np.fromiter(chain.from_iterable(rows), np.int64, len(rows) * len(names))
    return dict(zip(names, whole.reshape(-1, len(names)).T, strict=True))


def usd(whole: Sequence[int]) -> pa.Array:
    """Write whole dollars as exact money."""
    return exact(whole, UNIT // 100, 6)
