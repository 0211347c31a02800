"""The page of malformed inputs says what becomes of each, because each was tried."""

from tests.given.outcomes import whole
from tests.given.pages import CHECKOUT

AGAIN = "it is written by: python -m tests.given.outcomes > docs/malformed.md"


def test_the_page_of_malformed_inputs_is_what_becomes_of_them() -> None:
    shown = (CHECKOUT / "docs" / "malformed.md").read_text(encoding="utf-8")

    assert shown == whole() + "\n", AGAIN
