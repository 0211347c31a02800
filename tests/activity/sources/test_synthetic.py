from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from pkgutil import iter_modules

import duckdb
import pyarrow as pa
import pytest

import surveillance
from surveillance import language
from surveillance.activity.batch import Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake import Lake
from surveillance.activity.sources import load, parse, synthetic
from surveillance.activity.venue import Venue
from surveillance.dossier.ladder import Ladder, Message
from surveillance.errors import VenueError
from surveillance.model import Window
from surveillance.simulation import simulate
from surveillance.simulation.abuse import typologies
from surveillance.times import parse_time

VENUE = Path(surveillance.__file__).parent / "demo.yml"
START = parse_time("2026-03-02")
TYPOLOGIES = {labelled.name for labelled in iter_modules(typologies.__path__)}
SLOW = {"insider_event", "liquidation_hunting", "pump_and_dump", "trash_and_cash"}
"""Typologies that two days are too short for, or in which nobody need stand near enough."""


def venue(**changes: object) -> Venue:
    settings = {"days": 2, "traders": 120} | changes
    lines = [f"{key}: {str(value).lower()}" for key, value in settings.items()]
    return parse("\n".join(["venue: demo", "source: synthetic", *lines]), Path())


def contents(batches: Iterator[Batch]) -> dict[str, dict[str, bytes]]:
    """Every batch by id, every table of it as bytes."""
    return {
        batch.id: {name: serialised(rows) for name, rows in batch.tables.items()}
        for batch in batches
    }


def serialised(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows.combine_chunks())
    return bytes(sink.getvalue())


