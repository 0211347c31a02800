"""A rule that asks for too much says so, and nothing else changes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from surveillance.activity.bounds import Bounds, Exceeded, bounded, collected
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.sample import START, sample_view
from surveillance.canonical import canonical
from surveillance.config import load_settings
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect, try_examples
from surveillance.installation import open_installation
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Entry, Rulebook, read_rule
from surveillance.times import span

ROWS = 3_000
MORNING = Window(START, START + span("4h"))
SHORT = Bounds(seconds=1, memory_mb=512, spill_mb=0)

RULE = """
id: {id}
version: 1
title: Probe
risk: manipulation
typology: probing
severity: low
description: Looks.
law: [MAR 12]
false_positives: [Everybody]
limitations: [None]
runbook: Look.
needs: [trades]
lookback: 1h
detect:
  query: |
    {query}
  require:
    size: "> 0"
score: {{size: {{from: 0, to: 10}}}}
evidence: {{trades: ids}}
"""
HEAD = 'select {}.buyer_id as trader_id, {}.ts as started_at, {}.ts as "at"'.replace("{}", "a")
CALM = f"{HEAD}, count(*) as size, list(trade_id) as ids from trades a where seq < 5 group by all"
SLOW = (
    f"{HEAD}, count(*) as size, list(distinct d.trade_id) as ids "
    "from trades a, trades b, trades c, trades d "
    "where a.seq + b.seq % 7 + c.seq % 11 + d.seq % 13 = 1 group by all"
)
LARGE = f"{HEAD}, count(*) as size, list(b.trade_id || c.trade_id) as ids " + (
    "from trades a, trades b, trades c group by all"
)
MANY = (
    f"{HEAD}, a.seq * b.seq as size, [a.trade_id] as ids from trades a, trades b where b.seq < 100"
)
OF_ORDERS = (
    CALM.replace("where seq < 5 ", "")
    .replace("from trades a", "from order_life a")
    .replace("buyer_id", "trader_id")
)
OF_ORDERS = OF_ORDERS.replace("trade_id)", "order_id)")


def rule(name: str, query: str) -> Entry:
    return read_rule(RULE.format(id=name, query=query), "rules/manipulation/test.yml")


@contextmanager
def busy(bounds: Bounds) -> Iterator[View]:
    """A view of a few thousand trades of one morning."""
    with sample_view({}, MORNING) as view:
        view.connection.execute(
            "insert into trades by name select 't' || range as trade_id, range as seq, 'X' as "
            "instrument, 'A' || range % 9 as buyer_id, 'B' as seller_id, 1 as price, "
            f"timestamp '2026-01-05' + to_microseconds(range) as ts from range({ROWS})"
        )
        view.bounds = bounds
        yield view


def judged(view: View, *entries: Entry) -> dict[str, Verdict]:
    book = Rulebook({entry.rule.id: entry for entry in entries})
    return {each.rule_id: each for each in detect(book, view, MORNING, Peers(), nobody)}


def nobody(entry: Entry, view: View, window: Window) -> Verdict:
    raise AssertionError("no rule here has a detector")


@pytest.mark.parametrize(
    ("query", "bounds", "reason"),
    [
        (SLOW, SHORT, "Exceeded: expected an answer within 1 s of work, was none"),
        (LARGE, Bounds(60, 512), "Exceeded: expected to get by with 512 MiB of memory, was more"),
        (MANY, Bounds(60), "Exceeded: expected at most 200000 rows, was more"),
        (MANY, Bounds(60, rows=10**8, result_mb=5), "Exceeded: expected at most 5 MB of rows"),
    ],
    ids=["time", "memory", "rows", "bytes"],
)
def test_a_rule_that_asks_for_too_much_says_error_and_the_others_go_on(
    query: str, bounds: Bounds, reason: str
) -> None:
    before, after = rule("a_before", CALM), rule("z_after", CALM)
    with busy(SHORT) as view:
        calm = judged(view, before, after)
    with busy(bounds) as view:
        verdicts = judged(view, before, rule("hungry", query), after)
    assert verdicts["hungry"].outcome is Outcome.ERROR
    assert verdicts["hungry"].reason.startswith(reason)
    assert verdicts["hungry"].hits == ()
    for name in ("a_before", "z_after"):
        assert verdicts[name].outcome is Outcome.HIT
        assert canonical(verdicts[name]) == canonical(calm[name])


def test_a_rule_is_stopped_soon_after_its_time() -> None:
    with busy(SHORT) as view:
        began = time.monotonic()
        judged(view, rule("slow", SLOW))
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("column", "times", "reason"),
    [
        ("cast('x' || a.range as bigint)", 1, "ConversionException"),
        ("a.range", 10**9, "Exceeded: expected an answer within 1 s of work, was none"),
    ],
    ids=["it fails", "it takes too long"],
)
def test_a_fact_that_cannot_be_made_fails_the_rules_that_need_it_and_no_other(
    column: str, times: int, reason: str
) -> None:
    of_orders = [rule("orders", OF_ORDERS), rule("orders_again", OF_ORDERS)]
    with busy(SHORT) as view:
        columns = view.connection.execute("describe orders").fetchall()
        values = {"seq": column, "ts": "timestamp '2026-01-05 01:00'", "event": "'new'"}
        filled = ", ".join(
            f"{values.get(name, f'cast(null as {kind})')} as {name}"
            for name, kind, *_ in columns
            if name != "order_id"
        )
        view.connection.execute("drop table orders")
        view.connection.execute(
            f"create view orders as select 'o' || a.range as order_id, {filled} "
            f"from range(1000) a, range({times}) b"
        )
        began = time.monotonic()
        verdicts = judged(view, *of_orders, rule("trades", CALM))
        assert time.monotonic() - began < 15
    for name in ("orders", "orders_again"):
        assert verdicts[name].outcome is Outcome.ERROR
        assert verdicts[name].reason.startswith(reason)
    assert verdicts["trades"].outcome is Outcome.HIT


def test_a_test_of_a_rule_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveillance.activity.sample._BOUNDS", SHORT)
    example = (
        "tests:\n  - name: many\n    expect: []\n"
        f"    given: {{trades: [{{at: 1s, times: {ROWS // 3}, apart: 1us, buyer_id: A}}]}}\n"
    )
    text = RULE.format(id="slow", query=SLOW) + example
    (tried,) = try_examples(read_rule(text, "rules/manipulation/slow.yml"))
    assert not tried.passed
    assert tried.message == "Exceeded: expected an answer within 1 s of work, was none"


ANOMALY = (
    RULE.split("detect:", maxsplit=1)[0].format(id="odd")
    + "every: 1h\n"
    + "detect:\n  anomaly: {detector: iforest, features: [volume], false_alerts: 100}\n"
)


@pytest.mark.parametrize("wrong", [MemoryError(), RecursionError("too deep"), ValueError("odd")])
def test_a_detector_that_fails_in_any_way_is_an_error_verdict(wrong: Exception) -> None:
    entry = read_rule(ANOMALY, "rules/manipulation/odd.yml")

    def failing(entry: Entry, view: View, window: Window) -> Verdict:
        raise wrong

    with busy(SHORT) as view:
        book = Rulebook({"calm": rule("calm", CALM), "odd": entry})
        calm, odd = detect(book, view, MORNING, Peers(), failing)
    assert (calm.outcome, odd.outcome) == (Outcome.HIT, Outcome.ERROR)


def within(
    bounds: Bounds, connection: duckdb.DuckDBPyConnection, sql: str, pause: float = 0
) -> None:
    with bounded(connection, bounds):
        time.sleep(pause)
        connection.execute(sql)


def test_a_connection_works_after_it_was_interrupted_in_the_middle_of_a_table() -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t as select range as n from range(100000)")
        endless = "create table u as select a.n from t a, t b where a.n + b.n % 7 = 1"
        with pytest.raises(Exceeded, match=r"within 0\.2 s of work"):
            within(Bounds(0.2), connection, endless)
        assert connection.execute("select count(*) from t").fetchall() == [(100000,)]
        assert connection.execute("show tables").fetchall() == [("t",)]


def test_what_nobody_waits_for_any_more_is_stopped_in_the_middle() -> None:
    looks = iter([True, True])
    unwanted = Bounds(60, is_wanted=lambda: next(looks, False))
    with duckdb.connect() as connection:
        connection.execute("create table t as select range as n from range(100000)")
        endless = "create table u as select a.n from t a, t b where a.n + b.n % 7 = 1"
        with pytest.raises(Exceeded, match="was nobody any more"):
            within(unwanted, connection, endless)


def test_time_in_which_nothing_works_does_not_count() -> None:
    with duckdb.connect() as connection:
        within(Bounds(0.2), connection, "select 1", pause=0.5)


def test_an_error_of_the_engine_within_its_time_stays_what_it_is() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.ConversionException):
        within(Bounds(60), connection, "select cast('x' as int)")


def test_what_is_few_enough_comes_as_it_was() -> None:
    with duckdb.connect() as connection:
        rows = collected(connection.sql("select range as n from range(25000)"), Bounds())
    assert rows.column("n").to_pylist() == list(range(25000))


def test_an_error_while_rows_come_is_the_engines() -> None:
    text = "select cast(case when range = 90000 then 'x' else '1' end as int) from range(100000)"
    wrong = pytest.raises(duckdb.Error, match="Could not convert string 'x'")
    with duckdb.connect() as connection, wrong:
        collected(connection.sql(text), Bounds())


def test_an_installation_bounds_its_lake(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home", rule_seconds=7, memory_mb=300)
    place = open_installation(settings)
    assert place.lake.bounds == Bounds(7, 300)
    with place.lake.view(MORNING, MORNING.end) as view:
        names = "('memory_limit', 'max_temp_directory_size')"
        asked = f"select name, value from duckdb_settings() where name in {names} order by name"
        bounds = dict(view.connection.execute(asked).fetchall())
        assert bounds == {"max_temp_directory_size": "19.5 GiB", "memory_limit": "300.0 MiB"}
        with pytest.raises(duckdb.Error, match="locked"):
            view.connection.execute("set memory_limit = '9GB'")
        assert view.narrow(MORNING).bounds == view.bounds == place.lake.bounds


def test_a_lake_has_bounds_without_being_told(tmp_path: Path) -> None:
    assert Lake(tmp_path / "lake").bounds.seconds == 300
