"""A rulebook over a view: four outcomes, and the same hits however a run is cut or counted."""

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.activity.lake import Lake
from surveillance.activity.sample import START, latest, sample_view
from surveillance.canonical import canonical
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect, try_examples
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Entry, Rulebook, load_rulebook, read_rule
from surveillance.rules.examples import window_of
from surveillance.rules.inline import Example
from surveillance.times import span
from tests.given.activities import (
    BURSTS,
    DAY,
    Rows,
    hits_in,
    judged,
    moved,
    pieces,
    plain,
    shipped,
    unfitted,
)
from tests.given.depth import deep, one_in

JUDGED = plain(shipped())
MICROSECOND = timedelta(microseconds=1)
KNOWN = DAY.day(0).end + timedelta(days=1)

TRADES: Rows = {
    "trades": [
        {"at": "10m", "trade_id": "t1", "buyer_id": "A", "seller_id": "B"},
        {"at": "20m", "trade_id": "t2", "buyer_id": "A", "seller_id": "C"},
        {"at": "70m", "trade_id": "t3", "buyer_id": "A", "seller_id": "B"},
    ]
}
MORNING = Window(START, START + timedelta(hours=4))


def book(*texts: str) -> Rulebook:
    entries = [read_rule(text, "rules/manipulation/test.yml") for text in texts]
    return Rulebook({entry.rule.id: entry for entry in entries})


# --- Four outcomes ---


def test_a_rule_that_fires_says_hit_with_everything_that_is_known_of_it() -> None:
    (verdict,) = judged(book(BURSTS), TRADES, MORNING)
    assert verdict.outcome is Outcome.HIT
    first, second = [hit for hit in verdict.hits if hit.trader_id == "A"]
    assert first.at == START + timedelta(hours=1) - MICROSECOND
    assert first.started_at == START + timedelta(minutes=10)
    assert first.evidence == {"trades": ("t1", "t2")}
    assert first.measures == {"trades": 2, "worth": "200", "mean": 100.0}
    assert first.thresholds == {"trades": 2, "worth": 150.0}
    assert (second.measures["trades"], second.score) == (3, 70.96)
    assert (first.subject, first.instrument) == ("A", "X")


def test_reasons_are_sentences_with_the_heaviest_first() -> None:
    (verdict,) = judged(book(BURSTS), TRADES, MORNING)
    assert verdict.hits[0].reasons == (
        "trades was 2; the line is 2 trades",
        "worth was 200; the line is 150 USD",
    )


def test_a_rule_that_does_not_fire_says_no_hit() -> None:
    quiet = BURSTS.replace("value: 2", "value: 20")
    (verdict,) = judged(book(quiet), TRADES, MORNING)
    assert (verdict.outcome, verdict.reason) == (Outcome.NO_HIT, "")


def test_a_near_miss_is_kept_below_the_line() -> None:
    quiet = BURSTS.replace('worth: ">= $worth"', 'worth: ">= 320"')
    (verdict,) = judged(book(quiet), TRADES, MORNING)
    assert verdict.outcome is Outcome.NO_HIT
    assert {hit.score for hit in verdict.hits} == {46.87}


def test_what_is_missing_is_named() -> None:
    (verdict,) = judged(book(BURSTS), {"orders": [{"at": "1s", "trader_id": "A"}]}, MORNING)
    assert (verdict.outcome, verdict.hits) == (Outcome.INSUFFICIENT_DATA, ())
    assert verdict.reason == "no trades.buyer_id in reach"


def test_a_column_without_a_value_is_missing_too() -> None:
    (verdict,) = judged(book(BURSTS), {"trades": [{"at": "1s", "seller_id": "A"}]}, MORNING)
    assert verdict.reason == "no trades.buyer_id in reach"


def test_what_lies_beyond_the_reach_of_the_rule_does_not_count_as_there() -> None:
    late = Window(START + timedelta(hours=4), START + timedelta(hours=5))
    long = BURSTS.replace("id: bursts", "id: long").replace("lookback: 2h", "lookback: 9h")
    for texts in ((BURSTS, long), (long, BURSTS)):
        outcomes = {each.rule_id: each.outcome for each in judged(book(*texts), TRADES, late)}
        assert outcomes == {"bursts": Outcome.INSUFFICIENT_DATA, "long": Outcome.NO_HIT}


