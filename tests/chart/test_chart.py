"""The picture of a scene: standalone, the same bytes each time, and honest about its limits."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.chart import Flow, dossier_svg, flows_of, scene_svg
from surveillance.chart.axis import Scale, price_ticks, time_ticks
from surveillance.model import Scene, Window
from tests.given.dossiers import DAY, after, dossier, order, prices, scene, transfer_rows

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 (our own output)


def described(svg: str) -> str:
    return parsed(svg).findtext(f"{SVG}desc") or ""


def test_the_same_scene_gives_the_same_bytes() -> None:
    assert dossier_svg(dossier()) == dossier_svg(dossier())


def test_the_picture_stands_alone_with_title_and_description() -> None:
    svg = dossier_svg(dossier())
    root = parsed(svg)
    assert (root.get("role"), root.get("viewBox")) == ("img", "0 0 720 320")
    assert root.findtext(f"{SVG}title") == "Spoofing · OWN-1042 · BTC-PERP"
    assert "9 orders (6 evidence" in described(svg)
    assert "3 fills" in described(svg)


def test_the_page_may_forbid_inline_styles_and_scripts() -> None:
    svg = dossier_svg(dossier())
    assert "style=" not in svg
    assert {e.tag for e in parsed(svg).iter()}.isdisjoint({f"{SVG}script", f"{SVG}style"})


def test_what_a_person_typed_stays_text() -> None:
    svg = scene_svg(scene(), title='<script>alert("x")</script>\x00')
    assert "<script>" not in svg
    assert parsed(svg).findtext(f"{SVG}title") == '<script>alert("x")</script> '


def test_sells_are_dashed_and_buys_are_not_so_that_grey_print_tells_them_apart() -> None:
    both = (order(1, "buy", "10", "1", (0, 5)), order(2, "sell", "11", "1", (0, 5)))
    svg = scene_svg(Scene(DAY, "X", (), both), title="t")
    lifelines = parsed(svg).findall(f"{SVG}line")[-2:]
    assert sorted(e.get("stroke-dasharray") is not None for e in lifelines) == [False, True]


def test_at_most_three_hundred_orders_are_drawn_and_the_picture_says_so() -> None:
    crowd = tuple(order(i, "buy", "10", "1", (1, 5), is_evidence=i < 3) for i in range(400))
    svg = scene_svg(Scene(DAY, "X", prices(), crowd), title="t")
    assert "300 of 400 orders drawn, evidence first" in svg


def test_a_market_order_is_told_of_though_it_has_no_line() -> None:
    svg = scene_svg(Scene(DAY, "X", prices(), (order(1, "buy", None, "1", (0, 5)),)), title="t")
    assert "orders without a limit price, seen by their fills: 1" in svg


def test_the_picture_closes_in_on_evidence_that_is_short_beside_its_window() -> None:
    assert "closed in on the evidence" in scene_svg(scene(), title="t")
    narrow = replace(scene(), window=Window(after(-20), after(100)))
    assert "closed in on the evidence" not in scene_svg(narrow, title="t")


def test_an_empty_scene_says_that_there_is_nothing() -> None:
    assert "No prices, orders, fills or payments" in scene_svg(Scene(DAY), title="t")


def test_one_single_price_still_has_a_scale() -> None:
    svg = scene_svg(Scene(DAY, "X", ((after(0), "0"),)), title="t")
    assert "prices from 0 to 0" in described(svg)


def test_payments_are_drawn_where_there_is_no_trading() -> None:
    paid = dossier(scene=Scene(DAY), rows={"transfers": transfer_rows()})
    assert "7 payments in, 1 payments out." in described(dossier_svg(paid))
    assert flows_of(paid)[-1] == Flow(after(14531.5), "USD", "64800.000000", "out")


def test_payments_of_other_accounts_are_not_drawn_as_the_subject_s_own() -> None:
    first, *rest = transfer_rows()
    rows = ({**first, "trader_id": "T-1042"}, *rest)
    paid = dossier(scene=Scene(DAY), rows={"transfers": rows})
    svg = dossier_svg(paid)
    assert "1 payments in, 0 payments out, 7 of other accounts." in described(svg)
    assert ">of other accounts<" in svg
    assert ">of other accounts<" not in dossier_svg(
        dossier(scene=Scene(DAY), rows={"transfers": transfer_rows()})
    )


def test_amounts_without_a_dollar_value_keep_their_asset() -> None:
    rows = tuple({**row, "usd": None} for row in transfer_rows())
    assert {flow.label for flow in flows_of(dossier(rows={"transfers": rows}))} == {"USDC"}


@pytest.mark.parametrize(
    ("length", "label"),
    [
        (timedelta(milliseconds=7), "12:00:00.001"),
        (timedelta(seconds=30), "12:00:05"),
        (timedelta(hours=1), "12:10"),
        (timedelta(days=6), "2026-03-03"),
    ],
)
def test_time_labels_are_as_fine_as_the_window_needs(length: timedelta, label: str) -> None:
    ticks = time_ticks(Window(after(0), after(0) + length))
    assert label in [words for _, words in ticks]
    assert len(ticks) <= 8


@given(
    low=st.decimals(-(10**6), 10**6, places=6),
    room=st.decimals("0.000001", 10**9, places=6),
)
def test_price_ticks_are_few_inside_and_told_apart(low: Decimal, room: Decimal) -> None:
    ticks = price_ticks(Scale(low, low + room, Decimal(0), Decimal(1)))
    assert 1 <= len(ticks) <= 7
    assert all(low <= value <= low + room for value, _ in ticks)
    assert len({words for _, words in ticks}) == len(ticks)


def test_evidence_without_a_price_stands_in_lanes_by_its_time() -> None:
    rows = {
        "swaps": ({"ts": "2026-03-02T12:00:00Z", "asset_in": "ETH", "amount_in": "4"},),
        "accounts": ({"ts": "2021-03-02T13:00:00Z", "trader_id": "T-1"},),
    }
    svg = dossier_svg(dossier(scene=Scene(DAY), rows=rows))
    assert "2021" not in described(svg)
    assert "evidence rows, swaps ETH: 1." in described(svg)
    assert ">4</text>" in svg


def test_a_hit_that_names_no_row_shows_what_was_measured() -> None:
    svg = dossier_svg(dossier(scene=Scene(DAY), rows={}))
    assert svg.count("<rect ") > 1
    assert "UTC, 2026-03-02T" in described(svg)


def test_the_other_side_of_a_trade_is_hollow() -> None:
    both = tuple(replace(fill, trader_id="another") for fill in scene().fills)
    svg = dossier_svg(dossier(scene=replace(scene(), fills=both)))
    assert "another party" in svg
    assert "another party" not in dossier_svg(dossier())
