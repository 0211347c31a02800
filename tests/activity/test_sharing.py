"""Lives of orders that a wider view shares with a narrower one: as if made for it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from surveillance.activity.asking import Use
from surveillance.activity.demand import asked
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sharing import share
from surveillance.canonical import canonical
from surveillance.model import Window
from tests.given.activities import DAY

MORNING = DAY.day(0)
NINE, TEN = (MORNING.start + timedelta(hours=hour) for hour in (9, 10))
FEW = ("filled", "ended_at", "end_reason", "replaces")
LOOKING_BACK = ("usual", "notional")
"""Of others' orders, of its owner's, and by a rate: each known from before the order."""


@pytest.fixture(scope="module")
def wide(day_lake: Lake) -> Iterator[View]:
    """A simulated day whose orders are known whole."""
    with day_lake.view(MORNING, MORNING.end) as view:
        asks = asked([Use(frozenset(["order_life"]), frozenset((*LOOKING_BACK, *FEW)))])
        prepare(view.connection, ["order_life"], asks)
        view.asked |= asks
        yield view


def lives(wide: View, words: tuple[str, ...], is_shared: bool) -> tuple[list[str], int]:
    """Return the lives of orders in an hour, and how many of them were not shared."""
    asks = asked([Use(frozenset(["order_life"]), frozenset(words))])
    with wide.narrow(Window(NINE, TEN)) as cut:
        if is_shared:
            share(wide, cut, asks)
        fact_columns = "select 1 from duckdb_tables() where table_name = 'anew'"
        own = cut.arrow("select * from anew").num_rows if cut.arrow(fact_columns).num_rows else -1
        prepare(cut.connection, ["order_life"], asks)
        rows = cut.arrow("select * from order_life").to_pylist()
    return sorted(map(canonical, rows)), own


def test_a_narrower_view_is_shown_what_it_would_have_made_itself(wide: View) -> None:
    shared, own = lives(wide, FEW, is_shared=True)
    assert shared == lives(wide, FEW, is_shared=False)[0]
    assert len(shared) > own > 0


@pytest.mark.parametrize("column", LOOKING_BACK)
def test_a_column_that_looks_back_is_never_shared(wide: View, column: str) -> None:
    shared, own = lives(wide, (column, *FEW), is_shared=True)
    assert own == -1
    assert shared == lives(wide, (column, *FEW), is_shared=False)[0]


def test_a_column_that_nobody_asked_of_the_wider_view_is_not_taken_from_it(wide: View) -> None:
    assert lives(wide, (*FEW, "level"), is_shared=True)[1] == -1
