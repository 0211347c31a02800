"""Facts whose rows are settled at certain moments alone, and windows that hold none of them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from surveillance.activity.asking import SETTLED
from surveillance.activity.facts import facts
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.activity.settling import may_settle
from surveillance.model import Window
from surveillance.rules.book import load_rule
from surveillance.rules.examples import window_of
from tests.given.activities import RULES

HOURLY, DAILY, ANY = "circles", "gatherings", "baits"
FOLLOWING = {
    "closing_pushes": "marking_the_close",
    "early_dealings": "insider_listing",
    "funding_pushes": "funding_manipulation",
    "joint_positions": "concealed_ownership",
}
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
READ_BY = {
    "access_days": "strange_access",
    "circles": "circular_trades",
    "dominant_positions": "squeeze",
    "followings": "unauthorised_copying",
    "gatherings": "fan_in",
    "meetings": "matched_orders",
    "order_ratios": "order_to_trade",
    "part_payments": "payment_in_parts",
    "passages": "pass_through",
    "passed_gains": "money_passing",
    "profile_days": "unlike_profile",
    "reunions": "scatter_gather",
    "risky_countries": "high_risk_jurisdiction",
    "scatterings": "fan_out",
    "self_crosses": "self_matched_trades",
    "split_sums": "structuring",
    "stale_identities": "expired_kyc",
    "tape_groups": "painting_the_tape",
    "tied_owners": "shared_identity",
    "volume_parts": "volume_share",
    "wide_spreads": "excessive_spread",
}


@pytest.fixture(scope="module")
def empty() -> Iterator[View]:
    with sample_view({}, window(timedelta(0), timedelta(days=2))) as view:
        yield view


def judged_by(name: str) -> str:
    """Return the column by which rows of a fact are judged."""
    table = facts()[name].TABLE
    return SETTLED if SETTLED in table.schema else table.time


def window(after: timedelta, length: timedelta) -> Window:
    return Window(START + after, START + after + length)


def test_a_window_holds_the_moment_of_the_hour_or_does_not(empty: View) -> None:
    assert may_settle(HOURLY, empty, window(0 * SECOND, 15 * MINUTE))
    assert may_settle(HOURLY, empty, window(20 * SECOND, SECOND))
    assert not may_settle(HOURLY, empty, window(0 * SECOND, 20 * SECOND))
    assert not may_settle(HOURLY, empty, window(15 * MINUTE, 45 * MINUTE))
    assert may_settle(HOURLY, empty, window(15 * MINUTE, 46 * MINUTE))


def test_what_is_settled_by_the_day_is_settled_in_the_window_that_begins_it(empty: View) -> None:
    assert may_settle(DAILY, empty, window(timedelta(0), MINUTE))
    assert not may_settle(DAILY, empty, window(MINUTE, timedelta(hours=23)))


def test_what_is_settled_at_any_time_may_be_in_every_window(empty: View) -> None:
    assert may_settle(ANY, empty, window(MINUTE, SECOND))


def test_what_follows_something_is_settled_in_the_window_so_long_after_it() -> None:
    marks = [{"at": "1h", "kind": kind} for kind in ("funding", "mark")]
    with sample_view({"marks": marks}, window(timedelta(0), timedelta(days=2))) as view:
        seven, eight = timedelta(hours=7), timedelta(hours=8)
        assert may_settle("funding_pushes", view, window(seven, SECOND))
        assert not may_settle("funding_pushes", view, window(seven + SECOND, eight))
        assert not may_settle("funding_pushes", view, window(timedelta(0), seven))
    with sample_view({"marks": marks[1:]}, window(timedelta(0), timedelta(days=2))) as view:
        assert not may_settle("funding_pushes", view, window(seven, SECOND))


def test_every_fact_that_says_when_it_settles_is_tried_below() -> None:
    assert {name for name, fact in facts().items() if hasattr(fact, "SETTLES")} == set(READ_BY)
    assert {name for name, fact in facts().items() if hasattr(fact, "FOLLOWS")} == set(FOLLOWING)


@pytest.mark.parametrize("name", FOLLOWING)
def test_rows_are_settled_so_long_after_what_their_fact_follows(name: str) -> None:
    entry = load_rule(RULES, FOLLOWING[name])
    fires = next(example for example in entry.rule.examples if example.expect)
    rows, after = getattr(facts()[name], "FOLLOWS")  # noqa: B009 - few facts have it
    with sample_view(fires.given, window_of(entry, fires).back_to(entry.reach)) as view:
        prepare(view.connection, [name])
        moments = view.arrow(f"select epoch_us({judged_by(name)}) as us from {name}")[
            "us"
        ].to_pylist()
        before = view.arrow(f"select epoch_us(ts) + {after} as us from {rows}")["us"].to_pylist()
    assert moments
    assert set(moments) <= set(before)


@pytest.mark.parametrize("name", READ_BY)
def test_rows_are_settled_when_their_fact_says(name: str) -> None:
    entry = load_rule(RULES, READ_BY[name])
    fires = next(example for example in entry.rule.examples if example.expect)
    view = sample_view(fires.given, window_of(entry, fires).back_to(entry.reach))
    period, after = getattr(facts()[name], "SETTLES")  # noqa: B009 - few facts have it
    with view:
        prepare(view.connection, [name])
        moments = view.arrow(f"select epoch_us({judged_by(name)}) as us from {name}")[
            "us"
        ].to_pylist()
    assert {moment % period for moment in moments} == {after % period}
