"""The picture and the rows around a hit."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.dossier.evidence import Evidence
from surveillance.dossier.scene import scenes
from surveillance.model import Hit, Risk, Scene, Severity, Window
from surveillance.surroundings import Surroundings

DAY = Window(START, START + timedelta(days=1))
GIVEN: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {"at": "-9d", "trader_id": "A1", "owner_id": "A", "country": "LT"},
        {"at": "-2d", "trader_id": "A1", "owner_id": "A", "country": "LV"},
        {"at": "-9d", "trader_id": "A2", "owner_id": "A", "country": "EE"},
        {"at": "-9d", "trader_id": "B", "owner_id": "B"},
    ],
    "kyc": [{"at": "-9d", "trader_id": "A2", "name": "Somebody", "income": 12000}],
    "instruments": [
        {"at": "-9d", "instrument": "X", "tick": "0.5"},
        {"at": "-1d", "instrument": "X", "tick": "0.25"},
    ],
    "orders": [
        {"at": "60m", "order_id": "bait", "trader_id": "A1", "side": "sell", "quantity": 50},
        {"at": "61m", "order_id": "bait", "trader_id": "A1", "event": "cancel", "quantity": 50},
        {"at": "60m", "order_id": "plain", "trader_id": "A2", "quantity": 1},
        {"at": "60m", "order_id": "other", "trader_id": "B", "quantity": 1},
        {"at": "20m", "order_id": "early", "trader_id": "A1", "quantity": 1},
    ],
    "trades": [
        {"at": "3630s", "trade_id": "t1", "buyer_id": "A2", "seller_id": "B", "price": "100.50"},
        {"at": "3640s", "trade_id": "t2", "buyer_id": "B", "seller_id": "C", "price": 101},
        {"at": "9h", "trade_id": "t3", "buyer_id": "A1", "seller_id": "B"},
        {"at": "3631s", "trade_id": "t4", "buyer_id": "A1", "seller_id": "B", "instrument": "Y"},
    ],
}


@pytest.fixture
def view() -> Iterator[View]:
    with sample_view(GIVEN, DAY) as opened:
        prepare(opened.connection, ["order_life", "fills"])
        yield opened


def hit(**changes: Any) -> Hit:
    values: dict[str, Any] = {
        "rule_id": "probe", "version": 1, "risk": Risk.MANIPULATION, "typology": "probing",
        "severity": Severity.LOW, "score": 70.0, "at": START + timedelta(hours=2),
        "started_at": START + timedelta(hours=1), "owner_id": "A", "instrument": "X",
        "evidence": {"orders": ("bait",), "trades": ("t1",)},
    }  # fmt: skip
    return Hit(**(values | changes))


def pictured(view: View, hit: Hit) -> Scene:
    (scene,) = scenes(view, [hit], Evidence(view, [hit]))
    return scene


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_picture_is_framed_by_its_evidence_and_a_margin(view: View) -> None:
    assert pictured(view, hit()).window == Window(at(3590), at(3670))


def test_it_shows_the_subjects_orders_and_fills_and_of_others_what_is_evidence(view: View) -> None:
    scene = pictured(view, hit())
    assert scene.prices == ((at(3630), "100.5"), (at(3640), "101"))
    assert [(line.order_id, line.is_evidence) for line in scene.orders] == [
        ("bait", True),
        ("plain", False),
    ]
    assert (scene.orders[0].ended_at, scene.orders[0].end_reason) == (at(3660), "cancel")
    assert scene.orders[1].ended_at is None
    assert [(dot.trade_id, dot.trader_id, dot.price) for dot in scene.fills] == [
        ("t1", "A2", "100.5"),
        ("t1", "B", "100.5"),
    ]


def test_a_hit_over_several_instruments_has_no_picture_but_a_frame(view: View) -> None:
    scene = pictured(view, hit(instrument=None, evidence={"trades": ("t3", "t4")}))
    assert (scene.prices, scene.orders, scene.fills) == ((), (), ())
    assert scene.window.start < at(3631) < at(9 * 3600) < scene.window.end


def test_a_follower_is_shown_beside_whom_it_followed_where_it_followed_most(view: View) -> None:
    evidence = {"trades": ("t1", "t4")}
    scene = pictured(view, hit(instrument=None, measures={"leader": "C"}, evidence=evidence))
    assert scene.instrument == "X"
    assert [(dot.trade_id, dot.trader_id, dot.is_evidence) for dot in scene.fills] == [
        ("t1", "A2", True),
        ("t1", "B", True),
        ("t2", "C", False),
    ]


def test_a_hit_without_evidence_is_framed_by_its_own_times(view: View) -> None:
    assert pictured(view, hit(evidence={})).window == Window(at(3240), at(7560))


def test_a_long_story_shows_its_last_hours(view: View) -> None:
    window = pictured(view, hit(evidence={"trades": ("t1", "t3")})).window
    assert window == Window(at(2.4 * 3600), at(9.6 * 3600))


def test_hits_pictured_together_are_as_pictured_alone(view: View) -> None:
    several = [
        hit(),
        hit(instrument="Y", evidence={"trades": ("t4",)}),
        hit(owner_id=None, trader_id="B"),
        hit(instrument=None),
    ]
    together = scenes(view, several, Evidence(view, several))
    assert together == [pictured(view, alone) for alone in several]
    assert [(dot.trade_id, dot.trader_id) for dot in together[1].fills] == [
        ("t4", "A1"),
        ("t4", "B"),
    ]


def test_evidence_rows_are_exact_text_in_order_of_time(view: View) -> None:
    spoof = hit(evidence={"orders": ("bait",), "trades": ("t2", "t1"), "transfers": ()})
    rows, counts = Evidence(view, [spoof]).rows(spoof)
    assert counts == {"orders": 2, "trades": 2, "transfers": 0}
    assert [row["trade_id"] for row in rows["trades"]] == ["t1", "t2"]
    assert [row["event"] for row in rows["orders"]] == ["new", "cancel"]
    assert rows["trades"][0]["price"] == "100.5"
    assert rows["trades"][0]["ts"] == "2026-01-05T01:00:30.000000Z"
    assert rows["trades"][0]["is_block"] is None


def test_an_id_of_two_instruments_is_the_row_of_the_hit_and_another_id_is_any() -> None:
    activity = {
        "trades": [
            {
                "at": "1s",
                "trade_id": "7",
                "instrument": "X",
                "price": "99999999999.123456789012345678",
            },
            {"at": "2s", "trade_id": "7", "instrument": "Y"},
            {"at": "3s", "trade_id": "8", "instrument": "Y"},
        ]
    }
    own, whole = (hit(instrument=of, evidence={"trades": ("7", "8")}) for of in ("X", None))
    with sample_view(activity, DAY) as view:
        prepare(view.connection, [])
        known = Evidence(view, [own, whole])
        (rows, counts), (_, of_both) = known.rows(own), known.rows(whole)
        first, last = known.span(own)
    assert [(row["trade_id"], row["instrument"]) for row in rows["trades"]] == [
        ("7", "X"),
        ("8", "Y"),
    ]
    assert rows["trades"][0]["price"] == "99999999999.123456789012345678"
    assert "trade_key" not in rows["trades"][0]
    assert (counts, of_both) == ({"trades": 2}, {"trades": 3})
    assert last - first == timedelta(seconds=2)


def test_evidence_rows_are_capped_and_counted_in_full() -> None:
    activity = {"trades": [{"at": "1s", "times": 300, "apart": "1s", "trade_id": "t{n}"}]}
    spoof = hit(evidence={"trades": tuple(f"t{n}" for n in range(300))})
    with sample_view(activity, DAY) as view:
        prepare(view.connection, [])
        rows, counts = Evidence(view, [spoof]).rows(spoof)
    assert (len(rows["trades"]), counts["trades"]) == (200, 300)
    assert rows["trades"][0]["trade_id"] == "t0"


def test_the_subject_is_the_latest_record_of_the_owners_accounts(view: View) -> None:
    known = Evidence(view, [hit()])
    assert known.accounts(hit()) == ("A1", "A2")
    record = known.subject(hit())
    assert (record["country"], record["name"], record["income"]) == ("LV", "Somebody", "12000")
    assert "ts" not in record


def test_a_trader_is_one_account_and_an_instrument_none(view: View) -> None:
    trader = hit(owner_id=None, trader_id="B")
    nobody = hit(owner_id=None)
    known = Evidence(view, [trader, nobody])
    assert known.accounts(trader) == ("B",)
    assert (known.accounts(nobody), known.subject(nobody)) == ((), {})


def test_the_terms_of_the_instrument_are_those_known_then(view: View) -> None:
    known = Evidence(view, [hit()])
    assert known.instrument(hit())["tick"] == "0.25"
    assert known.instrument(hit(instrument=None)) == {}


BESIDE: dict[str, list[dict[str, Any]]] = {
    "accounts": [{"at": "-9d", "trader_id": "A", "owner_id": "A"}],
    "instruments": [{"at": "-9d", "instrument": "X", "underlying": "C", "position_limit": 100}],
    "trades": [
        {"at": "60m", "trade_id": "t1", "buyer_id": "A", "seller_id": "B", "quantity": 30},
        {"at": "61m", "trade_id": "t2", "buyer_id": "A", "seller_id": "B", "quantity": 20},
    ],
    "marks": [
        {"at": "3601s", "kind": "mark", "value": 101},
        {"at": "3601s", "kind": "index", "value": 100},
        {"at": "3601s", "kind": "constituent", "constituent": "V", "value": 99},
    ],
    "positions": [{"at": "59m", "trader_id": "A", "quantity": 50}],
    "events": [
        {"at": "3610s", "event_id": "e1", "kind": "hack", "asset": "C", "instrument": None},
        {"at": "3620s", "event_id": "e2", "kind": "funding", "instrument": "X"},
    ],
    "swaps": [
        {"at": "60m", "tx_hash": f"s{n}", "block": 7, "position": n, "log_index": 0,
         "trader_id": "A" if n != 2 else "V", "pool": "P", "asset_in": "U", "asset_out": "T",
         "amount_in": 5, "amount_out": 1}
        for n in range(1, 5)
    ],
}  # fmt: skip


def beside(needs: set[str], **changes: Any) -> Scene:
    subject = hit(evidence={"trades": ("t1", "t2")}, **changes)
    with sample_view(BESIDE, DAY) as opened:
        prepare(opened.connection, ["order_life", "fills"])
        evidence = Evidence(opened, [subject])
        (scene,) = scenes(opened, [subject], evidence, {"probe": frozenset(needs)})
        return scene


def test_what_a_rule_weighs_goes_with_the_scene_and_nothing_else() -> None:
    around = beside({"marks", "positions", "events"}).around
    assert [(each.name, each.points[0][1]) for each in around.references] == [
        ("mark price", "101"),
        ("index price", "100"),
    ]
    assert [value for _, value in around.holdings[0].points] == ["50", "80", "100"]
    assert around.limit == "100"
    assert [moment.words for moment in around.moments] == ["hack"]
    assert beside({"trades"}).around == Surroundings()


def test_a_swap_goes_with_what_lies_between_it_and_the_other() -> None:
    subject = hit(instrument=None, evidence={"swaps": ("s1", "s3")})
    with sample_view(BESIDE, DAY) as opened:
        prepare(opened.connection, ["order_life", "fills"])
        (scene,) = scenes(opened, [subject], Evidence(opened, [subject]))
    shown = [(swap.place, swap.trader_id, swap.is_evidence) for swap in scene.around.swaps]
    assert shown == [("1", "A", True), ("2", "V", False), ("3", "A", True)]


def test_a_hit_whose_rows_lie_in_another_instrument_shows_that_one() -> None:
    assert beside(set(), instrument="OPTION").instrument == "X"
    assert beside(set(), instrument=None).instrument == "X"


def test_when_an_account_was_opened_is_no_part_of_what_was_done(view: View) -> None:
    subject = hit(evidence={"accounts": ("A1",)})
    assert Evidence(view, [subject]).span(subject) == (subject.started_at, subject.at)