@pytest.fixture(scope="module")
def week() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two days of activity and their labels, in a database; money as wide decimals."""
    simulation = simulate(venue().settings(synthetic.Keys))
    with duckdb.connect() as connection:
        for name, rows in {
            **simulation.before,
            **simulation.during,
            "labels": simulation.labels,
        }.items():
            connection.register("rows", rows)
            connection.execute(f"create table {name} as from rows")
        yield connection


def strays(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[object, ...]]:
    """The first few rows that should not be there."""
    return connection.execute(f"{sql} limit 5").fetchall()


def test_another_seed_gives_another_venue_under_other_batch_ids() -> None:
    first, second = (contents(synthetic.pull(venue(days=1, seed=seed))) for seed in (7, 8))
    assert not set(first) & set(second)


def test_a_day_does_not_depend_on_the_window_it_was_asked_in() -> None:
    whole = contents(synthetic.pull(venue()))
    moment = START + timedelta(hours=30)
    part = contents(synthetic.pull(venue(), Window(moment, moment + timedelta(minutes=1))))
    assert [name.split("-", 2)[2] for name in part] == ["before", "2026-03-03"]
    assert part == {name: whole[name] for name in part}


def test_days_hold_only_their_own_rows() -> None:
    _, first, second = synthetic.pull(venue(), None)
    edge = (START + timedelta(days=1)).replace(tzinfo=None)
    for rows in first.tables.values():
        assert max(rows["ts"].to_pylist()) < edge
    for rows in second.tables.values():
        assert min(rows["ts"].to_pylist()) >= edge


def test_every_row_fits_the_catalogue(tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    for batch in synthetic.pull(venue()):
        assert set(batch.tables) <= set(TABLES)
        assert lake.land(batch, START + timedelta(days=3)).quarantined == 0
    assert lake.span() is not None


def test_every_trade_has_two_orders_that_were_both_filled_by_its_quantity(
    week: duckdb.DuckDBPyConnection,
) -> None:
    sides = """
        with fills as (select trade_id, order_id, trader_id, side, instrument, quantity
                       from orders where event = 'fill'),
        expected as (
            select trade_id, buy_order_id as order_id, buyer_id as trader_id, 'buy' as side,
                instrument, quantity from trades where not is_block
            union all
            select trade_id, sell_order_id, seller_id, 'sell', instrument, quantity from trades
            where not is_block)
    """
    assert not strays(week, f"{sides} (from fills except all from expected)")
    assert not strays(week, f"{sides} (from expected except all from fills)")


def test_what_remains_of_an_order_is_what_was_not_filled(week: duckdb.DuckDBPyConnection) -> None:
    changes = """
        select *, lag(remaining) over (partition by order_id order by seq) as before,
            first(event) over (partition by order_id order by seq) as first_event,
            lag(event) over (partition by order_id order by seq) as last_event
        from orders
    """
    wrong = """
        first_event <> 'new' or remaining < 0
        or (event = 'new' and (before is not null or remaining <> quantity))
        or (event = 'fill' and remaining <> before - quantity)
        or (event in ('cancel', 'expire') and (before <= 0 or remaining <> 0))
        or last_event in ('cancel', 'expire') or (before = 0 and last_event = 'fill')
    """
    assert not strays(week, f"select order_id, event from ({changes}) where {wrong}")


def test_nobody_trades_worse_than_their_limit(week: duckdb.DuckDBPyConnection) -> None:
    sql = """
        select t.trade_id from trades t join orders o on o.trade_id = t.trade_id
        where (o.side = 'buy' and t.price > o.price) or (o.side = 'sell' and t.price < o.price)
    """
    assert not strays(week, sql)


def test_prices_stand_on_ticks_and_quantities_on_lots(week: duckdb.DuckDBPyConnection) -> None:
    for table in ("orders", "trades", "book"):
        sql = f"select * from {table} join instruments using (instrument) "
        assert not strays(week, f"{sql} where price % tick <> 0 or quantity % lot <> 0")


def test_sequence_numbers_follow_time_without_gaps(week: duckdb.DuckDBPyConnection) -> None:
    steps = "select seq - lag(seq) over (order by ts, seq) as step, seq from {}"
    for table in ("orders", "transfers", "logins"):
        assert not strays(week, f"from ({steps.format(table)}) where step <> 1")
    assert not strays(week, f"from ({steps.format('trades')}) where step <= 0")


def test_every_label_names_something_that_happened(week: duckdb.DuckDBPyConnection) -> None:
    sql = """
        select * from labels where not case "table"
            when 'orders' then (id, trader_id) in (select (order_id, trader_id) from orders)
            when 'transfers' then
                (id, trader_id) in (select (transfer_id, trader_id) from transfers)
            when 'liquidations' then
                (id, trader_id) in (select (liquidation_id, trader_id) from liquidations)
            when 'rfqs' then id in (select rfq_id from rfqs)
            when 'swaps' then (id, trader_id) in (select (tx_hash, trader_id) from swaps)
            when 'accounts' then id = trader_id and id in (select trader_id from accounts)
            when 'trades' then (id, trader_id) in (
                select (trade_id, buyer_id) from trades
                union all select (trade_id, seller_id) from trades)
        end
    """
    assert not strays(week, sql)
    labelled = week.execute("select distinct typology from labels").fetchall()
    assert TYPOLOGIES - {typology for (typology,) in labelled} <= SLOW
    assert {typology for (typology,) in labelled} <= TYPOLOGIES


def test_an_honest_venue_has_no_labels_and_only_a_firm_s_desks_meet_by_chance() -> None:
    honest = venue(abuse=False)
    assert synthetic.labels(honest).num_rows == 0
    simulation = simulate(honest.settings(synthetic.Keys))
    with duckdb.connect() as connection:
        connection.register("trades", simulation.during["trades"])
        connection.register("accounts", simulation.before["accounts"])
        connection.register("kinds", simulation.kinds)
        sql = """
            select trade_id from trades
            join accounts b on b.trader_id = buyer_id join accounts s on s.trader_id = seller_id
            join kinds k on k.trader_id = buyer_id
            where b.owner_id = s.owner_id and k.kind <> 'desk'
        """
        assert not strays(connection, sql)


def test_hardly_anybody_but_those_blamed_for_it_trades_with_themselves(
    week: duckdb.DuckDBPyConnection,
) -> None:
    sql = """
        select count(*) from trades
        join accounts b on b.trader_id = buyer_id join accounts s on s.trader_id = seller_id
        where b.owner_id = s.owner_id and trade_id not in (select id from labels)
    """
    honest = week.execute(sql).fetchall()[0][0]
    blamed = "select count(*) from labels where typology = 'wash_trading' and \"table\" = 'trades'"
    assert honest < 0.25 * week.execute(blamed).fetchall()[0][0]


def test_spoofers_cancel_far_more_than_they_meant_to_trade(
    week: duckdb.DuckDBPyConnection,
) -> None:
    sql = """
        select sum(quantity) filter (event = 'cancel') > 5 * sum(quantity) filter (event = 'fill')
        from orders join (select distinct id from labels where typology = 'spoofing') l
            on l.id = order_id
        group by instrument
    """
    assert {row for (row,) in week.execute(sql).fetchall()} == {True}


def test_circles_leave_everybody_where_they_were(week: duckdb.DuckDBPyConnection) -> None:
    sql = """
        with legs as (
            select distinct buyer_id, seller_id, quantity, trade_id, instrument
            from trades join labels on id = trade_id and typology = 'circular_trades'),
        net as (
            select trader, instrument, sum(q) as net, sum(abs(q)) as gross from (
                select buyer_id as trader, instrument, quantity as q from legs
                union all select seller_id, instrument, -quantity from legs)
            group by all)
        select max(abs(net) / gross), count(*) from net
    """
    worst, members = week.execute(sql).fetchall()[0]
    assert worst < 0.1
    assert members == 7


def test_more_severity_is_more_abuse() -> None:
    levels = (venue(days=1, severity=level) for level in ("0.1", "1.0"))
    mild, bad = (synthetic.labels(level).num_rows for level in levels)
    assert bad > 1.5 * mild


def test_an_unknown_setting_is_named_with_its_line() -> None:
    with pytest.raises(VenueError, match=r"venue:5:1: colour: expected a key"):
        venue(colour="red")


def test_the_shipped_venue_file_fits_and_its_label_queries_are_in_the_language() -> None:
    shipped = load(VENUE)
    assert shipped.settings(synthetic.Keys).days == 7
    assert shipped.labels is not None
    truth = dict.fromkeys(("typology", "table", "id", "trader_id"), "VARCHAR")
    relations = {"labels": truth} | {name: table.schema for name, table in TABLES.items()}
    for typology in shipped.labels.typologies:
        for text in (typology.universe, typology.positives):
            assert len(language.query(text, relations).columns) == 1


def test_the_book_made_again_of_its_messages_is_the_book_it_publishes(
    week: duckdb.DuckDBPyConnection,
) -> None:
    """Best price and quantity of both sides, each time that the venue published them."""
    columns = ", ".join(name for name in Message._fields if name != "order_key")
    select = f"select instrument, {columns}, order_id from orders order by instrument, seq"
    seen = "select instrument, seq, ts, side, price, quantity from book where level = 0"
    rows = week.sql(f"{seen} order by all").fetchall()
    quotes = {name: list(theirs)[::-1] for name, theirs in groupby(rows, itemgetter(0))}
    compared = 0
    for instrument, messages in groupby(week.sql(select).fetchall(), itemgetter(0)):
        ladder, waiting, last = Ladder(), quotes.get(instrument, []), None
        for message in (Message(*row[1:]) for row in messages):
            while waiting and waiting[-1][1] < message.seq:
                _, seq, at, side, price, quantity = waiting.pop()
                # Within a match the venue publishes while the order that came in is in no book.
                if at == message.ts or (last and (last.ts, last.event) == (at, "cancel")):
                    continue
                (best,) = ladder.prices(side, 1)
                shown = sum(order.shown for order in ladder.level(side, best))
                assert (seq, best, shown) == (seq, price, quantity)
                assert not ladder.is_crossed
                compared += 1
            ladder.apply(message)
            last = message
        assert ladder.unknown == 0
    assert compared > 1_000


def test_the_same_settings_give_the_same_bytes() -> None:
    day = venue(days=1)
    first, truth = contents(synthetic.pull(day)), serialised(synthetic.labels(day))
    simulate.cache_clear()
    assert contents(synthetic.pull(day)) == first
    assert serialised(synthetic.labels(day)) == truth
