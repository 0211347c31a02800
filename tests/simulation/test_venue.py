"""The parts of the simulated venue: its book, its risk engine, its desk and its chain."""

from typing import Any

import duckdb
import numpy as np
import pytest

from surveillance.simulation import simulate
from surveillance.simulation.people import ROLES, roster
from surveillance.simulation.settings import SimulationSettings
from surveillance.simulation.venue.book import BUY, SELL
from surveillance.simulation.venue.chain import Chain
from surveillance.simulation.venue.events import PublicEvent
from surveillance.simulation.venue.exchange import Exchange, Order
from surveillance.simulation.venue.feeds import FLAG_LIQUIDATION
from surveillance.simulation.venue.margin import Margin
from surveillance.simulation.venue.market import Market
from surveillance.times import DAY, HOUR, MINUTE, SECOND

SETTINGS = SimulationSettings(days=2, traders=120)
PERPETUAL = 0
SPOT_OF_DRIFT = 7


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(SETTINGS)


@pytest.fixture
def exchange(market: Market) -> Exchange:
    """An empty venue of a hundred and twenty strangers."""
    venue = Exchange(market)
    venue.groups, venue.latency = list(range(120)), [1_000] * 120
    return venue


@pytest.fixture(scope="module")
def days() -> Any:
    """Two days of activity, in a database."""
    span = simulate(SETTINGS)
    with duckdb.connect() as connection:
        tables = {**span.before, **span.during, "kinds": span.kinds, "labels": span.labels}
        for name, rows in tables.items():
            connection.register("rows", rows)
            connection.execute(f"create table {name} as from rows")
        yield connection


def price(exchange: Exchange, away: int = 0, instrument: int = PERPETUAL) -> int:
    return round(exchange.market.fair_price(instrument, 0)) + away


def rested(
    exchange: Exchange, trader: int, lots: int, away: int, shown: int | None = None
) -> Order:
    """A resting order to sell."""
    at = price(exchange, away)
    return exchange.submit(trader, PERPETUAL, SELL, at, lots, shown=shown)


def bought(exchange: Exchange, trader: int, lots: int, away: int = 1_000) -> list[tuple[int, int]]:
    """Who sold to somebody that takes so many lots, and how many each."""
    since = len(exchange.trades)
    exchange.submit(trader, PERPETUAL, BUY, price(exchange, away), lots, lasting=False)
    return [(trade.seller, trade.quantity) for trade in exchange.trades[since:]]


def test_the_better_price_trades_first_and_then_the_older_order(exchange: Exchange) -> None:
    for trader, away in ((1, 20), (2, 10), (3, 20)):
        rested(exchange, trader, 5, away)
    assert bought(exchange, 9, 12) == [(2, 5), (1, 5), (3, 2)]


def test_of_an_iceberg_only_the_tip_has_its_place_in_the_queue(exchange: Exchange) -> None:
    rested(exchange, 1, 10, 10, shown=2)
    rested(exchange, 2, 5, 10)
    assert exchange.quote(PERPETUAL, SELL)[1] == 7
    assert bought(exchange, 9, 9) == [(1, 2), (2, 5), (1, 2)]
    assert exchange.quote(PERPETUAL, SELL)[1] == 2
    assert bought(exchange, 9, 99) == [(1, 2), (1, 2), (1, 2)]


def test_a_post_only_order_is_rejected_where_it_would_trade(exchange: Exchange) -> None:
    rested(exchange, 1, 5, 0)
    order = exchange.submit(2, PERPETUAL, BUY, price(exchange), 5, post_only=True)
    assert not order.resting
    assert not exchange.trades
    assert exchange.messages[-1].event == "reject"
    assert exchange.submit(2, PERPETUAL, BUY, price(exchange, -1), 5, post_only=True).resting


def test_a_stop_order_waits_unseen_until_the_last_price_reaches_it(exchange: Exchange) -> None:
    exchange.submit(1, PERPETUAL, BUY, price(exchange, -50), 9)
    rested(exchange, 2, 1, 10)
    stop = exchange.stop(3, PERPETUAL, BUY, price(exchange, 10), 4)
    rested(exchange, 4, 9, 20)
    assert exchange.quote(PERPETUAL, BUY)[0] == price(exchange, -50)
    assert exchange.stops(PERPETUAL) == [stop]
    bought(exchange, 5, 1)
    events = [message.event for message in exchange.messages if message.order == stop.number]
    assert events == ["new", "trigger", "fill"]
    assert exchange.held(3, PERPETUAL) == 4


