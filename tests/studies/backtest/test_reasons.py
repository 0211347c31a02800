"""Every alert that two versions see differently has its reason, and the reason is the right one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from surveillance.activity.sample import START
from surveillance.detection.anomaly import Peers
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.rules.book import Entry
from surveillance.studies.backtest.changes import Change, changes
from surveillance.studies.backtest.reasons import Crossing, figure
from tests.given.settings import BURSTS, buys, edited, empty, opened

MORNING = Window(START, START + timedelta(hours=3))
TRADERS = buys(A=3, B=5, C=8)
PAIRS = """
  sequence:
    - first: {from: fills}
    - again: {from: fills, within: 30m, where: again.side = first.side and again.notional >= $size}
  by: [trader_id]
  per: first
  measure: {others: count(*)}
  require:
    others: ">= $least"
  at_least: 2
score:
  others: {from: 0, to: $least}
evidence: {trades: "first, again"}
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = empty(tmp_path_factory.mktemp("place"))
    yield installation
    installation.engine.dispose()


def compared(
    place: Installation, old: Entry, new: Entry, peers: Peers | None = None
) -> dict[str, Change]:
    """Return what differs between two versions, by trader."""
    with opened(place, TRADERS, MORNING, old, peers) as setting:
        before, after = setting.verdict(old), setting.verdict(new)
        differ = changes(setting, old, new, before.hits, after.hits)
    assert len({change.subject for change in differ}) == len(differ)
    return {change.subject: change for change in differ}


def pairs(*replaced: tuple[str, str]) -> Entry:
    head = BURSTS[: BURSTS.index("detect:") + len("detect:")]
    text = (head + PAIRS).replace("worth: {value: 150", "size: {value: 50")
    return edited(("unit: USD, source: test, segments: {whale: 320}", "unit: USD, source: test"),
                  *replaced, text=text)  # fmt: skip


def test_a_raised_threshold_loses_exactly_what_lies_between_and_each_says_so(
    place: Installation,
) -> None:
    differ = compared(place, edited(), edited(("value: 3", "value: 6")))

    kinds = {name: change.kind for name, change in differ.items()}
    assert kinds == {"A": "lost", "B": "lost", "C": "changed"}
    assert differ["A"].reasons == ("trades 3 is below $least 6 (3 in force)",)
    assert differ["B"].reasons == ("trades 5 is below $least 6 (3 in force)",)
    assert differ["B"].crossings == (Crossing("trades", 5, "$least", 6, 3),)


def test_a_lowered_threshold_gains_with_the_line_that_stood_in_the_way(
    place: Installation,
) -> None:
    differ = compared(place, edited(("value: 3", "value: 6")), edited())

    assert (differ["A"].kind, differ["A"].before, differ["A"].after) == ("gained", None, 75.0)
    assert differ["A"].reasons == ("in force: trades 3 is below $least 6 (3 as studied)",)


def test_what_stays_and_scores_otherwise_names_what_it_is_graded_by(place: Installation) -> None:
    change = compared(place, edited(), edited(("2 * $least", "4 * $least")))["C"]

    assert change.kind == "changed"
    assert change.reasons[0] == "score 100 became 83.33"
    assert change.reasons[1] == "the score of trades is written otherwise in force"


def test_what_fires_stays_an_alert_however_little_it_scores(place: Installation) -> None:
    differ = compared(place, edited(), edited(("2 * $least", "100 * $least")))

    assert (differ["A"].kind, differ["A"].before, differ["A"].after) == ("changed", 75.0, 50.5)


def test_what_is_no_candidate_any_more_names_what_decides_about_candidates(
    place: Installation,
) -> None:
    differ = compared(place, edited(), edited(("value: buy", "value: none")))

    assert differ["A"].reasons == ("no candidate: $side is none (buy in force), in the where",)


def test_of_alternatives_none_of_which_holds_all_are_named(place: Installation) -> None:
    differ = compared(place, edited(), edited(("value: 150", "value: 400")))

    assert differ["A"].reasons == (
        "no way in: worth 300 is below $worth 400 (150 in force); worth 300 is not below 0",
    )


def test_the_line_of_the_segment_is_the_one_that_is_told(place: Installation) -> None:
    peers = Peers({"A": "whale"})
    stricter = edited(("whale: 320", "whale: 900"))
    looser = edited(("whale: 320", "whale: 200"))
    differ = compared(place, looser, stricter, peers)

    assert list(differ) == ["A"]
    assert differ["A"].segment == "whale"
    assert "worth 300 is below $worth 900 (200 in force)" in differ["A"].reasons[0]


def test_a_sequence_is_explained_in_the_hop_in_which_it_is_counted(place: Installation) -> None:
    lost = compared(place, pairs(), pairs(("least: {value: 3", "least: {value: 6")))
    assert lost["B"].kind == "lost"
    assert lost["B"].reasons == ("others 5 is below $least 6 (3 in force)",)


def test_a_sequence_that_happens_too_seldom_says_how_often_it_takes(place: Installation) -> None:
    lost = compared(place, pairs(), pairs(("at_least: 2", "at_least: 4")))
    reason = "fires, but fewer than the 4 times in 1h it takes; of the others, "
    assert lost["B"].reasons == (reason + "others 2 is below $least 3",)


def test_a_step_that_asks_for_more_is_named(place: Installation) -> None:
    lost = compared(place, pairs(), pairs(("size: {value: 50", "size: {value: 500")))
    reason = "no candidate: $size is 500 (50 in force), in the where of step again"
    assert lost["B"].reasons == (reason,)


def test_the_same_version_differs_in_nothing(place: Installation) -> None:
    assert compared(place, edited(), edited()) == {}


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "unknown"), (3, "3"), (6.2, "6.2"), (0.00001234567, "0.0000123457"),
        (1234567.5, "1,234,567.5"), ("550.5600", "550.56"), (10000, "10,000"), ("buy", "buy"),
        (True, "True"), (float("inf"), "inf"),
    ],
)  # fmt: skip
def test_a_figure_is_short_and_loses_no_scale(value: object, written: str) -> None:
    assert figure(value) == written
