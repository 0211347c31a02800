"""Which facts can be kept."""

from surveillance.activity.asking import SETTLED
from surveillance.activity.facts import facts
from surveillance.activity.kept import keeping


def test_a_fact_is_kept_that_says_when_its_rows_are_settled() -> None:
    assert keeping.can_be("baits")
    assert not keeping.can_be("order_life")


def test_a_fact_that_looks_at_what_is_known_whatever_the_window_is_not_kept() -> None:
    assert SETTLED in facts()["gatherings"].TABLE.schema
    assert not keeping.can_be("gatherings")


def test_what_another_fact_needs_whole_is_not_kept_for_a_window() -> None:
    assert keeping.keepable(["mids"], ["baits", "walls"]) == ["baits", "walls"]
    assert keeping.keepable(["shared_baits"], ["baits", "walls"]) == ["baits"]