def test_a_cancelled_stop_order_is_never_triggered(exchange: Exchange) -> None:
    rested(exchange, 2, 9, 10)
    stop = exchange.stop(3, PERPETUAL, BUY, price(exchange, 10), 4)
    exchange.cancel(stop)
    bought(exchange, 5, 1)
    assert (3, PERPETUAL) not in exchange.positions


def test_who_has_prevention_off_can_trade_with_themselves(exchange: Exchange) -> None:
    exchange.groups[2] = exchange.groups[1] = 1
    rested(exchange, 1, 5, 10)
    assert bought(exchange, 2, 5) == []
    assert exchange.messages[-2].reason == "self_trade_prevention"
    exchange.groups[2] = 2
    rested(exchange, 1, 5, 10)
    assert bought(exchange, 2, 5) == [(1, 5)]


def test_whoever_watches_an_account_hears_of_its_fills_on_both_sides(exchange: Exchange) -> None:
    heard: list[int] = []
    exchange.watch(1, lambda _, quantity: heard.append(quantity))
    rested(exchange, 1, 5, 10)
    bought(exchange, 2, 3)
    rested(exchange, 3, 5, 5)
    bought(exchange, 1, 4)
    assert heard == [3, 4]


def test_a_position_without_margin_is_closed_and_the_fund_bears_the_difference(
    exchange: Exchange,
) -> None:
    people = roster(SETTINGS)
    margin = Margin(exchange, people)
    people[5].leverage, people[6].leverage = 50.0, 2.0
    rested(exchange, 6, 100, 0)
    bought(exchange, 5, 100)
    level = margin.level(5, PERPETUAL)
    assert level is not None
    assert 0.98 < level / price(exchange) < 1
    assert margin.levels(PERPETUAL, BUY) == [(level, 100, 5)]
    exchange.submit(7, PERPETUAL, BUY, price(exchange, -2_000), 60)
    margin._liquidate_beyond(PERPETUAL, price(exchange, -1_700))
    (row,) = margin.rows
    assert (row.trader, row.lots, row.price) == (5, 60, price(exchange, -2_000))
    assert row.change < 0
    assert exchange.trades[-1].flag == FLAG_LIQUIDATION
    assert exchange.held(5, PERPETUAL) == 40


def test_an_outside_venue_moves_the_index_by_its_weight_where_nothing_holds_it() -> None:
    market = Market(SETTINGS)
    before = {asset: market.dollars(asset, DAY) for asset in ("BTC", "DRIFT")}
    for asset in before:
        market.push_outside(asset, "VENUE-A", DAY - HOUR, DAY + HOUR, 0.2)
    assert market.dollars("BTC", DAY) / before["BTC"] - 1 < 0.0025
    assert market.dollars("DRIFT", DAY) / before["DRIFT"] - 1 == pytest.approx(0.1, abs=0.002)
    fair_price = (
        market.fair_price(SPOT_OF_DRIFT, DAY) * market.instruments[SPOT_OF_DRIFT].tick / 1e8
    )
    assert fair_price == pytest.approx(market.dollars("DRIFT", DAY))


def test_what_becomes_public_moves_the_price_for_good() -> None:
    market = Market(SETTINGS)
    early, late = market.dollars("ETH", DAY - MINUTE), market.dollars("ETH", DAY + HOUR)
    market.announce(PublicEvent(DAY, "news", "Something happened", "ETH", None, 0.1))
    assert market.dollars("ETH", DAY - MINUTE) == early
    assert market.dollars("ETH", DAY + HOUR) == pytest.approx(1.1 * late, rel=1e-3)


def test_a_block_orders_swaps_by_tip_and_the_pool_keeps_its_product(market: Market) -> None:
    chain = Chain(market)
    victim = chain.submit(1, 30 * SECOND, True, 20_000, 1.0)
    before = chain.submit(2, 31 * SECOND, True, 10_000, 3.0)
    after = chain.sell_back(2, 31 * SECOND, before, 0.5)
    done = chain.run([], np.random.default_rng(1))
    assert done == [before, victim, after]
    assert len({swap.block for swap in done}) == 1
    assert after.paid == before.received
    assert after.received > before.paid


