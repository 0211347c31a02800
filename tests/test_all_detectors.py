"""The contract, asked of every detector that a rule may name."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from surveillance.detection import detectors
from surveillance.detection.detectors import Spec, contract
from surveillance.errors import SurveillanceError
from surveillance.model import Scalar
from tests.given.populations import FEATURES, linked, table

EVERY = detectors.offered()
FEW: dict[str, Scalar] = {"n_estimators": 20}
"""Of models that are made of many: ten times as many take ten times as long."""
SMALLER = {"inne": FEW, "iforest": FEW}


@pytest.fixture(params=EVERY)
def name(request: pytest.FixtureRequest) -> str:
    """Each detector in turn."""
    return str(request.param)


def test_a_row_scores_the_same_alone_as_among_others(name: str) -> None:
    detector = contract.create(name, {"seed": 5} | SMALLER.get(name, {}))
    detector.fit(linked(200, seed=1))
    rows = linked(12, seed=2) * 3
    alone = [detector.score(rows[i : i + 1])[0] for i in range(len(rows))]
    assert detector.score(rows).tolist() == alone
    assert np.isfinite(alone).all()


def test_two_fits_to_the_same_rows_give_the_same_bytes(name: str) -> None:
    spec = Spec(name, FEATURES, 100, {"seed": 5} | SMALLER.get(name, {}), min_traders=60)
    features = table(linked(80, seed=3))
    first = detectors.fit(spec, [features], {})
    np.random.seed(99)
    second = detectors.fit(spec, [features], {})
    assert first.to_bytes() == second.to_bytes()
    assert first.digest == second.digest


def test_a_fit_brought_back_from_its_bytes_scores_the_same(name: str) -> None:
    spec = Spec(name, FEATURES, 100, SMALLER.get(name, {}), min_traders=60)
    features = table(linked(80, seed=4))
    fitted = detectors.fit(spec, [features], {})
    again = detectors.load(fitted.to_bytes())
    assert again.to_bytes() == fitted.to_bytes()
    assert detectors.score(again, features, {}) == detectors.score(fitted, features, {})


def test_on_two_threads_a_fit_has_the_bytes_that_it_has_on_one(name: str) -> None:
    spec = Spec(name, FEATURES, 100, {"seed": 5}, min_traders=60)
    features = table(linked(80, seed=3))
    with threadpool_limits(1):
        one = detectors.fit(spec, [features], {}).to_bytes()
    with threadpool_limits(2):
        assert detectors.fit(spec, [features], {}).to_bytes() == one


def test_who_is_far_from_everybody_is_among_the_strangest(name: str) -> None:
    rows = linked(200, seed=6)
    rows[7] = 20.0
    spec = Spec(name, FEATURES, 100, SMALLER.get(name, {}), min_traders=60)
    features = table(rows)
    scored = detectors.score(detectors.fit(spec, [features], {}), features, {})
    strangest = sorted(scored, key=lambda trader: -trader.raw)[:10]
    assert "t00007" in {trader.trader_id for trader in strangest}


@pytest.mark.parametrize("settings", [{"n_jobs": 2}, {"colour": 1}, {"seed": "x"}])
def test_settings_that_a_detector_does_not_have_are_refused(
    name: str, settings: dict[str, str | int | float | bool | None]
) -> None:
    with pytest.raises(SurveillanceError, match="expected"):
        contract.create(name, settings)


@pytest.mark.parametrize("refused", ["ecod", "COPOD", "suod", "os", "../os", "nothing"])
def test_a_detector_that_cannot_keep_the_contract_is_refused_by_name(refused: str) -> None:
    with pytest.raises(SurveillanceError, match="expected a detector"):
        contract.create(refused, {})