def test_what_lies_within_a_short_reach_lies_within_a_longer_one() -> None:
    long = BURSTS.replace("id: bursts", "id: long").replace("lookback: 2h", "lookback: 9h")
    for texts in ((BURSTS, long), (long, BURSTS)):
        verdicts = judged(book(*texts), TRADES, MORNING)
        assert {verdict.outcome for verdict in verdicts} == {Outcome.HIT}


@pytest.mark.parametrize(
    ("first", "last", "outcome"),
    [(1, 59, Outcome.NO_HIT), (1, 60, Outcome.ERROR), (60, 119, Outcome.NO_HIT)],
)
def test_a_rule_is_asked_only_where_one_of_its_hops_ends(
    first: int, last: int, outcome: Outcome
) -> None:
    broken = BURSTS.replace("trades: count(*)", "trades: sum(cast(trader_id as bigint))")
    minutes = Window(START + timedelta(minutes=first), START + timedelta(minutes=last))
    (verdict,) = judged(book(broken), TRADES, minutes)
    assert verdict.outcome is outcome


def test_a_rule_that_raises_says_error_and_the_others_go_on() -> None:
    broken = BURSTS.replace("id: bursts", "id: broken").replace(
        "trades: count(*)", "trades: sum(cast(trader_id as bigint))"
    )
    wrong, right = judged(book(broken, BURSTS), TRADES, MORNING)
    assert (wrong.rule_id, wrong.outcome) == ("broken", Outcome.ERROR)
    assert wrong.reason.startswith("ConversionException: ")
    assert "\n" not in wrong.reason
    assert right.outcome is Outcome.HIT


def test_an_anomaly_rule_is_judged_by_whoever_knows_its_detector() -> None:
    verdicts = judged(shipped(), TRADES, MORNING)
    strange = [verdict for verdict in verdicts if verdict.rule_id not in JUDGED.entries]
    assert strange
    assert {verdict.outcome for verdict in strange} == {Outcome.INSUFFICIENT_DATA}


def test_every_rule_has_a_verdict_and_progress_names_each() -> None:
    seen: list[str] = []
    with sample_view({}, MORNING.back_to(shipped().reach)) as view:
        verdicts = detect(shipped(), view, MORNING, Peers(), unfitted, seen.append)
    assert seen == [verdict.rule_id for verdict in verdicts] == list(shipped().entries)
    assert {verdict.outcome for verdict in verdicts} == {Outcome.INSUFFICIENT_DATA}
    assert all(verdict.digest and verdict.version for verdict in verdicts)


# --- Segments ---


def test_a_threshold_may_differ_by_segment() -> None:
    whale = Peers(segments={"A": "whale"})
    (verdict,) = judged(book(BURSTS), TRADES, MORNING, whale)
    lines = {hit.trader_id: (hit.segment, hit.thresholds["worth"]) for hit in verdict.hits}
    assert lines == {"A": ("whale", 320.0), "B": ("", 150.0)}
    assert {hit.trader_id for hit in verdict.hits if hit.score >= 50} == {"B"}


def test_a_quantile_among_peers_never_falls_below_its_floor() -> None:
    relative = BURSTS.replace(
        "{value: 150, unit: USD, source: test, segments: {whale: 320}}",
        "{peer_quantile: 0.95, of: volume, floor: 150, unit: USD, source: test}",
    )
    for high, fires in ((320.0, False), (1.0, True)):
        peers = Peers({"A": "small"}, {"volume": {"small": {0.95: high}}})
        (verdict,) = judged(book(relative), TRADES, MORNING, peers)
        hits = [hit for hit in verdict.hits if hit.trader_id == "A"]
        assert {hit.thresholds["worth"] for hit in hits} == {max(high, 150)}
        assert any(hit.score >= 50 for hit in hits) is fires


