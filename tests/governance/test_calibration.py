"""What is made once stays, whoever begins to make it, until there is more to make it of."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from surveillance.detection import detectors
from surveillance.detection.anomaly import FITTED
from surveillance.detection.detectors import Spec
from surveillance.governance.calibration import _kept, _outgrown
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.rules.book import Rulebook, recall_rule
from tests.given.installations import CHECKOUT, PULLED, Home, the_run
from tests.given.populations import FEATURES, linked, table

RULE = CHECKOUT / "rules" / "manipulation" / "strange_order_flow.yml"
WEEK = timedelta(weeks=1)
PEERS = linked(80, seed=3)
ENOUGH = Spec("knn", FEATURES, 100, min_traders=60)


@pytest.fixture
def place(own_small: Home) -> Iterator[Installation]:
    opened = own_small.opened()
    yield opened
    opened.engine.dispose()


def test_of_two_detectors_fitted_at_once_the_first_that_is_kept_holds_for_both(
    place: Installation,
) -> None:
    entry = recall_rule(RULE.read_text(), RULE)
    book, window = Rulebook({entry.rule.id: entry}), the_run(place).window
    wanted = Spec("knn", FEATURES, 1, min_traders=60)
    one, other = (detectors.fit(wanted, [table(linked(80, seed=seed))], {}) for seed in (1, 2))
    assert one.digest != other.digest
    for fit in (one, other):
        kept = _kept(place, book, {entry.rule.id: fit}, window, PULLED)
        assert kept[entry.rule.id].digest == one.digest


def test_a_detector_fitted_on_few_weeks_is_fitted_again_when_another_has_ended(
    place: Installation,
) -> None:
    entry = recall_rule(RULE.read_text(), RULE)
    book, window = Rulebook({entry.rule.id: entry}), the_run(place).window
    few = detectors.fit(Spec("knn", FEATURES, 1, min_traders=60), [table(linked(80, seed=1))], {})
    fits = _kept(place, book, {entry.rule.id: few}, window, PULLED)

    def outgrown(until: Window, fits: Mapping[str, detectors.Fitted] = fits) -> set[str]:
        with place.session() as session:
            return _outgrown(session, book, fits, until)

    later = Window(window.end + WEEK, window.end + WEEK + (window.end - window.start))
    assert outgrown(window) == set()
    assert outgrown(later) == {entry.rule.id}

    more = detectors.fit(few.spec, [table(linked(80, seed=2))], {})
    renewed = _kept(place, book, {entry.rule.id: more}, later, PULLED)
    assert renewed[entry.rule.id].digest == more.digest
    assert outgrown(later, renewed) == set()
    many = {entry.rule.id: detectors.fit(ENOUGH, [table(PEERS)] * FITTED, {})}
    assert outgrown(Window(later.start + WEEK, later.end + WEEK), many) == set()
