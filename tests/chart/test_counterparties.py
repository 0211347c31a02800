"""Who paid and who was paid: a band each, as wide as its worth, and the rest as one."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree

from surveillance.chart.counterparties import MOST_SHOWN, Share, counterparties_svg

DAY = datetime(2026, 3, 2, tzinfo=UTC)


def share(name: str, usd: int, direction: str = "in", payments: int = 1) -> Share:
    """A share of one day."""
    return Share(name, direction, Decimal(usd), payments, DAY, DAY)


def widths(svg: str) -> list[Decimal]:
    """Return how wide the bands are, in order."""
    return [Decimal(each) for each in re.findall(r'<path [^>]*stroke-width="([\d.]+)"', svg)]


def test_a_band_is_as_wide_as_what_was_paid() -> None:
    svg = counterparties_svg(
        "Money", "A", [share("one", 300), share("two", 100), share("three", 200, "out")]
    )
    wide, narrow, out = widths(svg)
    assert wide == 3 * narrow
    assert out == 2 * narrow
    assert "400 USD in, 200 USD out" in svg
    assert "300.00 USD came from one in 1 payments" in svg
    assert "200.00 USD went to three in 1 payments" in svg


def test_bands_do_not_lie_over_one_another_where_they_begin() -> None:
    svg = counterparties_svg("Money", "A", [share(f"p{n}", 100 + n) for n in range(4)])
    starts = [Decimal(each) for each in re.findall(r'd="M246 ([\d.]+)C', svg)]
    ends = zip(starts, widths(svg), strict=True)
    edges = sorted((y - wide / 2, y + wide / 2) for y, wide in ends)
    assert all(below[0] > above[1] for above, below in pairwise(edges))


def test_many_are_drawn_as_one_and_nothing_is_lost() -> None:
    svg = counterparties_svg("Money", "A", [share(f"p{n}", 10, "out", 2) for n in range(30)])
    assert len(widths(svg)) == MOST_SHOWN + 1
    assert f"{30 - MOST_SHOWN} others" in svg
    assert "0 USD in, 300 USD out" in svg


def test_names_are_escaped_and_nothing_is_said_to_be_nothing() -> None:
    svg = counterparties_svg("Money", "<A>", [share("<script>", 1)])
    ElementTree.fromstring(svg)  # noqa: S314 - our own picture
    assert "<script>" not in svg
    assert "no payment of known worth" in counterparties_svg("Money", "A", [])
