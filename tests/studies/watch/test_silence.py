"""How long a rule has been silent, and when that is unusual."""

from datetime import datetime

import pytest
from sqlmodel import Session

from surveillance.model import Outcome, Run, Verdict, Window
from surveillance.records.tables import RunMode
from surveillance.studies.watch.silence import Silence, silences
from tests.given.past import DAY, HOUR, START, days, judge


def silence(session: Session, end: datetime, rule: str = "r") -> Silence:
    verdict = Verdict(rule, 1, "", Outcome.NO_HIT)
    [rule_silence] = silences(session, Run("now", Window(end - HOUR, end), end, {}, (verdict,), ""))
    return rule_silence


@pytest.mark.parametrize("quiet", [4, 5])
def test_a_rule_that_hit_every_day_of_a_month_is_unusual_after_five_silent_days(
    session: Session, quiet: int
) -> None:
    days(session, "x" * 30 + "." * quiet)
    since = silence(session, START + (30 + quiet) * DAY)

    assert (since.hit_days, round(since.before), round(since.since)) == (30, 30, quiet)
    assert since.chance == pytest.approx((30 / (30 + quiet)) ** 30)
    assert since.is_unusual == (quiet == 5)


def test_a_rule_that_seldom_hits_may_be_silent_for_long(session: Session) -> None:
    days(session, "....x" * 2 + "." * 60)
    since = silence(session, START + 70 * DAY)

    assert (since.hit_days, round(since.since)) == (2, 60)
    assert not since.is_unusual


def test_a_rule_that_never_hit_has_no_rate(session: Session) -> None:
    days(session, "." * 40)
    assert silence(session, START + 40 * DAY) == Silence("r", 0, 0.0, 40.0)
    assert not silence(session, START + 40 * DAY).is_unusual


def test_only_days_on_which_the_rule_could_judge_count_as_silent(session: Session) -> None:
    days(session, "x" * 10 + "?" * 20 + " " * 20 + "..")
    assert round(silence(session, START + 52 * DAY).since) == 2


def test_a_rule_that_some_runs_did_not_have_was_not_silent_in_them(session: Session) -> None:
    days(session, "x" * 10 + "." * 10, "other")
    later = START + 15 * DAY
    judge(session, Window(later, later + 2 * DAY), {"r": Outcome.NO_HIT})

    assert silence(session, START + 20 * DAY).since == 2.0
    assert silence(session, START + 20 * DAY, "other").hit_days == 10


def test_time_judged_twice_counts_once(session: Session) -> None:
    days(session, "x...")
    judge(session, Window(START + 2 * DAY, START + 4 * DAY), {"r": Outcome.NO_HIT})
    assert round(silence(session, START + 4 * DAY).since) == 3


def test_many_hits_of_one_day_are_one_day_with_a_hit(session: Session) -> None:
    for hour in range(24):
        start = START + hour * HOUR
        judge(session, Window(start, start + HOUR), {"r": Outcome.HIT})
    assert silence(session, START + DAY).hit_days == 1


def test_a_run_over_many_days_tells_on_which_it_hit(session: Session) -> None:
    window = Window(START, START + 30 * DAY)
    judge(session, window, {"r": Outcome.HIT}, at=[START + n * 2 * DAY for n in range(5)])
    since = silence(session, window.end)

    assert (since.hit_days, since.before, since.since) == (5, 8.0, 22.0)


def test_what_rules_say_on_probation_is_not_their_past(session: Session) -> None:
    days(session, "x" * 5)
    for number in range(5, 9):
        start = START + number * DAY
        judge(session, Window(start, start + DAY), {"r": Outcome.HIT}, mode=RunMode.SHADOW)
    assert round(silence(session, START + 9 * DAY).since) == 0


def test_what_came_after_the_run_is_not_known_to_it(session: Session) -> None:
    days(session, "x" * 30 + "." * 9 + "x")
    assert silence(session, START + 39 * DAY).is_unusual
    assert not silence(session, START + 40 * DAY).is_unusual
