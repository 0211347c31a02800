"""What the venue publishes or reports: quotes, marks, positions, liquidations, blocks, swaps."""

import numpy as np
import pyarrow as pa

from surveillance.simulation.ledger import Ledger, columns, exact, hashed, named, sides
from surveillance.simulation.traders.desk import Desk
from surveillance.simulation.venue.chain import POOL, Swap
from surveillance.simulation.venue.exchange import Exchange
from surveillance.simulation.venue.feeds import Quote
from surveillance.simulation.venue.margin import Margin
from surveillance.simulation.venue.observer import Observer, PositionReport
from surveillance.simulation.venue.paths import STEP, VENUES
from surveillance.simulation.venue.terms import ASSETS, UNIT
from surveillance.times import MINUTE

_STEPS = MINUTE // STEP


def book(ledger: Ledger, exchange: Exchange) -> pa.Table:
    """Write the best bid and ask whenever one changed, at most once a second."""
    quotes = columns(exchange.quotes, Quote._fields)
    which = quotes["instrument"]
    return pa.table({
        "ts": ledger.times(quotes["ts"]),
        "seq": pa.array(quotes["message"]),
        "instrument": ledger.names.take(pa.array(which)),
        "side": sides(quotes["side"].tolist()),
        "level": pa.array(np.zeros(len(which), dtype=np.int64)),
        "price": exact(quotes["price"], ledger.ticks[which]),
        "quantity": exact(quotes["lots"], ledger.lots[which]),
    })  # fmt: skip


def marks(ledger: Ledger, margin: Margin) -> pa.Table:
    """Write marks, indices and funding rates, and by the minute what they are made from."""
    rows = margin.marks
    own = pa.table({
        "ts": ledger.times([row.ts for row in rows]),
        "instrument": ledger.names.take(pa.array([row.instrument for row in rows])),
        "kind": pa.array([row.kind for row in rows]),
        "constituent": pa.array([""] * len(rows)),
        "value": exact([row.value for row in rows], 1),
        "weight": pa.nulls(len(rows), pa.decimal128(18, 8)),
    })  # fmt: skip
    outside = [
        _outside(ledger, asset, name, weight)
        for asset in ASSETS for name, weight in VENUES[asset].items()
    ]  # fmt: skip
    return pa.concat_tables([own, *outside]).sort_by(
        [("ts", "ascending"), ("instrument", "ascending"), ("kind", "ascending"),
         ("constituent", "ascending")]
    ).combine_chunks()  # fmt: skip


def positions(ledger: Ledger, observer: Observer) -> pa.Table:
    """Write the open positions of every hour, and once those that were left."""
    reports = columns(observer.positions, PositionReport._fields)
    which, lots = reports["instrument"], reports["lots"]
    lot, tick = ledger.lots[which], ledger.ticks[which]
    entry = reports["cost"] // np.where(lots == 0, 1, lots)
    leverage = np.array([
        round(10 * observer.margin.leverage(row.trader, row.instrument))
        for row in observer.positions
    ])  # fmt: skip
    levels = np.where(lots == 0, -1, reports["liquidation_price"]).tolist()
    return pa.table({
        "ts": ledger.times(reports["ts"]),
        "trader_id": ledger.traders.take(pa.array(reports["trader"])),
        "instrument": ledger.names.take(pa.array(which)),
        "quantity": exact(lots, lot),
        "entry_price": exact(entry, tick),
        "margin": exact(ledger.money(which, entry, np.abs(lots)) * 10 // leverage, 1, 6),
        "unrealised": exact(ledger.money(which, reports["mark"] - entry, lots), 1, 6),
        "liquidation_price": exact([None if level < 0 else level for level in levels], tick),
        "delta": exact(reports["delta"] * (lot // 1_000) // 1_000, 1),
    })  # fmt: skip


def liquidations(ledger: Ledger, margin: Margin) -> pa.Table:
    """Write every forced close."""
    rows = margin.rows
    which = np.array([row.instrument for row in rows], dtype=np.int64)
    tick = ledger.ticks[which]
    return pa.table({
        "ts": ledger.times([row.ts for row in rows]),
        "seq": pa.array([row.message for row in rows], pa.int64()),
        "liquidation_id": named("LQ", range(1, len(rows) + 1)),
        "trader_id": ledger.traders.take(pa.array([row.trader for row in rows], pa.int64())),
        "instrument": ledger.names.take(pa.array(which)),
        "quantity": exact([row.lots for row in rows], ledger.lots[which]),
        "price": exact([row.price for row in rows], tick),
        "bankruptcy_price": exact([row.bankrupt for row in rows], tick),
        "fund_change": exact([round(row.change * 100) for row in rows], 10_000, 6),
    })  # fmt: skip


def rfqs(ledger: Ledger, desk: Desk) -> pa.Table:
    """Write every request for quote, with the block it led to."""
    rows = desk.requests
    which = np.array([row.instrument for row in rows], dtype=np.int64)
    who = [trader.as_py() for trader in ledger.traders]
    return pa.table({
        "ts": ledger.times([row.asked for row in rows]),
        "rfq_id": named("RQ", [row.number for row in rows]),
        "trader_id": pa.array([who[row.client] for row in rows], pa.string()),
        "instrument": ledger.names.take(pa.array(which)),
        "side": sides([row.side for row in rows]),
        "quantity": exact([row.lots for row in rows], ledger.lots[which]),
        "dealers": pa.array([" ".join(who[dealer] for dealer in row.dealers) for row in rows],
                            pa.string()),
        "winner_id": pa.array([None if row.winner is None else who[row.winner] for row in rows],
                              pa.string()),
        "price": exact([row.price for row in rows], ledger.ticks[which]),
        "executed_at": ledger.times([row.executed for row in rows]),
        "published_at": ledger.times([row.published for row in rows]),
    })  # fmt: skip


def swaps(ledger: Ledger, done: list[Swap]) -> pa.Table:
    """Write the swaps on chain, in the order of blocks."""
    return pa.table({
        "ts": ledger.times([row.ts for row in done]),
        "block": pa.array([row.block for row in done], pa.int64()),
        "position": pa.array([row.position for row in done], pa.int64()),
        "log_index": pa.array([0] * len(done), pa.int64()),
        "tx_hash": pa.array([hashed(row) for row in done], pa.string()),
        "trader_id": ledger.traders.take(pa.array([row.trader for row in done], pa.int64())),
        "pool": pa.array([POOL] * len(done), pa.string()),
        "asset_in": pa.array(["USDC" if row.buys else "DRIFT" for row in done], pa.string()),
        "asset_out": pa.array(["DRIFT" if row.buys else "USDC" for row in done], pa.string()),
        "amount_in": exact([row.paid for row in done], 1),
        "amount_out": exact([row.received for row in done], 1),
        "contract": pa.array([row.contract for row in done], pa.string()),
        "gas_usd": exact([round(100 * (0.4 + row.tip)) for row in done], 10_000, 6),
    })  # fmt: skip


def _outside(ledger: Ledger, asset: str, name: str, weight: float) -> pa.Table:
    """Write what one outside venue quotes, every minute."""
    path = ledger.market.constituents(asset)[name][::_STEPS]
    count = len(path)
    return pa.table({
        "ts": ledger.times(np.arange(count) * MINUTE),
        "instrument": pa.array([f"{asset}-PERP"] * count),
        "kind": pa.array(["constituent"] * count),
        "constituent": pa.array([name] * count),
        "value": exact(np.round(path * 10_000).astype(np.int64), UNIT // 10_000),
        "weight": exact([round(weight * 100)] * count, UNIT // 100),
    })  # fmt: skip
