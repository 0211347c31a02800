"""The benchmark's promise at a tiny size: peers that share no code with us find exactly our hits.

Nothing is timed here.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import activity, figures, floor, ours, plan, report, results, variants
from benchmarks.peers import events, frames_pandas, sql
from benchmarks.plan import SHIPPED, STRANGE, Bench
from benchmarks.recipes import RECIPES
from benchmarks.variants import PLAIN
from tests.given.activities import shipped


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny lake."""
    folder = tmp_path_factory.mktemp("lakes")
    activity.lake(folder, "tiny")
    return folder


def _asked(work: Path, rule: str, pack: str) -> dict[str, Any]:
    bench = Bench(work, Path("python"), 60)
    ours_ = bench.ours(rule, pack, "tiny", do="detect", texts=variants.texts(rule, pack))
    return dict(bench.peer("sql", rule, pack, "tiny").job) | dict(ours_.job)


@pytest.mark.parametrize("rule", PLAIN)
def test_peers_find_exactly_our_hits(work: Path, rule: str) -> None:
    job = _asked(work, rule, "loose")
    hits = ours.ready(job)()
    assert hits["hits"] > 0
    for peer in (sql, frames_pandas):
        theirs = peer.ready(job)()
        assert (theirs["hits"], theirs["digest"]) == (hits["hits"], hits["digest"])


def test_thirty_rules_are_thirty_of_ours_and_of_a_peer(work: Path) -> None:
    job = _asked(work, "small_deposits", "thirty")
    assert len(job["texts"]) == len(job["parameters"]) == 30
    assert ours.ready(job)()["digest"] == sql.ready(job)()["digest"]


def test_one_message_at_a_time_finds_exactly_our_hits(work: Path) -> None:
    job = _asked(work, "pulled_bait", "loose") | {"engine": "python"}
    assert events.ready(job)()["digest"] == ours.ready(job)()["digest"]


KNOWN_LATER = {"structuring", "fan_in"}
"""What is judged days after, when it is known what left: this lake ends with its day."""


def test_every_planted_act_is_found(work: Path) -> None:
    lake = json.loads((work / "tiny" / "made.json").read_text())
    job = dict(plan.rulebook(Bench(work, Path("python"), 60), "tiny").job) | {"models": None}
    settled = [(rule, subject) for rule, subject in lake["planted"] if rule not in KNOWN_LATER]
    summary = results.summary(ours.ready(job)(), settled)
    assert {rule for rule, _ in lake["planted"]} == set(SHIPPED)
    assert summary["planted"] == [22, 22]


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
