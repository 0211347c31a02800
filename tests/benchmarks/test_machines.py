"""What a day at one venue's size asks of machines, and how long a hit waits."""

import json
from pathlib import Path

import pytest

from benchmarks.feeder import page as feeder
from benchmarks.machines import page as machines
from benchmarks.machines import simulate
from benchmarks.machines.simulate import Costs


def test_a_hit_waits_for_the_minute_to_end_and_for_the_one_before_to_be_done() -> None:
    minutes = [{"hits": [10.0]}, {"hits": [30.0, 60.0]}]
    assert feeder.waits(minutes, [5, 5]) == [55, 35, 5]
    assert feeder.waits(minutes, [90, 5]) == [140, 65, 35]


COSTS = Costs(landing=1, facts=10, rules=1, task=0)


def test_more_machines_are_never_slower_until_one_instrument_decides() -> None:
    hours = [simulate.day(COSTS, cores, by_hour=False).judged for cores in (1, 2, 8, 64, 512)]
    assert hours == sorted(hours, reverse=True)
    busiest = 500 * 10 / sum(1 / rank for rank in range(1, 61)) / 3600
    day = simulate.day(COSTS, 512, by_hour=False)
    assert day.made - day.landed == pytest.approx(busiest)


def test_one_core_works_all_the_time_and_as_long_as_all_tasks_take() -> None:
    day = simulate.day(COSTS, 1, by_hour=False)
    assert day.busy == pytest.approx(1)
    assert day.judged == pytest.approx((500 * 11 + 60) / 3600)


def test_tasks_that_are_cut_by_the_hour_read_twice_as_much_and_wait_less() -> None:
    cut, whole = (simulate.day(COSTS, 512, by_hour=each) for each in (True, False))
    assert cut.judged < whole.judged
    assert simulate.day(COSTS, 1, by_hour=True).judged == pytest.approx((500 * 21 + 60) / 3600)


def test_the_page_is_what_its_results_say() -> None:
    folder = Path(str(machines.__file__)).parent
    measured = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert (folder / "README.md").read_text(encoding="utf-8") == machines.written(measured)