def test_a_text_may_be_a_parameter() -> None:
    bought = BURSTS.replace("{value: 2, unit: trades", "{value: buy, unit: side")
    bought = bought.replace("{trades: count(*),", "{trades: count(*) filter (side = $trades),")
    bought = bought.replace('    trades: ">= $trades"\n', "").replace(
        "from: $trades, to", "from: 1, to"
    )
    (verdict,) = judged(book(bought), TRADES, MORNING)
    assert verdict.outcome is Outcome.HIT
    assert verdict.hits[0].thresholds["trades"] == "buy"


# --- The same hits, whatever the cut ---


def later_rows(activity: Rows, chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """Add rows that come later, such as another fill of an order that was judged already."""
    rows = {table: [dict(row) for row in of] for table, of in activity.items()}
    for table, of in activity.items():
        for row in of:
            if table not in ("orders", "trades", "transfers") or chance.random() < 0.6:
                continue
            late = span(str(row.get("at", "0s"))) + timedelta(seconds=chance.choice([7, 300, 4000]))
            added = {**row, "at": f"{late // MICROSECOND}us", "quantity": chance.choice([1, 2])}
            if table == "orders":
                added |= {"event": chance.choice(["fill", "cancel", "replace"]), "remaining": None}
            named = {"trades": "trade_id", "transfers": "transfer_id"}.get(table)
            if table == "transfers":
                added.pop("quantity")
            if named:
                added[named] = f"late-{len(rows[table])}"
                added.pop("times", None)
            rows[table].append(added)
    return rows


@pytest.mark.deep
@pytest.mark.parametrize("name", one_in(3, list(JUDGED.entries)))
@settings(max_examples=deep(1), deadline=None)
@given(st.data())
def test_however_a_run_is_cut_the_same_hits_are_found(name: str, data: st.DataObject) -> None:
    """Shift a rule's own tests over the edges of hops, add what came later, and cut at any time."""
    entry = JUDGED.entries[name]
    example = data.draw(st.sampled_from(entry.rule.examples))
    chance = random.Random(data.draw(st.integers(0, 2**32)))  # noqa: S311 - not a secret
    hop = span(entry.rule.every or "1h")
    early = timedelta(seconds=data.draw(st.integers(0, 900)))
    rows = moved(example.given, data.draw(st.sampled_from([timedelta(0), hop - early, early])))
    rows = later_rows(rows, chance) if data.draw(st.booleans()) else rows
    window = Window(START - hop, START + latest(rows) + entry.compiled.reach + 2 * hop)
    book, peers = Rulebook({name: entry}), Peers(example.segments)
    whole = judged(book, rows, window, peers)
    hits = [hit for verdict in whole for hit in verdict.hits]
    near = [START, START + latest(rows), *(hit.at for hit in hits)]
    after = [timedelta(0), MICROSECOND, -MICROSECOND, timedelta(seconds=8), hop]
    cuts = [
        chance.choice(near) + chance.choice(after)
        for _ in range(chance.randint(1, min(deep(1, 2), 4)))
    ]
    parts: Counter[str] = Counter()
    for part in pieces(window, cuts):
        parts += hits_in(judged(book, rows, part, peers))
    assert parts == hits_in(whole)


SOME = Rulebook({name: JUDGED.entries[name] for name in one_in(4, list(JUDGED.entries))})
"""Whose hits of the simulated day are looked for again, cut and counted in other ways."""


def of_rules(book: Rulebook, hits: Counter[str]) -> Counter[str]:
    return Counter(
        {hit: n for hit, n in hits.items() if json.loads(hit)["rule_id"] in book.entries}
    )


def of_some(hits: Counter[str]) -> Counter[str]:
    return of_rules(SOME, hits)


def verdicts_of(
    lake: Lake, window: Window, book: Rulebook, threads: int | None = None
) -> list[Verdict]:
    with lake.view(window.back_to(book.reach), KNOWN, threads=threads) as view:
        return list(detect(book, view, window, Peers(), unfitted))


def hits_of(lake: Lake, window: Window, book: Rulebook) -> Counter[str]:
    return hits_in(verdicts_of(lake, window, book))


@pytest.fixture(scope="module")
def verdicts(day_lake: Lake) -> list[Verdict]:
    """What two threads find in the day."""
    return verdicts_of(day_lake, DAY.day(0), JUDGED, threads=2)


@pytest.fixture(scope="module")
def whole(verdicts: list[Verdict]) -> Counter[str]:
    return hits_in(verdicts)


def test_a_simulated_day_has_something_to_find(whole: Counter[str]) -> None:
    assert len({json.loads(hit)["rule_id"] for hit in whole}) >= 6


@pytest.mark.deep
def test_a_simulated_day_gives_the_same_hits_in_pieces(day_lake: Lake, whole: Counter[str]) -> None:
    day, count = DAY.day(0), min(deep(1, 4), 12)
    every = timedelta(hours=23, minutes=17, seconds=0.25) / (count + 1)
    cuts = [day.start + n * every for n in range(1, count + 1)]
    parts = sum((hits_of(day_lake, part, SOME) for part in pieces(day, cuts)), Counter[str]())
    assert parts == of_some(whole)


@settings(max_examples=deep(1, 2), deadline=None)
@given(st.integers(0, 86_399), st.integers(0, 999_999))
def test_minutes_and_odd_moments_of_it_give_what_the_day_has_then(
    day_lake: Lake, whole: Counter[str], second: int, micro: int
) -> None:
    start = DAY.day(0).start + timedelta(seconds=second, microseconds=micro)
    part = Window(start, min(start + timedelta(minutes=1), DAY.day(0).end))
    assert hits_of(day_lake, part, SOME) == within(of_some(whole), part)


def within(hits: Counter[str], window: Window) -> Counter[str]:
    def at(hit: str) -> datetime:
        return datetime.fromisoformat(json.loads(hit)["at"])

    return Counter({hit: n for hit, n in hits.items() if window.start <= at(hit) < window.end})


# --- The same hits, whoever else is there and whoever counts ---


def test_hits_do_not_depend_on_which_other_rules_share_the_book(
    day_lake: Lake, whole: Counter[str]
) -> None:
    for name in ("spoofing", "self_matched_trades", "structuring"):
        book = Rulebook({name: JUDGED.entries[name]})
        assert hits_of(day_lake, DAY.day(0), book) == of_rules(book, whole)


@pytest.fixture(scope="module")
def single(day_lake: Lake) -> list[Verdict]:
    """What one thread finds in the day."""
    return verdicts_of(day_lake, DAY.day(0), SOME, threads=1)


def test_hits_do_not_depend_on_the_number_of_threads(
    single: list[Verdict], whole: Counter[str]
) -> None:
    assert hits_in(single) == of_some(whole)


def test_one_thread_and_two_give_the_same_verdicts_in_the_same_order(
    single: list[Verdict], verdicts: list[Verdict]
) -> None:
    assert canonical(single) == canonical([one for one in verdicts if one.rule_id in SOME.entries])


@pytest.mark.deep
@pytest.mark.parametrize("name", one_in(3, list(JUDGED.entries)))
def test_hits_do_not_depend_on_the_order_in_which_rows_were_inserted(name: str) -> None:
    entry = JUDGED.entries[name]
    example = entry.rule.examples[0]
    numbered = {
        table: [{"seq": 1000 + number, **row} for number, row in enumerate(rows)]
        if table in ("orders", "trades")
        else rows
        for table, rows in unrolled(example.given).items()
    }
    backwards = {table: rows[::-1] for table, rows in reversed(numbered.items())}
    window = window_of(entry, example)
    book = Rulebook({name: entry})
    first, second = (
        [canonical(verdict) for verdict in judged(book, rows, window, Peers(example.segments))]
        for rows in (numbered, backwards)
    )
    assert first == second


def unrolled(activity: Rows) -> dict[str, list[dict[str, Any]]]:
    """Give every row a name of its own, so that its name does not hang on its place."""
    rows: dict[str, list[dict[str, Any]]] = {}
    keys = {"orders": "order_id", "trades": "trade_id", "transfers": "transfer_id"}
    for table, of in activity.items():
        rows[table] = [
            {keys[table]: f"{table}-n{number}", **row}
            if table in keys and "times" not in row
            else dict(row)
            for number, row in enumerate(of)
        ]
    return rows


def test_no_two_hits_of_one_day_have_one_id(verdicts: list[Verdict]) -> None:
    ids = Counter(hit.id for verdict in verdicts for hit in verdict.hits)
    assert {name: n for name, n in ids.items() if n > 1} == {}


def test_the_inline_tests_of_a_rule_are_judged_as_a_run_would(tmp_path: Path) -> None:
    tests = """
tests:
  - name: two trades
    given: {trades: [{at: 1s, times: 2, apart: 1s, buyer_id: A}]}
    expect: [{trader_id: A, trades: 2}]
  - name: nobody
    given: {trades: [{at: 1s, buyer_id: A}]}
    expect: [{trader_id: A}]
  - name: a known gap
    known_gap: true
    given: {trades: [{at: 1s, buyer_id: A}]}
    expect: [{trader_id: A}]
  - name: a gap that is none
    known_gap: true
    given: {trades: [{at: 1s, times: 2, apart: 1s, buyer_id: A}]}
    expect: [{trader_id: A}]
  - name: more than expected
    given: {trades: [{at: 1s, times: 2, apart: 1s, buyer_id: A}]}
    expect: []
  - name: nothing to look at
    given: {logins: [{at: 1s, trader_id: A}]}
    expect: []
"""
    entry: Entry = read_rule(BURSTS + tests, tmp_path / "bursts.yml")
    results = {test.name: (test.passed, test.message) for test in try_examples(entry)}
    assert results["two trades"] == (True, "")
    assert results["nobody"][0] is False
    assert results["nobody"][1].startswith("expected a hit {'trader_id': 'A'}, was []")
    assert results["a known gap"][0] is True
    assert results["a gap that is none"] == (False, "expected a known gap, was found after all")
    assert results["more than expected"][1].startswith("expected 0 hits, was also [{")
    assert results["nothing to look at"] == (False, "no trades.buyer_id in reach")


def test_hits_of_one_subject_at_one_moment_become_one_with_the_evidence_of_all() -> None:
    rules = Path(__file__).parents[2] / "rules"
    entry = load_rulebook(rules).entries["structuring"]
    both = [
        {"at": "1h", "times": 4, "apart": "1m", "trader_id": "A", "usd": 9500,
         "transfer_id": "i{n}"},
        {"at": "70m", "times": 4, "apart": "1m", "trader_id": "A", "usd": 9500,
         "transfer_id": "o{n}", "direction": "out"},
    ]  # fmt: skip
    example = Example(name="both ways", given={"transfers": both}, expect=[])
    window = window_of(entry, example)
    book = Rulebook({"structuring": entry})
    with sample_view(example.given, window.back_to(entry.reach)) as view:
        (verdict,) = detect(book, view, window, Peers(), lambda *_: pytest.fail("no detector"))
    assert len({hit.id for hit in verdict.hits}) == len(verdict.hits)
    assert any(len(hit.evidence["transfers"]) == 8 for hit in verdict.hits)


def test_an_owner_who_changes_during_the_day_has_one_name_however_the_run_is_cut() -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        "accounts": [
            {"at": "-1d", "trader_id": "A1", "owner_id": "A"},
            {"at": "-1d", "trader_id": "A2", "owner_id": "A"},
            {"at": "5h", "trader_id": "A1", "owner_id": "B"},
            {"at": "5h", "trader_id": "A2", "owner_id": "B"},
        ],
        "trades": [
            {"at": "1h", "times": 4, "apart": "10m", "trade_id": "t{n}", "buyer_id": "A1",
             "seller_id": "A2", "quantity": 20},
        ],
    }  # fmt: skip
    rules = Path(__file__).parents[2] / "rules"
    entry = load_rulebook(rules).entries["self_matched_trades"]
    book = Rulebook({"self_matched_trades": entry})

    def found_in(start: int, end: int) -> list[str]:
        window = Window(START + timedelta(hours=start), START + timedelta(hours=end))
        with sample_view(rows, window.back_to(entry.reach)) as view:
            (verdict,) = detect(book, view, window, Peers(), lambda *_: pytest.fail("no detector"))
        return [hit.id for hit in verdict.hits]

    whole, edges = found_in(0, 24), [0, 2, 4, 5, 6, 12, 24]
    assert whole
    assert whole == [name for start, end in pairwise(edges) for name in found_in(start, end)]
