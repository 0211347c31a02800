"""What a measure says of disguises, of honest twins, of the clean in all, and of the score."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from surveillance.activity.sources.synthetic import Twin
from surveillance.records.measures import RuleCount
from surveillance.studies.intervals import poisson_upper
from surveillance.studies.measure.conduct import conduct, ranking
from surveillance.studies.measure.count import count_run
from surveillance.studies.measure.week import Week
from tests.given import measures
from tests.studies.measure.test_measure import BOOK, TRUTH, alert, run

MINUTES = timedelta(minutes=5), timedelta(minutes=15)
WORN = replace(TRUTH.acts[0], disguise="late")
TWINS = (Twin("maker", "structuring", "it makes a market"), Twin("saver", "fan_in", "it saves"))


def scored(right: list[float], wrong: list[float], near: list[float]) -> RuleCount:
    count = measures.rule("spoofing", 0, 0, 0)
    count["scores"] = {"right": right, "wrong": wrong, "near": near}
    return count


def test_acts_and_those_detected_are_counted_by_disguise() -> None:
    truth = replace(TRUTH, acts=(WORN, *TRUTH.acts[1:]))
    counts = count_run(run(alert("p1", owner_id="O1")), BOOK, truth, *MINUTES)

    assert counts["typologies"]["structuring"]["disguises"] == {"late": 1, "plain": 1}
    assert [act["disguise"] for act in counts["rules"]["busy_payer"]["detected"]] == ["late"]


def test_recall_by_disguise_is_of_weeks_that_aims_are_of() -> None:
    found = conduct([measures.week(7, 0.1), measures.week(7, 0.5)], 0.5)

    assert found["rules"]["spoofing"]["plain"]["recall"] == 1.0
    assert found["rules"]["spoofing"]["late"]["acts"] == 2
    assert found["rules"]["spoofing"]["late"]["recall"] == 0.0
    assert found["disguises"]["plain"]["acts"] == 6
    assert found["meaning"]["late"].startswith("It takes far longer")


def test_a_twin_is_accused_once_however_many_alerts_say_so() -> None:
    hits = (alert("p8", trader_id="T4"), alert("p9", trader_id="T4"))
    truth = replace(TRUTH, twins=TWINS)
    counts = count_run(run(*hits), BOOK, truth, *MINUTES)["twins"]

    assert (counts["maker"]["owners"], counts["maker"]["accused"]) == (1, 1)
    assert counts["maker"]["rules"] == {"busy_payer": 1}
    assert (counts["saver"]["owners"], counts["saver"]["accused"]) == (0, 0)


def test_a_near_miss_accuses_nobody() -> None:
    truth = replace(TRUTH, twins=TWINS)
    near = alert("p9", score=49.0, trader_id="T4")

    assert count_run(run(near), BOOK, truth, *MINUTES)["twins"]["maker"]["accused"] == 0


def test_scores_are_told_apart_by_what_the_hits_are() -> None:
    hits = (
        alert("p1", score=90.0, owner_id="O1"),
        alert("p5", score=70.0, trader_id="T1"),
        alert("p1", score=45.0, owner_id="O1"),
    )
    [rule] = count_run(run(*hits), BOOK, TRUTH, *MINUTES)["rules"].values()

    assert rule["scores"] == {"right": [90.0], "wrong": [70.0], "near": [45.0]}


def test_the_score_ranks_if_what_is_right_scores_above_what_is_not() -> None:
    of = ranking([scored([90, 60], [60], [45])])

    assert (of["auc"], of["auc_of_alerts"]) == (0.875, 0.75)
    assert ranking([scored([90], [], [])])["auc"] is None


def test_a_rule_that_kept_nothing_near_is_named() -> None:
    found = conduct([measures.week(7, 0.5)], 0.5)

    assert found["no_near"] == ["ramping", "structuring"]


def test_alerts_on_the_clean_are_bounded_from_above() -> None:
    clean = conduct([measures.week(7, 0.5)], 0.5)["clean"]

    assert (clean["alerts"], clean["owner_days"]) == (1, 7 * 156)
    assert clean["upper"] == pytest.approx(1000 * 4.744 / clean["owner_days"], abs=0.001)


@pytest.mark.parametrize(("counted", "upper"), [(0, 2.996), (1, 4.744), (10, 16.962)])
def test_the_bound_of_a_count_is_that_of_the_tables(counted: int, upper: float) -> None:
    assert poisson_upper(counted) == pytest.approx(upper, abs=0.001)


def test_a_week_of_the_measure_has_disguises(tmp_path: Path) -> None:
    from surveillance.activity.sources import synthetic

    assert Week(7, 0.5).venue(tmp_path).settings(synthetic.Keys).disguises
