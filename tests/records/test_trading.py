"""What venues say that they trade: kept when it changes, and who switched what off."""

from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from surveillance.records import journal
from surveillance.records.trading import EVERYTHING, Trading, keep, trading

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def test_what_a_venue_trades_is_written_down_when_it_changes(session: Session) -> None:
    before = journal.head(session).seq
    for products in (["spot"], ["spot"], ["option", "spot"]):
        keep(session, "shop", products, NOW)

    assert journal.head(session).seq == before + 2
    assert trading(session).venues["shop"] == ("option", "spot")


def test_a_product_is_switched_off_by_whom_all_venues_agree() -> None:
    both = Trading({"b": ("spot",), "a": ("spot", "future")})

    assert both.without(["option"]) == "Switched off by the venue file of a, b: no option is traded"
    assert both.without(["future", "option"]) == ""


@pytest.mark.parametrize("other", [(), ("option",)])
def test_one_venue_that_may_trade_it_keeps_it_on(other: tuple[str, ...]) -> None:
    assert Trading({"a": ("spot",), "b": other}).without(["option"]) == ""


@pytest.mark.parametrize("products", [[], ["transfer"], ["block", "option"]])
def test_what_is_no_product_is_never_switched_off(products: list[str]) -> None:
    assert Trading({"a": ("spot",)}).without(products) == ""


def test_where_nothing_was_said_everything_is_traded() -> None:
    assert EVERYTHING.without(["option"]) == ""
