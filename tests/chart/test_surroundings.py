"""What a picture shows beside trading: mark and index, positions, parties, moments, a block."""

from dataclasses import replace
from xml.etree import ElementTree

from surveillance.canonical import canonical, restored
from surveillance.chart import dossier_svg
from surveillance.model import Scene
from surveillance.surroundings import Moment, Surroundings, Swap, Track
from tests.given.dossiers import DAY, after, dossier, scene, transfer_rows


def described(svg: str) -> str:
    root = ElementTree.fromstring(svg)  # noqa: S314 (our own output)
    return root.findtext("{http://www.w3.org/2000/svg}desc") or ""


def with_around(around: Surroundings) -> str:
    return dossier_svg(dossier(scene=replace(scene(), around=around)))


def track(name: str, *values: str) -> Track:
    return Track(name, tuple((after(20 * n), value) for n, value in enumerate(values)))


def test_the_mark_stands_beside_the_index_and_the_price() -> None:
    pair = (track("mark price", "64210", "64260"), track("index price", "64211", "64212"))
    svg = with_around(Surroundings(references=pair))
    assert "mark price from 64210 to 64260, index price from 64211 to 64212" in described(svg)
    assert ">mark price</text>" in svg


def test_a_position_stands_under_its_limit() -> None:
    held = (track("T-1", "0", "-700"), track("T-2", "0", "-600"))
    svg = with_around(Surroundings(holdings=held, limit="1000"))
    said = "position of T-1, T-2 together up to -1,300 contracts; the limit is 1,000"
    assert said in described(svg)
    assert ">limit 1,000</text>" in svg


def test_a_limit_that_is_far_away_is_said_and_not_drawn() -> None:
    svg = with_around(Surroundings(holdings=(track("T-1", "3"),), limit="1000"))
    assert "far below the limit of 1,000" in svg
    assert ">limit 1,000</text>" not in svg


def test_what_accounts_held_is_a_picture_where_nobody_traded() -> None:
    around = Surroundings(holdings=(track("T-1", "0", "700"),), limit="1000")
    rows = {"accounts": ({"ts": "2021-03-02T13:00:00Z", "trader_id": "T-1"},)}
    svg = dossier_svg(dossier(scene=Scene(DAY, "X", around=around), rows=rows))
    assert "position up to 700 contracts" in described(svg)
    assert "2021" not in described(svg)


def trade(seller: str, buyer: str, at: int = 0) -> dict[str, str | None]:
    ts = f"2026-03-02T12:00:{at:02d}Z"
    return {"ts": ts, "seller_id": seller, "buyer_id": buyer, "quantity": "1"}


def test_of_a_wash_both_sides_are_shown() -> None:
    there_and_back = (trade("T-1042", "T-9"), trade("T-9", "T-1042", 5))
    svg = dossier_svg(dossier(rows={"trades": there_and_back}))
    assert "2 trades between T-1042, T-9" in described(svg)


def test_whom_a_subject_happens_to_meet_makes_no_circle() -> None:
    market = tuple(trade("T-1042", f"MM{n % 3}", n) for n in range(12))
    assert "trades between" not in described(dossier_svg(dossier(rows={"trades": market})))


def test_who_paid_whom_is_shown_of_few() -> None:
    rows = tuple({**row, "counterparty_id": "B-1"} for row in transfer_rows()[:2])
    svg = dossier_svg(dossier(scene=Scene(DAY), rows={"transfers": rows}))
    assert "2 payments between" in described(svg)


def test_a_moment_is_named_at_its_time() -> None:
    svg = with_around(Surroundings(moments=(Moment(after(10), "delisting"),)))
    assert "delisting at 12:00:10" in described(svg)
    assert ">delisting</text>" in svg


def test_sign_ins_stand_by_country_where_nothing_else_was_done() -> None:
    around = Surroundings(moments=tuple(Moment(after(n), f"signed in from X{n}") for n in range(2)))
    svg = dossier_svg(dossier(scene=Scene(DAY, around=around), rows={}))
    assert "signed in from X0: 1; signed in from X1: 1" in described(svg)


def test_a_victim_stands_in_its_block_between_both_swaps() -> None:
    swaps = (
        Swap("7", "1", "X", "USDC", "T", "1000", "500", is_evidence=True),
        Swap("7", "2", "V", "USDC", "T", "5000", "2300", is_evidence=False),
        Swap("7", "3", "X", "T", "USDC", "500", "1030", is_evidence=True),
    )
    svg = dossier_svg(dossier(scene=Scene(DAY, around=Surroundings(swaps=swaps)), rows={}))
    story = "bought 500 T by X; bought 2,300 T by V; sold 500 T by X"
    assert f"block 7: {story}" in described(svg)


def test_few_rows_come_with_what_was_measured_in_words() -> None:
    hit = replace(dossier().hit, measures={"entity": "Listed party", "value": "3075"})
    rows = {"transfers": transfer_rows()[:1]}
    svg = dossier_svg(dossier(hit=hit, scene=Scene(DAY), rows=rows))
    assert "entity Listed party" in described(svg)


def test_a_scene_of_before_reads_as_it_was_written() -> None:
    text = canonical(scene())
    assert "around" not in text
    assert restored(Scene, text) == scene()
    beside = replace(scene(), around=Surroundings(moments=(Moment(after(1), "news"),)))
    assert restored(Scene, canonical(beside)) == beside


def test_a_row_whose_time_is_none_costs_itself_alone() -> None:
    odd = {"trades": ({**trade("T-1042", "T-9"), "ts": "soon"},), "rfqs": ({"ts": "soon"},)}
    assert "6 evidence" in described(dossier_svg(dossier(rows=odd)))
    assert "evidence rows" not in described(dossier_svg(dossier(scene=Scene(DAY), rows=odd)))
