"""Facts about money: who paid whom once, gatherings, scatterings, paths, passages, split sums."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from surveillance.activity.preparing import prepare
from surveillance.activity.sample import START, sample_view
from surveillance.model import Window

Rows = list[dict[str, Any]]


def fact(name: str, **tables: Rows) -> Rows:
    window = Window(START - timedelta(days=60), START + timedelta(days=20))
    with sample_view(tables, window) as view:
        prepare(view.connection, [name])
        rows: Rows = view.arrow(f"select * from {name} order by all").to_pylist()
    return rows


def paid(at: str, payer: str, payee: str, usd: float, **more: Any) -> dict[str, Any]:
    return {"at": at, "trader_id": payer, "direction": "out", "usd": usd, "counterparty_id": payee,
            "kind": "internal", **more}  # fmt: skip


def got(at: str, payee: str, payer: str, usd: float, **more: Any) -> dict[str, Any]:
    return {**paid(at, payee, payer, usd, **more), "direction": "in"}


def pairs(rows: Rows) -> list[tuple[str | None, str | None]]:
    return [(row["payer_id"], row["payee_id"]) for row in rows]


def test_a_transfer_that_both_sides_tell_is_one() -> None:
    both = [paid("1h", "A", "B", 50), got("70m", "B", "A", 50)]
    assert pairs(fact("payments", transfers=both)) == [("A", "B")]


@pytest.mark.parametrize(
    "other",
    [got("5h", "B", "A", 50), got("1h", "B", "A", 51, amount=2), got("1h", "B", "C", 50)],
    ids=["hours later", "another amount", "another payer"],
)
def test_other_transfers_are_others(other: dict[str, Any]) -> None:
    assert len(fact("payments", transfers=[paid("1h", "A", "B", 50), other])) == 2


def test_what_only_the_payee_tells_is_known_too() -> None:
    assert pairs(fact("payments", transfers=[got("1h", "B", "outside", 50)])) == [("outside", "B")]


def test_sweeps_and_moves_between_own_accounts_went_nowhere() -> None:
    own = [{"at": "-9d", "trader_id": name, "owner_id": "O"} for name in ("A", "B")]
    rows = [paid("1h", "A", "B", 50), paid("2h", "A", "C", 50, kind="sweep")]
    assert fact("payments", transfers=rows, accounts=own) == []


def crowd(payee: str = "A", at: str = "1h", count: int = 6) -> dict[str, Any]:
    return got(at, payee, "p{n}", 100, times=count, apart="2h", transfer_id=at + "{n}")


LEFT = paid("20h", "A", "x", 450)


def test_who_paid_before_is_no_stranger() -> None:
    (row,) = [
        row
        for row in fact("gatherings", transfers=[crowd(), got("-20d", "A", "p0", 100), LEFT])
        if row["payers"] == 6
    ]
    assert (row["strangers"], row["received"], row["sent"]) == (5, 600, 450)
    assert row["usual"] == 0.25


def test_what_left_until_three_days_after_counts() -> None:
    later = [paid("80h", "A", "x", 500), paid("110h", "A", "y", 70)]
    (row,) = fact("gatherings", transfers=[crowd(), *later])
    assert (row["sent"], row["recipients"], row["unknown"], row["to_unknown"]) == (500, 1, 1, 500)


def test_what_left_only_after_the_last_had_paid_stands_beside() -> None:
    rows = [crowd(at="10h"), paid("2h", "A", "s", 240), paid("11h", "A", "t", 360)]
    (row,) = fact("gatherings", transfers=[got("1h", "A", "first", 10), *rows])
    assert (row["sent"], row["sent_after"]) == (600, 600)
    rows = [got("-26h", "A", "first", 10), paid("-25h", "A", "s", 240), *rows[:1], rows[2]]
    row = fact("gatherings", transfers=rows)[-1]
    assert (row["sent"], row["sent_after"]) == (600, 360)


def test_what_left_is_told_at_the_end_of_each_day_on_which_something_left() -> None:
    rows = [crowd(), paid("30h", "A", "x", 400), paid("80h", "A", "y", 200)]
    found = [row for row in fact("gatherings", transfers=rows) if row["payers"] == 6]
    days = [(row["settled_at"].day - START.day, row["sent"], row["recipients"]) for row in found]
    assert days == [(2, 400, 1), (4, 600, 2)]


def test_three_payers_are_no_gathering() -> None:
    assert fact("gatherings", transfers=[crowd(count=3), LEFT]) == []


@pytest.mark.parametrize(
    "others",
    [[], [got("-9d", "A", "p{n}", 100, times=6, apart="1h"), LEFT], [paid("20h", "A", "x", 4500)]],
    ids=["it stays", "they paid before", "much more left"],
)
def test_a_gathering_far_from_any_line_is_not_told(others: Rows) -> None:
    assert fact("gatherings", transfers=[crowd(), *others]) == []


def test_what_was_declared_by_then_stands_beside() -> None:
    kyc = [{"at": "-9d", "trader_id": "A", "entity": "legal", "status": "verified",
            "expected_volume": 900}]  # fmt: skip
    (row,) = fact("gatherings", transfers=[crowd(), LEFT], kyc=kyc)
    assert (row["is_business"], row["volume"]) == (True, 900)
    later = [{**kyc[0], "at": "5d"}]
    (row,) = fact("gatherings", transfers=[crowd(), LEFT], kyc=later)
    assert (row["is_business"], row["volume"]) == (False, None)


def test_whom_an_owner_paid_a_month_before_is_no_new_recipient() -> None:
    now = paid("1h", "A", "r{n}", 10, times=5, apart="1h", transfer_id="n{n}")
    before = paid("-30d", "A", "r{n}", 10, times=3, apart="1m", transfer_id="b{n}")
    (row,) = fact("scatterings", transfers=[now, before])
    assert (row["recipients"], row["unknown"], row["to_unknown"]) == (5, 2, 20)


def way(*hops: tuple[str, str, str, float]) -> Rows:
    return [paid(*hop, transfer_id=f"t{number}") for number, hop in enumerate(hops)]


def paths(transfers: Sequence[dict[str, Any]]) -> list[tuple[str, int | None, bool | None]]:
    rows = fact("money_paths", transfers=list(transfers))
    return [(row["owner_id"], row["hops"], row["is_circle"]) for row in rows]


CIRCLE = (("1h", "A", "B", 100), ("20h", "B", "C", 95), ("50h", "C", "A", 90))


def test_money_that_comes_back_is_a_circle_for_each() -> None:
    assert paths(way(*CIRCLE)) == [(name, 3, True) for name in "ABC"]


@pytest.mark.parametrize(
    "last",
    [("18h", "C", "A", 90), ("50h", "C", "A", 96), ("50h", "C", "A", 60), ("190h", "C", "A", 90)],
    ids=["before it came", "more than came", "much less", "after a week"],
)
def test_money_that_was_not_handed_on_is_none(last: tuple[str, str, str, float]) -> None:
    assert paths(way(*CIRCLE[:2], last)) == []


def test_days_without_hours_may_be_in_any_order() -> None:
    assert len(paths(way(("0h", "C", "A", 90), ("0h", "B", "C", 95), ("0h", "A", "B", 100)))) >= 3


def test_a_hop_in_parts_is_one_hop() -> None:
    parts = [("20h", "B", "C", 50), ("22h", "B", "C", 45)]
    assert paths(way(CIRCLE[0], *parts, CIRCLE[2])) == [(name, 3, True) for name in "ABC"]


def test_the_longest_form_of_a_chain_counts() -> None:
    chain = way(("1h", "A", "B", 100), ("5h", "B", "C", 95), ("9h", "C", "D", 90),
                ("30h", "D", "E", 85))  # fmt: skip
    assert {hops for _, hops, _ in paths(chain)} == {4}
    rows = fact("money_paths", transfers=chain)
    assert [row["owner_id"] for row in rows if row["is_middle"]] == ["B", "C", "D"]


def test_a_hub_is_said_by_its_name() -> None:
    hub = [paid("2h", "B", "x{n}", 99, times=501, apart="1m", transfer_id="h{n}")]
    assert paths([*way(CIRCLE[0]), *hub]) == [("B", None, None)]


def test_a_coin_that_did_not_come_in_was_changed_here() -> None:
    rows = [got("1h", "A", "s", 9000, asset="USDT"), paid("4h", "A", "w", 8000, asset="BTC"),
            paid("4h", "A", "v", 500, asset="USDT")]  # fmt: skip
    (row,) = fact("passages", transfers=rows)
    assert (row["received"], row["sent"]) == (9000, 8500)
    assert (row["sent_other"], row["to_unknown"]) == (8000, 8500)
    assert row["residence"] == 3 * 3600


def test_what_was_there_before_or_traded_without_it_is_no_part_of_a_passage() -> None:
    moved = [got("-40h", "A", "own", 90000), paid("-9h", "A", "w", 30000),
             got("5h", "A", "s", 10000), paid("8h", "A", "v", 9500)]  # fmt: skip
    trades = [{"at": at, "buyer_id": "A", "seller_id": "B", "price": 100, "quantity": 9}
              for at in ("1h", "12h")]  # fmt: skip
    row = fact("passages", transfers=moved, trades=trades)[-1]
    assert (row["received"], row["sent"], row["traded"], row["trades"]) == (10000, 9500, 0, 1)


def test_sums_that_pass_one_after_another_are_one_passage() -> None:
    moved = [got("1h", "A", "s", 10000), paid("3h", "A", "v", 9500), got("20h", "A", "t", 5000),
             paid("24h", "A", "u", 4800)]  # fmt: skip
    rows = fact("passages", transfers=moved)
    assert [(row["received"], row["sent"]) for row in rows] == [(10000, 9500), (15000, 14300)]


@pytest.mark.parametrize(
    ("came", "left"), [(2400, 2400), (10000, 4900), (10000, 20100)], ids=["little", "half", "twice"]
)
def test_a_passage_far_from_any_line_is_not_told(came: int, left: int) -> None:
    assert fact("passages", transfers=[got("1h", "A", "s", came), paid("3h", "A", "v", left)]) == []


def test_what_goes_back_to_who_paid_it_has_no_new_recipient() -> None:
    moved = [got("1h", "A", "s", 10000), paid("3h", "A", "s", 6000), paid("3h", "A", "v", 3500)]
    (row,) = fact("passages", transfers=moved)
    assert (row["sent"], row["to_unknown"]) == (9500, 3500)


def test_the_line_is_that_of_the_country() -> None:
    rows = [paid("1h", "A", "w", 950, times=3, apart="1h", transfer_id="t{n}")]
    (row,) = fact("split_sums", transfers=rows)
    assert (row["line"], row["same"], row["line_usd"]) == ("travel_rule", 3, 1000)
    american = [{"at": "-9d", "trader_id": "A", "residence": "US"}]
    assert fact("split_sums", transfers=rows, kyc=american) == []


def test_what_passes_from_half_the_line_to_twice_it_is_counted_beside() -> None:
    sums = (4900, 5000, 7900, 10000, 19900, 20000)
    near = got("1h", "A", "p", 9500, times=2, apart="1h", transfer_id="n{n}")
    rows = [got("90m", "A", f"q{usd}", usd) for usd in sums]
    (row,) = [
        row
        for row in fact("split_sums", transfers=[near, *rows])
        if row["owner_id"] == "A" and row["line"] == "reporting"
    ]
    assert (row["week"], row["above"], row["beside"]) == (2, 1, 4)


def test_linked_accounts_split_as_one_hand() -> None:
    logins = [{"at": "-2d", "times": 3, "apart": "9h", "trader_id": name, "device_id": "d"}
              for name in "AB"]  # fmt: skip
    rows = [got("1h", "A", "p", 9500), got("2h", "B", "p", 9600), got("3h", "A", "p", 9400)]
    assert {(row["owner_id"], row["week"]) for row in fact("split_sums", transfers=rows,
            logins=logins)} == {("A", 3), ("B", 2)}  # fmt: skip


def test_parts_are_counted_over_midnight_from_either_side() -> None:
    rows = [paid("22h", "A", "B", 5, times=4, apart="1h", transfer_id="t{n}"),
            got("30h", "B", "A", 9, transfer_id="u")]  # fmt: skip
    found = fact("part_payments", transfers=rows)
    assert {(row["owner_id"], row["way"], row["parts"], row["usd"]) for row in found} == {
        ("A", "out", 5, 29), ("B", "in", 5, 29),
    }  # fmt: skip


def test_beside_parts_stands_what_others_and_the_two_do() -> None:
    rows = [got("5h", "A", "p", 5, times=3, apart="1h", transfer_id="t{n}"),
            got("-2d", "A", "p", 5, times=2, apart="1h", transfer_id="u{n}"),
            got("-2d", "C", "q", 5, times=3, apart="1h", transfer_id="v{n}"),
            got("-2d", "D", "q", 5)]  # fmt: skip
    (row,) = [row for row in fact("part_payments", transfers=rows) if row["owner_id"] == "A"]
    assert (row["usual"], row["venue_share"]) == (2, 0.5)


def test_a_payment_unlike_the_others_is_no_part() -> None:
    rows = [got("5h", "A", "p", 5, times=4, apart="1h", transfer_id="t{n}"),
            got("6h", "A", "p", 90, transfer_id="u"),
            got("7h", "A", "p", 2, transfer_id="v")]  # fmt: skip
    (row,) = fact("part_payments", transfers=rows)
    assert (row["parts"], row["usd"], row["least"], row["most"]) == (4, 20, 5, 5)


def test_sums_that_are_all_unlike_are_no_parts() -> None:
    rows = [got(f"{hour}h", "A", "p", 3**hour, transfer_id=f"t{hour}") for hour in range(1, 6)]
    assert fact("part_payments", transfers=rows) == []


def test_the_usual_transfer_is_that_of_the_days_before() -> None:
    rows = [got("-3d", "A", "p", 100, times=9, apart="1m", transfer_id="a{n}"),
            got("1h", "A", "p", 9000, transfer_id="b")]  # fmt: skip
    usual = {row["ts"]: row["usd"] for row in fact("usual_transfers", transfers=rows)}
    assert usual[START.replace(tzinfo=None)] == pytest.approx(100, rel=0.05)


def test_what_came_before_sleep_is_told_from_what_comes_after() -> None:
    rows = [got("-59d", "A", "p", 40), got("9d", "A", "p", 900), paid("10d", "A", "q", 500)]
    first, then = fact("awakenings", transfers=rows)
    assert (first["received"], first["sent"]) == (900, 0)
    assert (then["received"], then["sent"], then["largest"]) == (900, 500, 40)
    assert (then["asleep"], then["settled_at"] - first["settled_at"]) == (68, timedelta(days=1))


def test_a_device_that_is_new_after_money_moved_is_told_on_its_day() -> None:
    rows = [got("-70d", "A", "p", 40), got("1d", "A", "p", 900)]
    logins = [{"at": at, "trader_id": "A", "device_id": device, "kind": "login"}
              for at, device in (("-70d", "old"), ("50h", "new"))]  # fmt: skip
    found = fact("awakenings", transfers=rows, logins=logins)
    assert [(row["settled_at"].day - START.day, row["is_new_device"]) for row in found] == [
        (2, False),
        (3, True),
    ]


def test_the_venue_may_say_when_an_account_last_did_anything() -> None:
    rows = [got("1d", "A", "p", 900), paid("2d", "A", "q", 500)]
    known = [{"at": "-30d", "trader_id": "A", "last_active_at": "-119d"}]
    assert fact("awakenings", transfers=rows) == []
    row = fact("awakenings", transfers=rows, accounts=known)[-1]
    assert (row["asleep"], row["received"], row["largest"]) == (120, 900, 0)


def test_an_identity_is_judged_by_the_record_that_held() -> None:
    kyc = [
        {"at": "-90d", "trader_id": "A", "status": "verified", "document_expires_at": "-5d"},
        {"at": "3d", "trader_id": "A", "status": "verified", "document_expires_at": "900d"}
    ]  # fmt: skip
    rows = [paid("1d", "A", "x", 50), paid("4d", "A", "x", 60)]
    (row,) = fact("stale_identities", transfers=rows, kyc=kyc)
    assert (row["state"], row["overdue"], row["sent"]) == ("expired", 6, 50)
    assert row["line_usd"] == 1000


def test_a_holder_with_two_accounts_is_one_who_reused_a_credential() -> None:
    checked = [
        {"at": f"-{hours}h", "trader_id": name, "credential_id": name, "status": "valid",
         "nullifier": "n"} for hours, name in ((9, "A"), (2, "B"))
    ]  # fmt: skip
    accounts = [{"at": "-9d", "trader_id": name, "owner_id": f"o{name}"} for name in "AB"]
    rows = [paid("1h", "B", "x", 50), paid("2h", "A", "x", 50, seq=2)]
    states = fact("credential_gaps", transfers=rows, kyc_credentials=checked, accounts=accounts)
    assert {(row["trader_id"], row["state"]) for row in states} == {
        ("A", "reused"),
        ("B", "reused"),
    }


def test_owners_of_one_device_say_what_ties_them_and_what_each_moved_that_week() -> None:
    logins = [{"at": "1h", "times": 3, "apart": "9h", "trader_id": name, "device_id": "d"}
              for name in "ABC"]  # fmt: skip
    moved = [paid("5h", "A", "x", 900), paid("30h", "A", "x", 50), paid("31h", "B", "y", 70)]
    rows = fact("tied_owners", transfers=moved, logins=logins)
    assert [(row["owner_id"], row["usd"], row["active"]) for row in rows] == [
        ("A", 900, 1),
        ("A", 950, 2),
        ("B", 70, 2),
    ]
    assert all("device d" in row["reasons"] for row in rows)


def test_failed_logins_are_from_nowhere() -> None:
    logins = [{"at": "1h", "trader_id": "A", "kind": "login", "country": "DE"},
              {"at": "2h", "trader_id": "A", "kind": "failure", "country": "BR"}]  # fmt: skip
    (row,) = fact("access_days", logins=logins)
    assert (row["countries"], row["names"], row["jump"]) == (1, "DE", None)


def test_a_list_counts_from_its_day() -> None:
    rows = [paid("1h", "A", "x", 50, country="KE"), paid("2h", "A", "x", 70, country="KP")]
    listed = fact("risky_countries", transfers=rows)
    assert [(row["list"], row["countries"], row["usd"]) for row in listed] == [
        ("monitored", "KE", 50),
        ("call_for_action", "KP", 70),
    ]
