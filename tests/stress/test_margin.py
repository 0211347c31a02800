"""What margin a portfolio is asked for, and which tier follows, with the numbers behind it."""

from decimal import Decimal

import pytest

from surveillance.activity.pricing import Option, value
from surveillance.stress.margin import margin_held, scans, tier
from surveillance.stress.moves import Priced
from surveillance.stress.record import Concentration
from tests.given.stresses import position

FREE = Concentration("BTC-PERP", Decimal("0.1"), "", Decimal(0), Decimal(0))
CROWD = Concentration("BTC-PERP", Decimal("0.4"), "", Decimal(0), Decimal(0))
VOLUMES = {"BTC-PERP": Decimal(5)}


def test_a_future_is_asked_for_a_move_of_a_tenth_or_of_the_largest_day_and_a_quarter() -> None:
    [calm] = scans([position(worth="1000")], {}, VOLUMES)
    [wild] = scans([position(worth="1000")], {"BTC": Decimal("0.2")}, VOLUMES)
    assert [calm.range, calm.margin] == [Decimal("0.1"), 100]
    assert [wild.range, wild.worst, wild.margin] == [Decimal("0.25"), -250, 250]


def test_coins_do_not_offset_one_another_and_instruments_of_a_coin_do() -> None:
    long = position("1", "1000")
    short = position("-1", "-1000", instrument="BTC-20260327")
    other = position("-1", "-1000", instrument="ETH-PERP", coin="ETH")
    assert [scan.margin for scan in scans([long, short], {}, {})] == [0]
    assert [scan.margin for scan in scans([long, other], {}, {})] == [100, 100]


def test_who_needs_four_days_to_close_is_asked_for_twice_as_much() -> None:
    [scan] = scans([position("4", "1000")], {}, VOLUMES)
    assert [scan.days_to_close, scan.margin] == [4, 200]


def test_a_long_option_asks_for_nothing_and_a_short_one_for_its_worst() -> None:
    priced = Priced(Option("call", 100.0, 0.1), 100.0, 0.5)
    mark = Decimal(repr(value(priced.option, 100.0, 0.5).worth)).quantize(Decimal("0.000001"))
    long = position("1", mark, priced=priced)
    short = position("-1", -mark, priced=priced)
    assert scans([long], {}, {})[0].margin == 0
    after = value(priced.option, 110.0, 0.75).worth
    assert float(scans([short], {}, {})[0].margin) == pytest.approx(after - float(mark), abs=0.01)


def test_margin_is_known_only_if_it_is_for_every_position() -> None:
    told, silent = position(margin=Decimal("5.5")), position()
    assert margin_held([told, told]) == 11
    assert margin_held([told, silent]) is None


@pytest.mark.parametrize(
    ("coverage", "most", "expected"),
    [
        ("1.2", FREE, "ordinary"),
        ("0.9", FREE, "watched"),
        ("0.6", FREE, "reduced"),
        ("0.3", FREE, "close_only"),
        ("1.2", CROWD, "watched"),
        ("0.3", CROWD, "close_only"),
    ],
)
def test_the_tier_follows_from_coverage_and_is_closer_for_the_crowded(
    coverage: str, most: Concentration, expected: str
) -> None:
    name, reasons = tier(Decimal(coverage), Decimal(0), (), most)
    assert name == expected
    assert reasons[0] == f"margin held is {Decimal(coverage):.0%} of what is suggested"


def test_without_margin_nothing_is_suggested() -> None:
    assert tier(None, Decimal(9), (), FREE)[0] == ""
