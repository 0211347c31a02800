"""What is made once stays, whoever begins to make it at the same time."""

from collections.abc import Iterator

import pytest

from surveillance.detection import detectors
from surveillance.detection.detectors import Spec
from surveillance.governance.calibration import _kept
from surveillance.installation import Installation
from surveillance.rules.book import Rulebook, recall_rule
from tests.given.installations import CHECKOUT, PULLED, Home, the_run
from tests.given.populations import FEATURES, linked, table

RULE = CHECKOUT / "rules" / "manipulation" / "strange_order_flow.yml"


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
    one, other = (detectors.fit(wanted, table(linked(80, seed=seed)), {}) for seed in (1, 2))
    assert one.digest != other.digest
    for fit in (one, other):
        kept = _kept(place, book, {entry.rule.id: fit}, window, PULLED)
        assert kept[entry.rule.id].digest == one.digest
