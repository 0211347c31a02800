"""The benchmark's promise at a tiny size: peers that share no code with us find exactly our hits.

Nothing is timed here.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import activity, costs, distance, figures, floor, ours, report, results
from benchmarks.flow import flow
from benchmarks.market import market
from benchmarks.peers import events, frames_pandas, sql
from benchmarks.plan import OURS, SHIPPED, STRANGE, Bench
from benchmarks.recipes import RECIPES
from benchmarks.variants import PLAIN
from tests.given.activities import shipped

MARKET = market()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny lake."""
    folder = tmp_path_factory.mktemp("lakes")
    activity.lake(folder, "tiny")
    return folder


def _asked(work: Path, rule: str, pack: str) -> dict[str, Any]:
    bench = Bench(work, Path("python"), 60)
    (ours_,) = bench.plain(rule, pack, "tiny", (OURS,))
    return dict(bench.peer("sql", rule, pack, "tiny").job) | dict(ours_.job)


@pytest.mark.parametrize("rule", PLAIN)
def test_peers_find_exactly_our_hits(work: Path, rule: str) -> None:
    job = _asked(work, rule, "loose")
    hits = ours.ready(job)()
    assert hits["hits"] > 0
    for peer in (sql, frames_pandas):
        theirs = peer.ready(job)()
        assert (theirs["hits"], theirs["digest"]) == (hits["hits"], hits["digest"])


def test_ten_rules_are_ten_of_ours_and_of_a_peer(work: Path) -> None:
    job = _asked(work, "ten", "ten")
    assert len(job["texts"]) == len(job["asks"]) == 10
    assert list(job["texts"]) == sorted(job["texts"])
    assert ours.ready(job)()["digest"] == sql.ready(job)()["digest"]


def test_one_message_at_a_time_finds_exactly_our_hits(work: Path) -> None:
    job = _asked(work, "pulled_bait", "loose") | {"engine": "python"}
    assert events.ready(job)()["digest"] == ours.ready(job)()["digest"]


def test_every_planted_act_is_found_and_seconds_are_told_by_rule_and_fact(work: Path) -> None:
    planted = json.loads((work / "tiny" / "made.json").read_text())["planted"]
    (case,) = Bench(work, Path("python"), 60).rulebook("tiny", (OURS,))
    answer = ours.ready(dict(case.job) | {"models": None})()
    assert {rule for rule, _ in planted} == set(SHIPPED)
    assert results.summary(answer, planted)["planted"] == [26, 26]
    assert {f"rule {rule}" for rule in SHIPPED} < set(answer["spent"])
    assert answer["spent"]["fact order_life"] > 0


def test_whoever_is_of_one_owner_meets_himself_only_where_that_is_planted() -> None:
    orders, trades = flow(np.random.default_rng(1), MARKET, 0, 3_600_000_000, 20_000)
    owners = MARKET.owners[orders.trader]
    assert len(trades.us) > 1_000
    assert not (owners[trades.buy] == owners[trades.sell]).any()


def test_the_same_recipe_gives_the_same_rows() -> None:
    (first, _), (again, _) = (next(activity.blocks(RECIPES["tiny"])) for _ in range(2))
    assert first == again


def test_orders_and_trades_agree() -> None:
    for tables, _ in activity.blocks(RECIPES["tiny"]):
        messages = tables["orders"].to_pylist()
        fills = [row for row in messages if row["event"] == "fill"]
        traded = {row["trade_id"]: row["quantity"] for row in tables["trades"].to_pylist()}
        assert len(fills) == 2 * len(traded)
        assert all(traded[row["trade_id"]] == row["quantity"] for row in fills)
        assert all(row["remaining"] >= 0 for row in messages)


def test_a_floor_is_known_for_every_shipped_rule_that_is_measured() -> None:
    measured = {*SHIPPED, *STRANGE}
    assert measured <= set(shipped().entries)
    assert set(floor.columns(measured)) == {"orders", "trades", "transfers"}


def test_a_planted_act_that_is_not_found_is_named() -> None:
    case = {"cpu": 1.0, "load": 0.1, "planted": [1, 2]}
    (wrong,) = results.differences({"cases": {"r/one/1M/kept": case}})
    assert "all 2 planted, was 1" in wrong


def test_a_second_counts_once_where_it_is_spent() -> None:
    moments = iter([0.0, 1.0, 4.0, 9.0])
    clock = costs.Clock(lambda: next(moments))
    inner = clock.counted(lambda: None, lambda: "inner")
    clock.counted(inner, lambda: "outer")()
    assert clock.spent == {"inner": 3.0, "outer": 6.0}


def test_an_aim_that_is_missed_is_told_with_what_the_time_went_to() -> None:
    cases = {
        f"rulebook/one/10M/{who}": {"cpu": cpu, "spent": {"fact baits": cpu / 2}}
        for who, cpu in (("floor", 1.0), ("made", 30.0), ("kept", 2.0))
    }
    of = figures.Figures({"cases": cases, "lakes": {"10M": {"rows": {"orders": 10_000_000}}}})
    told = list(distance.distance(of))
    assert [line for line in told if line.startswith("- ")] == [
        "- making the facts, keeping them and judging (10M): at most 25 × the floor, once: "
        "30.00 × (rulebook)"
    ]
    assert "| fact baits | 15.00 | 15.00 × | 1.00 | 1.00 × |" in told


def test_unequal_hits_are_named() -> None:
    case = {"cpu": 1.0, "load": 0.1}
    cases = {"r/one/1M/ours": case | {"digest": "a"}, "r/one/1M/sql": case | {"digest": "b"}}
    assert "expected equal hits" in results.differences({"cases": cases})[0]


def test_every_figure_has_the_stamp_of_what_it_was_measured_with() -> None:
    known = results.load(Path(report.__file__).parent / "results.json")
    stamps = {stamp["at"] for stamp in known["stamps"] if stamp["code"] and stamp["rules"]}
    assert {case["at"] for case in known["cases"].values()} <= stamps


def test_the_page_is_what_the_results_say() -> None:
    here = Path(report.__file__).parent
    known = results.load(here / "results.json")
    pictures = {path.name: path.read_text() for path in here.glob("*.svg")}
    for name, drawn in report.pictures(figures.Figures(known)).items():
        assert pictures[name] == drawn
    assert (here / "README.md").read_text() == report.page(figures.Figures(known))
