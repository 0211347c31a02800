"""A rule is judged over no more than it looks back on, and finds there what it finds anywhere."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from surveillance.activity.lake.view import View
from surveillance.activity.sample import START, sample_view
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.detection.making import whole
from surveillance.detection.reach import by_view
from surveillance.model import Window
from surveillance.rules.book import Rulebook, read_rule
from tests.given.activities import BURSTS, Rows, hits_in, unfitted

HOUR = timedelta(hours=1)
LAST = Window(START + 96 * HOUR, START + 100 * HOUR)
"""Four hours, after four days of trades."""
TRADES: Rows = {
    "trades": [
        {"at": f"{hour}h", "trade_id": f"t{hour}", "buyer_id": "A", "seller_id": "B", "seq": hour}
        for hour in range(100)
    ]
}


def rulebook() -> Rulebook:
    """Return a rule of hours, one of days, and one that asks other columns of the same fact."""
    far = BURSTS.replace("id: bursts", "id: far").replace("lookback: 2h", "lookback: 90h")
    lone = far.replace("id: far", "id: lone").replace("count(*)", "count(counterparty_id)")
    entries = [read_rule(text, "rules/manipulation/test.yml") for text in (BURSTS, far, lone)]
    return Rulebook({entry.rule.id: entry for entry in entries})


@pytest.fixture(scope="module")
def view() -> Iterator[View]:
    with sample_view(TRADES, LAST.back_to(rulebook().reach)) as view:
        yield view


def test_who_looks_back_hours_is_not_judged_over_days(view: View) -> None:
    windows = {name: near.window for near, part in by_view(rulebook(), view, LAST)
               for name in part.entries}  # fmt: skip
    assert windows["bursts"].start > LAST.start - timedelta(days=2)
    assert windows["far"] == windows["lone"] == view.window


def test_rules_whose_views_differ_find_what_each_finds_alone(view: View) -> None:
    book = rulebook()
    alone: Counter[str] = Counter()
    for name, entry in book.entries.items():
        with sample_view(TRADES, LAST.back_to(entry.reach)) as own:
            found = hits_in(detect(Rulebook({name: entry}), own, LAST, Peers(), unfitted))
        assert found
        alone += found
    assert hits_in(detect(book, view, LAST, Peers(), unfitted)) == alone


@pytest.mark.parametrize("is_judged", [True, False], ids=["a rule", "a dossier"])
def test_facts_are_made_of_what_a_rule_looks_back_on_and_anew_for_who_looks_further(
    is_judged: bool,
) -> None:
    near, far = (Rulebook({name: rulebook().entries[name]}) for name in ("bursts", "far"))
    made = []
    with sample_view(TRADES, LAST.back_to(50 * HOUR)) as view:
        for further in (False, True, False):
            if further and not is_judged:
                whole(view, ["fills"])
            else:
                detect(far if further else near, view, LAST, Peers(), unfitted)
            made.append(view.arrow("select distinct trade_id from fills").num_rows)
    assert made == [6, 54, 54]


def test_where_it_would_spare_little_the_view_stays_the_same(view: View) -> None:
    assert view.reaching(LAST.back_to(60 * HOUR)) is view
    assert view.reaching(LAST.back_to(10 * HOUR)) is view.reaching(LAST.back_to(10 * HOUR))
