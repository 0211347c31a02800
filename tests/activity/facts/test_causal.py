"""What happens later changes no fact about what was before, but for what came of it.

A simulated day is cut at both ends. What a fact says between the cuts is what it says of the whole
day: from its reach after the first cut on, until as long before the second as it looks ahead, or of
what is settled by then where a row says when that is.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from surveillance.activity.asking import SETTLED, Use
from surveillance.activity.demand import asked
from surveillance.activity.facts import facts, reach_of
from surveillance.activity.kept.keeping import ahead
from surveillance.activity.lake import Lake
from surveillance.activity.lake.rows import moment
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.model import Window
from tests.given.depth import deep
from tests.given.installations import DAY, LATER

WHOLE = Window(DAY, DAY + timedelta(hours=8))
CUTS = [(0, 247), (61, 400), (0, 31), (30, 479), (200, 300)]
"""Minutes after the beginning of the day."""
HALF = timedelta(hours=4)
TIMED = [name for name, each in facts().items() if each.TABLE.time]
NARROWED = [name for name in TIMED if SETTLED in getattr(facts()[name], "NARROWED", ())]
AHEAD = {
    "exposures": (timedelta(days=1), "what was held at the end of the day that began then"),
    "option_values": (timedelta(days=1), "marks of the day that began then"),
    "strategies": (timedelta(days=1), "what was held at the end of the day that began then"),
    "client_orders": (timedelta(days=1), "what came to trade of an order, however late"),
    "hands": (timedelta(days=1), "that anything was held on the day that began then"),
    "price_swings": (timedelta(hours=3), "how far a price came back within two hours"),
    "shadowing": (timedelta(days=1), "moves of the day that began then"),
}
"""How far ahead of their own time rows of other facts than those that are kept by day look, and for
what."""
OVER = {"order_life": "end_reason <> 'fill'"}
"""Facts of which a row grows until it is over, and when that is: what is filled may be raised."""


@pytest.fixture(scope="module")
def whole(day_lake: Lake) -> Iterator[View]:
    """The day, uncut."""
    with day_lake.view(WHOLE, LATER, None, 1) as view:
        yield view


@pytest.fixture(scope="module", params=CUTS[: deep(1, len(CUTS))], ids=str)
def part(request: pytest.FixtureRequest, day_lake: Lake) -> Iterator[View]:
    """The day, cut at both ends; what one fact has made there another need not make again."""
    start, end = (DAY + timedelta(minutes=minutes) for minutes in request.param)
    with day_lake.view(Window(start, end), LATER, None, 1) as view:
        yield view


@pytest.mark.deep
@pytest.mark.parametrize("name", TIMED)
def test_a_fact_of_a_day_that_is_cut_is_that_of_the_whole_day(
    whole: View, part: View, name: str
) -> None:
    start, end = part.window.start, part.window.end
    since = start if start == WHOLE.start else start + reach_of([name])
    until = end - (ahead(name) or AHEAD.get(name, (timedelta(0), ""))[0])
    time = facts()[name].TABLE.time
    known = "settled_at" if "settled_at" in facts()[name].TABLE.schema else time
    settled = (
        f'select * from "{name}" where {time} >= {moment(since)} and {known} < {moment(until)}'
    )
    prepare(whole.connection, [name])
    prepare(part.connection, [name])
    over = f" and {OVER[name]}" if name in OVER else ""
    part.connection.register("whole_day", whole.arrow(settled))
    lost = "" if over else f"select * from whole_day except all ({settled})"
    more = f"({settled}{over}) except all select * from whole_day"
    assert part.arrow(more).to_pylist() == []
    assert not lost or part.arrow(lost).to_pylist() == []


@pytest.mark.deep
@pytest.mark.parametrize("name", [name for name in TIMED if reach_of([name], worth=False) < HALF])
def test_a_fact_made_of_activity_since_its_reach_before_a_moment_is_that_of_the_whole_day(
    whole: View, day_lake: Lake, name: str
) -> None:
    since = WHOLE.start + HALF
    first = since + reach_of([name], worth=False)
    later = f'select * from "{name}" where {facts()[name].TABLE.time} >= {moment(first)}'
    prepare(whole.connection, [name])
    with day_lake.view(WHOLE, LATER, None, 1) as part:
        prepare(part.connection, [name], asked([Use(frozenset([name]), since=since)]))
        part.connection.register("whole_day", whole.arrow(later))
        assert part.arrow(f"from whole_day except all ({later})").to_pylist() == []
        assert part.arrow(f"({later}) except all from whole_day").to_pylist() == []


@pytest.mark.parametrize("minutes", [120, 465])
@pytest.mark.parametrize("name", NARROWED)
def test_a_fact_made_of_rows_that_are_settled_since_a_moment_has_all_of_those(
    whole: View, day_lake: Lake, name: str, minutes: int
) -> None:
    since = WHOLE.start + timedelta(minutes=minutes)
    settled = f'select * from "{name}" where {SETTLED} >= {moment(since)} order by all'
    prepare(whole.connection, [name])
    with day_lake.view(WHOLE, LATER, None, 1) as part:
        prepare(part.connection, [name], asked([Use(frozenset([name]), settled=since)]))
        assert part.arrow(settled).equals(whole.arrow(settled))


def test_facts_that_look_ahead_are_facts() -> None:
    assert AHEAD.keys() | OVER.keys() <= set(TIMED)
