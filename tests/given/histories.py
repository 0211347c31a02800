"""Random histories of a small venue: activity with ties, landed late, corrected, in any order."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa

from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.model import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=2)
TRADERS = [f"T{n:03d}" for n in range(110)]
_TIED = 1_500

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Mapping[str, list[Row]]


@dataclass
class Venue:
    """Makes rows by chance; times and sequence numbers tie all the time."""

    chance: random.Random
    numbered: int = 0
    times: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        span = int((END - START) / timedelta(microseconds=1))
        picked = (self.chance.randrange(span) for _ in range(_TIED))
        self.times = [START + timedelta(microseconds=us) for us in picked]

    def accounts(self) -> list[Row]:
        """Accounts of which some share an owner, and some are linked."""
        return [
            {
                "ts": START - timedelta(days=9),
                "trader_id": name,
                "owner_id": f"O{n // 3 if n < 60 else n}",
                "linked_to": self.chance.choice(TRADERS) if self.chance.random() < 0.05 else None,
            }
            for n, name in enumerate(TRADERS)
        ]

    def trades(self, count: int) -> list[Row]:
        """Trades, some of an owner with themselves."""
        return [self._trade() for _ in range(count)]

    def orders(self, count: int) -> list[Row]:
        """Orders with their cancels and fills."""
        return [row for _ in range(count) for row in self._order()]

    def transfers(self, count: int) -> list[Row]:
        """Transfers in and out, many just below a round sum."""
        return [self._transfer() for _ in range(count)]

    def _stamp(self) -> Row:
        self.numbered += 1
        return {"ts": self.chance.choice(self.times), "seq": self.chance.randrange(4)}

    def _trade(self) -> Row:
        busy = self.chance.choice([TRADERS[:3], TRADERS[:8], TRADERS])
        return {
            **self._stamp(),
            "trade_id": f"t{self.numbered}",
            "instrument": self.chance.choice("XY"),
            "price": Decimal(self.chance.randrange(90, 110)),
            "quantity": Decimal(self.chance.randrange(1, 9)),
            "buyer_id": self.chance.choice(busy),
            "seller_id": self.chance.choice(busy),
            "taker_side": self.chance.choice(["buy", "sell"]),
        }

    def _order(self) -> Iterator[Row]:
        entry = {
            **self._stamp(),
            "order_id": f"o{self.numbered}",
            "event": "new",
            "instrument": self.chance.choice("XY"),
            "trader_id": self.chance.choice(TRADERS[:12] if self.numbered % 2 else TRADERS),
            "side": self.chance.choice(["buy", "sell"]),
            "type": "limit",
            "price": Decimal(self.chance.randrange(90, 110)),
            "quantity": Decimal(self.chance.choice([1, 2, 50, 500])),
            "level": self.chance.randrange(4),
        }
        yield entry
        wait = timedelta(milliseconds=self.chance.choice([0, 0, 300, 5000]))
        ended = {**entry, "ts": entry["ts"] + wait, "event": self.chance.choice(["cancel", "fill"])}
        yield ended | ({"remaining": Decimal(0)} if ended["event"] == "fill" else {})

    def _transfer(self) -> Row:
        busy = self.chance.choice([TRADERS[20:23], TRADERS[20:23], TRADERS])
        usd = Decimal(self.chance.choice([9500, 9900, 950]))
        return {
            **self._stamp(),
            "transfer_id": f"p{self.numbered}",
            "trader_id": self.chance.choice(busy),
            "direction": self.chance.choice(["in", "out"]),
            "asset": "USD",
            "amount": usd,
            "usd": usd,
            "kind": "bank",
            "counterparty_id": self.chance.choice(["B1", "B2", "B3", "B4", *busy]),
        }


def first(chance: random.Random, size: int) -> Rows:
    """Everything that a venue knows at first."""
    venue = Venue(chance)
    return {
        "accounts": venue.accounts(),
        "trades": venue.trades(size),
        "orders": venue.orders(size),
        "transfers": venue.transfers(size // 2),
    }


def more(chance: random.Random, before: Rows, size: int) -> Rows:
    """What comes late: rows of the same days, corrections of rows before, and other owners."""
    venue = Venue(chance, numbered=chance.randrange(10**6, 10**9))
    late = {
        "trades": venue.trades(size),
        "orders": venue.orders(size),
        "transfers": venue.transfers(size),
    }
    for table, change in (("trades", "quantity"), ("transfers", "amount")):
        again = chance.sample(before[table], min(size, len(before[table])))
        late[table] += [row | {change: Decimal(chance.randrange(1, 9000))} for row in again]
    moved = chance.sample(before["accounts"], 2)
    late["accounts"] = [row | {"owner_id": f"O{chance.randrange(9)}"} for row in moved]
    return late


def land(lake: Lake, chance: random.Random, rows: Rows, name: str, at: Sequence[datetime]) -> None:
    """Land rows in any order, cut into a batch for each arrival."""
    mixed = {table: chance.sample(of, len(of)) for table, of in rows.items()}
    for part, arrived in enumerate(at):
        tables = {table: of[part :: len(at)] for table, of in mixed.items()}
        lake.land(Batch("venue", f"{name}-{part}", _arrow(tables)), arrived)


def window(chance: random.Random) -> Window:
    """Some hours of the two days."""
    start = START + timedelta(minutes=chance.randrange(0, 40 * 60))
    return Window(start, start + timedelta(minutes=chance.randrange(30, 8 * 60)))


def _arrow(tables: Rows) -> dict[str, pa.Table]:
    return {name: pa.Table.from_pylist(rows) for name, rows in tables.items() if rows}
