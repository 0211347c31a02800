"""What a tick says with days of facts that were kept is what it says with none, whatever comes."""

import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from surveillance.activity.batch import Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.kept.keeping import by_day
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import KEPT
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.model import Outcome, Verdict, Window
from surveillance.rules.book import Rulebook, load_rule
from tests.given.activities import RULES, unfitted
from tests.given.depth import deep
from tests.given.installations import DAY, LATER, Once

EVEN_LATER = LATER + timedelta(hours=1)
HALF = timedelta(hours=12)
QUARTER = timedelta(minutes=15)
LANDED = ("accounts", "instruments", "logins", "marks", "orders", "trades", "transfers")
NAMES = ("cross_product_manipulation", "index_constituent_manipulation", "pinging")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook({name: load_rule(RULES, name) for name in NAMES})


@pytest.fixture(scope="module")
def two_days(day_lake: Lake, shared: Once) -> Lake:
    """The day half a day earlier, so that midnight comes in the middle of it; not to be changed."""

    def land(folder: Path) -> None:
        with day_lake.view(Window(DAY, DAY + 2 * HALF), LATER, None, 1) as view:
            earlier = {name: view.arrow(_earlier(name)) for name in LANDED if view.has(name)}
        assert Lake(folder / "lake").land(Batch("venue", "both", earlier), LATER).quarantined == 0

    return Lake(shared("two_days", land) / "lake")


def _earlier(name: str) -> str:
    table = TABLES[name]
    columns = ", ".join(table.sourced)
    return f"select * replace ({table.time} - interval 12 hour as {table.time}) from (select " \
        f"{columns} from {name})"  # fmt: skip


@pytest.fixture
def lake(two_days: Lake, tmp_path: Path) -> Lake:
    shutil.copytree(two_days.root, tmp_path / "lake", ignore=shutil.ignore_patterns(KEPT, ".lock"))
    return Lake(tmp_path / "lake")


def judge(lake: Lake, book: Rulebook, window: Window, *, keeps: bool = True) -> tuple[Verdict, ...]:
    with lake.view(window.back_to(book.reach), EVEN_LATER, None, 1, keeps=keeps) as view:
        return detect(book, view, window, Peers(), unfitted)


def quarter_of(at: datetime) -> Window:
    start = at - (at - DAY) % QUARTER
    return Window(start, start + QUARTER)


def late_trade(lake: Lake, at: datetime) -> None:
    """Land a trade of a time that is long over."""
    row = {
        "ts": at.replace(tzinfo=None), "seq": 1, "trade_id": "late", "instrument": "BTC-PERP",
        "price": "50000", "quantity": "3", "buyer_id": "late", "seller_id": "later",
    }  # fmt: skip
    late = Batch("late", "late", {"trades": pa.Table.from_pylist([row])})
    assert lake.land(late, LATER).quarantined == 0


def kept(lake: Lake) -> set[str]:
    return {file.name for file in (lake.root / KEPT).glob("*/*.parquet")}


def test_facts_whose_rows_stay_as_they_are_are_kept_by_day() -> None:
    assert all(map(by_day, ("prevailing", "usual_sizes", "fills", "drives")))


def test_a_fact_that_grows_until_an_order_is_over_is_not() -> None:
    assert not by_day("order_life")
    assert not by_day("client_orders")


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(deep(1)))
def test_ticks_say_with_days_that_are_kept_what_they_say_with_none(
    lake: Lake, book: Rulebook, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a choice that can be made again
    today = judge(lake, book, Window(DAY, DAY + HALF), keeps=False)
    hits = [hit for verdict in today for hit in verdict.hits]
    tick = quarter_of(chance.choice(hits).at)
    none = judge(lake, book, tick, keeps=False)
    assert any(verdict.hits for verdict in none)
    assert [judge(lake, book, tick) for _ in range(2)] == [none, none]
    before = kept(lake)
    late_trade(lake, DAY - timedelta(minutes=chance.randrange(1, 300)))
    assert judge(lake, book, tick) == judge(lake, book, tick, keeps=False)
    assert kept(lake) > before


def test_a_day_is_kept_once_and_one_that_was_changed_is_named_by_those_rules_that_need_it(
    lake: Lake, book: Rulebook
) -> None:
    tick = Window(DAY + HALF / 2, DAY + HALF / 2 + QUARTER)
    judge(lake, book, tick)
    before = kept(lake)
    assert {name.partition("-")[0] for name in before} == {f"{DAY - timedelta(days=1):%Y%m%d}"}
    (file,) = (lake.root / KEPT).glob("drives-*/*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    verdicts = judge(lake, book, Window(tick.end, tick.end + QUARTER))
    wrong = {verdict.rule_id for verdict in verdicts if verdict.outcome is Outcome.ERROR}
    assert wrong == {"cross_product_manipulation"}
    assert kept(lake) == before
