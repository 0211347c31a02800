"""The page of malformed inputs says what becomes of each, because each was tried."""

import pytest

from tests.given.depth import deep
from tests.given.outcomes import whole
from tests.given.pages import CHECKOUT

AGAIN = "it is written by: python -m tests.given.outcomes > docs/malformed.md"
ONE_IN = 8 if deep(1, 2) == 1 else 1
"""Each time an eighth of the inputs with files of their own are pulled; in depth, all."""


@pytest.mark.deep
def test_the_page_of_malformed_inputs_is_what_becomes_of_them() -> None:
    shown = (CHECKOUT / "docs" / "malformed.md").read_text(encoding="utf-8").splitlines()
    became = whole(ONE_IN).splitlines()

    assert [line for line in became if line not in shown] == [], AGAIN
    assert len(became) == len(shown) or ONE_IN > 1, AGAIN