def test_the_venue_knows_the_kind_of_every_honest_account(days: Any) -> None:
    guilty = "(select distinct trader_id from labels)"
    assert days.execute(f"select count(*) from kinds semi join {guilty} using (trader_id)"
                        ).fetchall() == [(0,)]  # fmt: skip
    kinds = {kind for (kind,) in days.execute("select distinct kind from kinds").fetchall()}
    assert kinds >= {"maker", "grid", "pegger", "twin", "copier", "gamma", "desk", "buggy"}


def test_the_honest_accounts_are_the_same_without_abuse(days: Any) -> None:
    span = simulate(SETTINGS.model_copy(update={"abuse": False}))
    honest = set(span.before["accounts"]["trader_id"].to_pylist())
    everybody = {name for (name,) in days.execute("select trader_id from accounts").fetchall()}
    blamed = {name for (name,) in days.execute("select distinct trader_id from labels").fetchall()}
    assert honest < everybody
    assert blamed <= everybody - honest


def test_without_disguises_all_abuse_is_plain_and_nobody_is_a_twin(days: Any) -> None:
    assert days.execute("select distinct disguise from labels").fetchall() == [("plain",)]
    kinds = {kind for (kind,) in days.execute("select distinct kind from kinds").fetchall()}
    assert kinds <= {*ROLES, "retail"}


def test_only_what_is_asked_for_is_played() -> None:
    span = simulate(SETTINGS.model_copy(update={"abuses": ("structuring",), "days": 1}))
    assert set(span.labels["typology"].to_pylist()) == {"structuring"}


def test_positions_add_up_to_nothing_over_everybody(days: Any) -> None:
    sql = """
        select instrument, sum(quantity) from positions
        where ts = (select max(ts) from positions where hour(ts) = 20) group by instrument
    """
    assert all(total == 0 for _, total in days.execute(sql).fetchall())


def test_nothing_trades_after_its_expiry(days: Any) -> None:
    late = """
        select count(*), count(distinct i.instrument) from instruments i
        left join trades t on t.instrument = i.instrument and t.ts >= i.expires_at
        where i.expires_at < (select max(ts) from marks) and t.trade_id is not null
    """
    assert days.execute(late).fetchall()[0][0] == 0
    open_positions = """
        select count(*) from positions p join instruments i using (instrument)
        where p.ts >= i.expires_at and p.quantity <> 0
    """
    assert days.execute(open_positions).fetchall() == [(0,)]


def test_blocks_are_agreed_with_a_dealer_who_was_asked_and_published_later(days: Any) -> None:
    sql = """
        select count(*), count(*) filter (
            list_contains(string_split(dealers, ' '), winner_id)
            and ts < executed_at and executed_at + interval 5 minute <= published_at)
        from rfqs where winner_id is not null
    """
    asked, proper = days.execute(sql).fetchall()[0]
    assert asked == proper > 0
    blocks = days.execute("select count(*) from trades where is_block").fetchall()[0][0]
    assert blocks == asked


def test_the_mark_stays_within_bounds_of_the_index(days: Any) -> None:
    sql = """
        select i.instrument, max(abs(m.value / i.value - 1)) from marks m
        join marks i using (ts, instrument) where m.kind = 'mark' and i.kind = 'index'
        and instrument like '%-PERP' group by all
    """
    apart = dict(days.execute(sql).fetchall())
    assert apart["BTC-PERP"] < 0.0052
    assert apart["DRIFT-PERP"] < 0.085


def test_the_index_is_the_weighted_mean_of_its_constituents(days: Any) -> None:
    sql = """
        with parts as (select ts, sum(value * weight) / sum(weight) as mean from marks
            where instrument = 'DRIFT-PERP' and kind = 'constituent' group by ts)
        select max(abs(mean / value - 1)) from parts join marks using (ts)
        where instrument = 'DRIFT-PERP' and kind = 'index'
    """
    assert days.execute(sql).fetchall()[0][0] < 0.001


def test_a_client_stamps_a_message_before_the_venue_has_it(days: Any) -> None:
    sql = """
        select count(*) filter (client_ts >= ts), count(*) filter (client_ts is null) from orders
        where event in ('new', 'replace')
    """
    assert days.execute(sql).fetchall() == [(0, 0)]
