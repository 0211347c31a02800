"""The two recordings: orders of an exchange's book with their ids, and a perpetual's public feed.

Of the first, what its first message of the book brings was there before and has no beginning.
"""

import csv
import gzip
import heapq
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.realism.flow import Flow, sampled


def bitstamp(folder: Path) -> Flow:
    """Read BTC/USD orders (``orders.csv.gz``) and trades (``trades.csv``) of half an hour."""
    with gzip.open(folder / "orders.csv.gz", "rt") as file:
        rows = [
            (int(row["id"]), int(row["exchange_timestamp"]) / 1000, float(row["price"]),
             float(row["volume"]), row["action"], row["direction"])
            for row in csv.DictReader(file)
        ]  # fmt: skip
    with (folder / "trades.csv").open() as file:
        trades = list(csv.DictReader(file))
    first = rows[0][1]
    known = {row[0] for row in rows if row[1] == first}
    traded = {int(row[key]) for row in trades for key in ("buy_order_id", "sell_order_id")}
    fresh = [row for row in rows if row[0] not in known]
    born = {row[0]: row[1] for row in fresh if row[4] == "created"}
    lives = [row[1] - born[row[0]] for row in fresh
             if row[4] == "deleted" and row[0] in born and row[0] not in traded]  # fmt: skip
    times, quotes = _best(rows)
    until = rows[-1][1]
    bids, asks, touch, deep = (sampled(times, column, until) for column in quotes)
    return Flow(
        "Bitstamp BTC/USD", until - first, bids, asks, touch,
        np.array(sorted(int(row["exchange_timestamp"]) / 1000 for row in trades)),
        np.array([float(row["price"]) * float(row["amount"]) for row in trades]),
        deep,
        np.array([row[2] * row[3] for row in fresh if row[4] == "created"]),
        np.array(lives), len(born), len(traded & set(born)), len(fresh),
    )  # fmt: skip


def _best(rows: list[tuple[Any, ...]]) -> tuple[Any, Any]:
    """Rebuild the book, and return times, and best bid, best ask, and bids in USD at them."""
    live: dict[int, tuple[float, float, str]] = {}
    gone: set[int] = set()
    levels: dict[str, dict[float, float]] = {"bid": {}, "ask": {}}
    touched: dict[tuple[str, float], float] = {}
    looks, last = [], rows[0][1]
    for number, ts, price, volume, action, way in rows:
        if ts >= last + 1:
            _uncross(levels, touched)
            looks.append((last, *_look(levels)))
            last = ts
        if number in live:
            before, size, side = live.pop(number)
            left = levels[side].pop(before, 0.0) - size
            if left > 1e-9:
                levels[side][before] = left
        if action == "deleted":
            gone.add(number)
        elif volume > 0 and number not in gone:
            live[number] = (price, volume, way)
            levels[way][price] = levels[way].get(price, 0.0) + volume
            touched[way, price] = ts
    columns = np.array(looks).T
    return columns[0], columns[1:]


def _uncross(
    levels: dict[str, dict[float, float]], touched: dict[tuple[str, float], float]
) -> None:
    """Drop levels that nobody withdrew and that the market has long passed: the older goes."""
    while (bid := max(levels["bid"], default=0.0)) >= (ask := min(levels["ask"], default=1e12)):
        if touched["bid", bid] < touched["ask", ask]:
            del levels["bid"][bid]
        else:
            del levels["ask"][ask]


def _look(levels: dict[str, dict[float, float]]) -> tuple[float, float, float, float]:
    bids = heapq.nlargest(10, levels["bid"])
    sizes = [price * levels["bid"][price] for price in bids]
    return bids[0], min(levels["ask"]), sizes[0], sum(sizes)


def binance(folder: Path) -> Flow:
    """Read the BTCUSDT perpetual's best quotes and trades of some minutes (the one ``.gz``)."""
    quotes, trades = [], []
    with gzip.open(next(iter(sorted(folder.glob("*.gz")))), "rt") as file:
        for line in file:
            message = json.loads(line[line.index("{") :]).get("data", {})
            if message.get("e") == "bookTicker":
                bid, size = float(message["b"]), float(message["B"])
                quotes.append((message["T"] / 1000, bid, float(message["a"]), bid * size))
            elif message.get("e") == "trade" and message.get("X") == "MARKET":
                trades.append((message["T"] / 1000, float(message["p"]) * float(message["q"])))
    times, *columns = np.array(quotes).T
    bids, asks, touch = (sampled(times, column, times[-1]) for column in columns)
    moments, sizes = np.array(trades).T
    return Flow(
        "Binance BTCUSDT perpetual", times[-1] - times[0], bids, asks, touch,
        moments, sizes,
    )  # fmt: skip
