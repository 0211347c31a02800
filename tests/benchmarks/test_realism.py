"""The page that sets the simulated venue beside recordings: its figures and its pictures."""

import gzip
import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.realism import page, recorded, simulated
from benchmarks.realism.flow import Flow, exceedance, kurtosis, memory, sampled, tail
from benchmarks.stamp import Stamp
from surveillance.simulation.settings import SimulationSettings


@pytest.fixture(scope="module")
def day() -> Flow:
    simulation = simulated.honest(SimulationSettings(days=1, traders=120))
    return simulated.flow(simulation, "BTC-PERP", "simulated")


STAMP: Stamp = {"at": "2026-11-23T15:21:00.000000Z", "code": "0.1.0+abc", "rules": "d" * 64}


def bitstamp(folder: Path) -> Flow:
    """Two orders that make a book, one that flickers, one that trades, one that stays."""
    rows = [
        (1, 0, 100.0, 2.0, "created", "bid"),
        (2, 0, 101.0, 2.0, "created", "ask"),
        (3, 1_000, 100.5, 1.0, "created", "bid"),
        (3, 1_250, 100.5, 1.0, "deleted", "bid"),
        (4, 2_000, 100.8, 1.0, "created", "ask"),
        (5, 9_000, 100.9, 3.0, "created", "bid"),
        (6, 20_000, 101.0, 1.0, "created", "ask"),
    ]
    with gzip.open(folder / "orders.csv.gz", "wt") as file:
        file.write("id,timestamp,exchange_timestamp,price,volume,action,direction\n")
        for number, ts, *rest in rows:
            file.write(",".join(map(str, (number, ts, ts, *rest))) + "\n")
    (folder / "trades.csv").write_text(
        "trade_id,timestamp,exchange_timestamp,price,amount,buy_order_id,sell_order_id,side\n"
        "1,9000,9000,100.8,1.0,5,4,buy\n2,9500,9500,100.9,1.0,5,2,buy\n"
    )
    return recorded.bitstamp(folder)


def test_a_recorded_book_is_rebuilt_and_a_level_that_the_market_passed_is_dropped(
    tmp_path: Path,
) -> None:
    recording = bitstamp(tmp_path)
    assert recording.bids.tolist() == [100.0, 100.0, 100.9, 100.9]
    assert recording.asks.tolist() == [101.0, 100.8, 101.0, 101.0][: len(recording.asks)]
    assert recording.lives.tolist() == [0.25]
    assert (recording.orders, recording.traded_orders) == (4, 2)


def test_a_recorded_feed_gives_quotes_and_trades(tmp_path: Path) -> None:
    quote = {"e": "bookTicker", "b": "100", "B": "2", "a": "101", "A": "1"}
    trade = {"e": "trade", "X": "MARKET", "p": "101", "q": "3"}
    with gzip.open(tmp_path / "feed.gz", "wt") as file:
        for ts, message in ((0, quote), (3_000, trade), (12_000, quote)):
            file.write(f"17 {json.dumps({'data': message | {'T': ts}})}\n")
    recording = recorded.binance(tmp_path)
    assert recording.spreads == pytest.approx([99.5025] * 3, abs=1e-3)
    assert recording.trade_sizes.tolist() == [303.0]
    assert recording.touch.tolist() == [200.0] * 3


def test_figures_of_tails_and_memory_are_those_of_known_distributions() -> None:
    chance = np.random.default_rng(1)
    assert kurtosis(chance.standard_normal(100_000)) == pytest.approx(0, abs=0.1)
    assert tail(chance.pareto(3.0, 100_000) + 1) == pytest.approx(3, abs=0.3)
    assert memory(np.tile([1.0, -1.0], 500), 2) == pytest.approx([-1, 1], abs=0.01)
    assert exceedance(np.array([1.0, 10.0]), 2) == [(1.0, 1.0), (10.0, 0.5)]
    assert sampled(np.array([0.0, 6.0]), np.array([1.0, 2.0]), 11).tolist() == [1.0, 1.0, 2.0]


def test_simulated_returns_have_fat_tails_and_volatility_remembers(day: Flow) -> None:
    moves = day.returns(60)
    assert kurtosis(moves) > 3
    assert memory(np.abs(moves), 30).mean() > 0.02
    assert (day.spreads > 0).all()


def test_the_page_tells_of_every_market_and_draws_every_curve(day: Flow) -> None:
    flows = [day] * 4
    text = page.written(flows, 1_000, 2.0, STAMP)
    drawn = page.pictures(flows)
    assert all(
        f"({file})" in text and picture.startswith("<svg") for file, picture in drawn.items()
    )
    assert "|  | simulated | simulated | simulated | simulated |" in text
    assert "2000.0 seconds a million" in text
    assert "Simulated on 2026-11-23 by code 0.1.0+abc" in text


def test_the_committed_page_says_which_code_its_figures_are_of() -> None:
    committed = (Path(page.__file__).parent / "README.md").read_text()
    assert re.search(
        r"Simulated on \d{4}-\d\d-\d\d by code \d+\.\d+\.\d+\+[0-9a-f]{16}, ", committed
    )
