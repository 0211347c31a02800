"""What is asked of facts, and whether what was made for one who asks does for another."""

from dataclasses import replace
from datetime import timedelta

from surveillance.activity.asking import ALL, NOTHING, Ask, before
from surveillance.activity.sample import START

HOUR = timedelta(hours=1)
SOME = Ask(frozenset({"ts", "size"}), None, START)


def test_who_asks_for_less_is_served_by_what_was_made_for_more() -> None:
    assert SOME.covers(SOME)
    assert SOME.covers(NOTHING)
    assert SOME.covers(Ask(frozenset({"ts"}), frozenset({"size > 1"}), START + HOUR))


def test_who_asks_for_more_columns_rows_or_time_is_not() -> None:
    assert not SOME.covers(replace(SOME, columns=frozenset({"side"})))
    assert not replace(SOME, rows=frozenset({"size > 1"})).covers(SOME)
    assert not SOME.covers(replace(SOME, since=START - HOUR))
    assert not NOTHING.covers(SOME)


def test_two_together_ask_from_when_the_first_of_them_does() -> None:
    earlier = replace(SOME, since=START - HOUR)
    assert (SOME | earlier).since == earlier.since
    assert (SOME | NOTHING).since == START


def test_two_together_ask_for_what_was_settled_since_the_first_of_them_does() -> None:
    later = replace(SOME, settled=START + HOUR)
    assert (later | replace(SOME, settled=START)).settled == START
    assert (later | NOTHING).settled == later.settled
    assert SOME.covers(later)
    assert not later.covers(SOME)


def test_nothing_lies_before_all() -> None:
    assert before(START, HOUR) == START - HOUR
    assert before(ALL + HOUR, 2 * HOUR) == before(ALL, HOUR) == ALL
