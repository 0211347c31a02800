"""Facts that were kept give the same verdicts as facts made anew, whatever happened in between."""

import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from surveillance.activity.asking import ALL, SETTLED
from surveillance.activity.batch import Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.facts import facts
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import KEPT
from surveillance.activity.preparing import made
from surveillance.activity.sample import START, latest, sample_view
from surveillance.detection import detect as detecting
from surveillance.detection import making
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Rulebook, load_rule, load_rulebook
from tests.given.activities import RULES, unfitted
from tests.given.depth import deep
from tests.given.installations import DAY, LATER

WHOLE = Window(DAY, DAY + timedelta(days=1))
NAMES = ("fleeting_orders", "marking_the_close", "prearranged_trades", "quote_stuffing")
EVEN_LATER = LATER + timedelta(hours=1)


class Judged(NamedTuple):
    """What rules said, and which facts were shown to them as they had been kept."""

    verdicts: tuple[Verdict, ...]
    shown: frozenset[str]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook({name: load_rule(RULES, name) for name in NAMES})


@pytest.fixture
def lake(day_lake: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(day_lake.root, tmp_path / "lake", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(day_lake.root / ".keyed", tmp_path / "lake")
    return Lake(tmp_path / "lake")


def judge(lake: Lake, book: Rulebook, *, keeps: bool = True, window: Window = WHOLE) -> Judged:
    with lake.view(window.back_to(book.reach), EVEN_LATER, None, 1, keeps=keeps) as view:
        verdicts = detect(book, view, window, Peers(), unfitted)
        return Judged(verdicts, frozenset(view.of_window))


def order(lake: Lake, at: timedelta, trader: str, number: str) -> None:
    """Land one more order of the day, late."""
    row = {
        "ts": (DAY + at).replace(tzinfo=None), "seq": 1, "instrument": "BTC-PERP",
        "trader_id": trader, "order_id": number, "event": "new", "side": "buy",
        "type": "limit", "price": "1", "quantity": "1",
    }  # fmt: skip
    table = pa.Table.from_pylist([row])
    assert lake.land(Batch("late", number, {"orders": table}), LATER).quarantined == 0


def changed(lake: Lake, chance: random.Random) -> pa.Table:
    """Return trades of the day as they come again: of another price, taken back, or twice."""
    with lake.view(WHOLE, EVEN_LATER, None, 1) as view:
        names = ", ".join(TABLES["trades"].sourced)
        rows = view.arrow(f"select {names} from trades order by ts, trade_id").to_pylist()
    picked = chance.sample(rows, 6)
    for row in picked[:2]:
        row["price"] += 1
    for row in picked[2:4]:
        row["withdrawn"] = True
    for row in picked[4:]:
        row["trade_id"] = f"{row['trade_id']}-again-{chance.random()}"
    return pa.Table.from_pylist([{k: v if v is None or k == "ts" else str(v)
                                  for k, v in row.items()} for row in picked])  # fmt: skip


def test_what_was_kept_gives_the_same_verdicts_and_is_not_made_again(
    lake: Lake, book: Rulebook
) -> None:
    anew, first, again = (judge(lake, book, keeps=keeps) for keeps in (False, True, True))
    assert anew.verdicts == first.verdicts == again.verdicts
    assert any(verdict.outcome is Outcome.HIT for verdict in anew.verdicts)
    assert (anew.shown, first.shown) == (frozenset(), frozenset())
    assert again.shown == {"closing_pushes", "fleeting_sides", "floods", "twin_orders"}


def test_a_second_look_at_a_window_makes_no_fact_and_says_the_same(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("fleeting_orders", "order_to_trade", "sanctioned_address")
    book = Rulebook({name: load_rule(RULES, name) for name in names})
    anew, first = (judge(lake, book, keeps=keeps).verdicts for keeps in (False, True))

    def refuse(*asked: object) -> None:
        raise AssertionError(f"expected no fact to be made, was {asked[1]}")

    monkeypatch.setattr(making, "prepare_one", refuse)
    assert anew == first == judge(lake, book).verdicts


def test_what_one_rulebook_has_kept_gives_another_the_same_verdicts(
    lake: Lake, book: Rulebook
) -> None:
    first, second = (Rulebook({name: book.entries[name]}) for name in NAMES[1:3])
    judge(lake, first)
    assert judge(lake, second).verdicts == judge(lake, second, keeps=False).verdicts
    assert judge(lake, first).verdicts == judge(lake, first, keeps=False).verdicts


def test_a_late_row_makes_its_day_anew_and_says_what_facts_without_files_say(
    lake: Lake, book: Rulebook
) -> None:
    judge(lake, book)
    order(lake, timedelta(hours=5), "TR-late", "late-1")
    assert judge(lake, book).shown == {"closing_pushes"}
    assert judge(lake, book).verdicts == judge(lake, book, keeps=False).verdicts


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(deep(1)))
def test_corrections_busts_and_late_copies_of_real_rows_change_kept_facts_as_they_do_others(
    lake: Lake, book: Rulebook, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a choice that can be made again
    for step in range(3):
        batch = Batch("late", f"{seed}-{step}", {"trades": changed(lake, chance)})
        assert lake.land(batch, LATER + timedelta(minutes=step)).quarantined == 0
        if chance.random() < 0.5:
            lake.pack(LATER + timedelta(minutes=step))
        assert judge(lake, book).verdicts == judge(lake, book, keeps=False).verdicts


@pytest.fixture(scope="module")
def narrowed() -> Rulebook:
    """The rules whose facts are made of fewer rows in a window that is shorter."""
    narrowed = {name for name, fact in facts().items() if SETTLED in getattr(fact, "NARROWED", ())}
    entries = load_rulebook(RULES).entries.items()
    return Rulebook({name: each for name, each in entries if each.compiled.tables <= narrowed})


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(deep(1)))
def test_a_tick_says_of_a_few_rows_of_a_fact_what_it_says_of_all(
    lake: Lake, narrowed: Rulebook, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a choice that can be made again
    batch = Batch("late", str(seed), {"trades": changed(lake, chance)})
    assert lake.land(batch, LATER).quarantined == 0
    day = judge(lake, narrowed, keeps=False).verdicts
    hits = [hit for verdict in day for hit in verdict.hits]
    ticks = [_quarter_of(hit.at) for hit in chance.sample(hits, 3)]
    few = [judge(lake, narrowed, window=tick).verdicts for tick in ticks]
    monkeypatch.setattr(making, "settled_since", lambda entry, window: ALL)
    monkeypatch.setattr(detecting, "has_candidate", lambda entry, view, window: True)
    assert few == [judge(lake, narrowed, window=tick).verdicts for tick in ticks]
    assert all(any(verdict.hits for verdict in verdicts) for verdicts in few)


def _quarter_of(at: datetime) -> Window:
    quarter = timedelta(minutes=15)
    start = at - (at - DAY) % quarter
    return Window(start, start + quarter)


def test_packing_files_makes_nothing_anew(lake: Lake, book: Rulebook) -> None:
    order(lake, timedelta(hours=5), "TR-late", "late-1")
    judge(lake, book)
    lake.pack(EVEN_LATER)
    assert judge(lake, book).shown == {"closing_pushes", "fleeting_sides", "floods", "twin_orders"}


def test_a_window_that_is_no_whole_day_is_judged_without_files(lake: Lake, book: Rulebook) -> None:
    judge(lake, book)
    part = Window(DAY + timedelta(hours=1), DAY + timedelta(hours=3))
    assert judge(lake, book, window=part).shown == frozenset()


@pytest.mark.parametrize(
    "name", ["circular_trades", "pass_through", "fan_in", "money_passing", "concealed_ownership"]
)
def test_a_fact_that_has_no_row_in_a_window_is_not_made_and_the_verdict_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = load_rule(RULES, name)
    fires = next(example for example in entry.rule.examples if example.expect)
    start = START + latest(fires.given) + timedelta(minutes=1)
    window = Window(start, start + timedelta(minutes=1))
    said, there = {}, {}
    for always in (False, True):
        if always:
            monkeypatch.setattr(making, "may_settle", lambda fact, view, window: True)
        with sample_view(fires.given, window.back_to(entry.reach)) as view:
            said[always] = detect(Rulebook({name: entry}), view, window, Peers(), unfitted)
            there[always] = entry.compiled.tables <= made(view.connection)
    assert said[False] == said[True]
    assert there == {False: False, True: True}


def test_a_file_that_was_changed_is_named_and_judged_by_nobody(lake: Lake, book: Rulebook) -> None:
    judge(lake, book)
    (file,) = (lake.root / KEPT).glob("floods-*/*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    (verdict,) = [v for v in judge(lake, book).verdicts if v.rule_id == "quote_stuffing"]
    assert verdict.outcome is Outcome.ERROR
    assert file.name in verdict.reason


def test_a_rulebook_that_reads_more_of_a_fact_is_not_shown_the_window_alone(
    lake: Lake, book: Rulebook
) -> None:
    judge(lake, book)
    with lake.view(WHOLE.back_to(book.reach), EVEN_LATER, None, 1, keeps=True) as view:
        detect(book, view, WHOLE, Peers(), unfitted)
        hours = Window(DAY, DAY + timedelta(hours=3))
        detect(book, view, hours, Peers(), unfitted)
        assert view.of_window == set()


def test_erasing_leaves_nothing_of_what_was_kept(lake: Lake, book: Rulebook) -> None:
    judge(lake, book)
    assert (lake.root / KEPT).is_dir()
    lake.erase(DAY, (), EVEN_LATER, lambda erased: None)
    assert not (lake.root / KEPT).exists()


def test_terms_that_are_said_anew_after_a_day_are_not_those_of_the_day_alone(
    lake: Lake, book: Rulebook
) -> None:
    later = {
        "ts": (DAY + timedelta(hours=30)).replace(tzinfo=None), "instrument": "BTC-PERP",
        "kind": "perpetual", "underlying": "XBT",
    }  # fmt: skip
    terms = Batch("late", "terms", {"instruments": pa.Table.from_pylist([later])})
    assert lake.land(terms, LATER).quarantined == 0
    judge(lake, book, window=Window(DAY, DAY + timedelta(days=2)))
    alone = judge(lake, book)
    assert alone.shown == {"floods"}
    assert alone.verdicts == judge(lake, book, keeps=False).verdicts


def test_terms_of_what_was_not_there_yet_change_nothing_that_was_kept(
    lake: Lake, book: Rulebook
) -> None:
    new = {
        "ts": (DAY + timedelta(hours=30)).replace(tzinfo=None), "instrument": "NEW-PERP",
        "kind": "perpetual", "underlying": "NEW",
    }  # fmt: skip
    terms = Batch("late", "terms", {"instruments": pa.Table.from_pylist([new])})
    assert lake.land(terms, LATER).quarantined == 0
    judge(lake, book, window=Window(DAY, DAY + timedelta(days=2)))
    assert judge(lake, book).shown == {"closing_pushes", "fleeting_sides", "floods", "twin_orders"}
