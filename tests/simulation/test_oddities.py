"""Odd conduct that no rule knows is done by accounts of its own, and is on the answer sheet."""

from collections import Counter

from surveillance.simulation import simulate
from surveillance.simulation.oddities import CAST, HELD_BACK, ODDITIES, TUNED, UNSEEN
from surveillance.simulation.settings import SimulationSettings


def test_each_kind_is_done_by_accounts_of_its_own_and_nothing_else_is_planted() -> None:
    settings = SimulationSettings(
        seed=5, days=1, traders=120, abuse=False, oddities=tuple(ODDITIES)
    )
    labels = simulate(settings).labels
    assert Counter(labels["typology"].to_pylist()) == dict.fromkeys(ODDITIES, CAST)
    assert len(set(labels["trader_id"].to_pylist())) == CAST * len(ODDITIES)


def test_what_is_for_scoring_is_not_for_tuning() -> None:
    assert (len(TUNED), len(UNSEEN), len(HELD_BACK), len(ODDITIES)) == (5, 5, 5, 15)


def test_who_asks_for_no_oddities_has_the_batches_of_before() -> None:
    plain = SimulationSettings(seed=5)
    assert plain.digest == SimulationSettings(seed=5, oddities=()).digest
    assert plain.digest != SimulationSettings(seed=5, oddities=("night_machine",)).digest
