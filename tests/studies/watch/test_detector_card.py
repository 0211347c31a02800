"""The card of a fitted detector says what it can find, and among whom."""

from surveillance.detection import detectors
from surveillance.detection.detectors import Spec
from surveillance.studies.watch.detector_card import NOBODY, _groups
from tests.given.populations import FEATURES, linked, table


def test_what_each_group_can_find_stands_on_the_card() -> None:
    features = table(linked(400, seed=1))
    few = dict.fromkeys([f"t{n:05d}" for n in range(40)], "few")
    fit = detectors.fit(Spec("knn", FEATURES, 20, min_traders=30), [features] * 4, few)
    whole, part = _groups(fit)

    assert (whole["group"], whole["traders"], whole["weeks of traders"]) == ("all", 400, 1600)
    assert 0.9 < whole["finds beyond quantile"] <= 1
    assert whole["p of the farthest"] <= whole["p asked"] == 0.02
    assert whole["says"] == ""
    assert (part["group"], part["traders"], part["says"]) == ("segment few", 40, NOBODY)
    assert part["finds beyond quantile"] is None
    assert part["p of the farthest"] > part["p asked"]
