"""Laws by date: a later one changes what moves from its date on, and nothing before."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from surveillance.activity.facts import policies
from surveillance.activity.sample import START
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from tests.given.hands import Rows, fact_in

MONTH = Window(START, START + timedelta(days=30))
CHANGE = START + timedelta(days=10)
OLD = '{kind: travel_rule, jurisdiction: "", usd: 1000, since: 2019-06-21,'
SPLIT: Rows = [
    {"at": f"{day}d", "times": 3, "apart": "1h", "trader_id": "A", "direction": "out", "usd": usd,
     "kind": "chain", "address": "w", "transfer_id": f"d{day}-{usd}-{{n}}"}
    for day in (3, 16)
    for usd in (950, 480)
]  # fmt: skip
ABROAD: Rows = [
    {"at": f"{day}d", "trader_id": "A", "direction": "out", "usd": 500, "country": "FR",
     "transfer_id": f"a{day}"}
    for day in (3, 16)
]  # fmt: skip


@pytest.fixture
def later_law(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From the tenth day on the travel rule's line is 500, and a country is on a list."""
    day = f"{CHANGE:%Y-%m-%d}"
    new = f'  - {{kind: travel_rule, jurisdiction: "", usd: 500, since: {day}, '
    new += "checked: true, source: t}"
    text = policies.PATH.read_text().replace(OLD, f"{OLD} until: {day},")
    text = text.replace("\nlists:", f"{new}\n\nlists:")
    text = text.replace(
        "      - {country: IR,", f"      - {{country: FR, since: {day}}}\n      - {{country: IR,"
    )
    path = tmp_path / "policy.yml"
    path.write_text(text)
    monkeypatch.setattr(policies, "PATH", path)
    monkeypatch.setattr(policies, "DIGEST", sha256(path.read_bytes()).hexdigest())


def lines() -> set[tuple[int, int]]:
    """Day and line of what was found just under one."""
    rows = fact_in(MONTH, "split_sums", {"transfers": SPLIT})
    return {
        ((row["ts"] - START.replace(tzinfo=None)).days, int(row["line_usd"]))
        for row in rows
        if row["line"] == "travel_rule"
    }


def listed() -> list[int]:
    """Days on which money went to a listed country."""
    rows = fact_in(MONTH, "risky_countries", {"transfers": ABROAD})
    return [(row["ts"] - START.replace(tzinfo=None)).days for row in rows]


FIRST_EURO = datetime(2024, 12, 30, tzinfo=UTC)


def around_the_first_euro(fact: str, tables: dict[str, Rows]) -> set[tuple[object, ...]]:
    """Line and amount of what a fact says of moves a week before and after the EU's regulation."""
    days = (FIRST_EURO - START).days
    week = timedelta(days=10)
    tables = {
        "kyc": [{"at": "-900d", "trader_id": "A", "residence": "DE"}],
        **{
            table: [
                {**row, "at": f"{days + day}d", "transfer_id": f"{row['transfer_id']}{day}"}
                for row in rows
                for day in (-7, 7)
            ]
            for table, rows in tables.items()
        },
    }
    rows = fact_in(Window(FIRST_EURO - week, FIRST_EURO + week), fact, tables)
    after = FIRST_EURO.replace(tzinfo=None)
    return {
        (row["ts"] >= after, row.get("line", row.get("state")), int(row["line_usd"]))
        for row in rows
    }


def test_in_the_eu_institutions_tell_of_every_sum_since_the_thirtieth_of_december_2024() -> None:
    paid = {"trader_id": "A", "direction": "out", "usd": 40, "transfer_id": "t"}
    paid |= {"counterparty_vasp": "Exchange", "travel_rule": False}
    assert around_the_first_euro("travel_rule_gaps", {"transfers": [paid]}) == {
        (False, "missing", 1000),
        (True, "missing", 0),
    }


def test_in_the_eu_wallets_have_the_line_since_then_and_payments_among_institutions_none() -> None:
    paid = {"times": 3, "apart": "1h", "trader_id": "A", "direction": "out", "usd": 950}
    paid |= {"kind": "chain", "address": "w", "transfer_id": "w{n} "}
    told = {**paid, "address": "v", "counterparty_vasp": "Exchange", "transfer_id": "v{n} "}
    assert around_the_first_euro("split_sums", {"transfers": [paid, told]}) == {
        (False, "travel_rule", 1000),
        (True, "self_hosted", 1000),
    }
    assert around_the_first_euro("split_sums", {"transfers": [told]}) == {
        (False, "travel_rule", 1000)
    }


def test_the_law_of_the_day_decides() -> None:
    assert lines() == {(3, 1000), (16, 1000)}
    assert listed() == []


@pytest.mark.usefixtures("later_law")
def test_a_later_law_decides_from_its_date_and_what_was_before_stays() -> None:
    assert lines() == {(3, 1000), (16, 500)}
    assert listed() == [16]


def test_a_file_that_changed_without_a_new_version_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "policy.yml"
    path.write_text(policies.PATH.read_text() + "# changed\n")
    monkeypatch.setattr(policies, "PATH", path)
    with pytest.raises(SurveillanceError, match="raises VERSION and DIGEST"):
        fact_in(MONTH, "policies", {"transfers": ABROAD})


def test_no_line_of_one_kind_and_place_holds_twice_at_once() -> None:
    rows = fact_in(MONTH, "policies", {"transfers": ABROAD})
    held: dict[tuple[str, str], list[tuple[object, object]]] = {}
    for row in rows:
        held.setdefault((row["kind"], row["jurisdiction"]), []).append((row["since"], row["until"]))
    for spans in held.values():
        ends = [until for _, until in sorted(spans, key=str)]
        assert all(until is not None for until in ends[:-1])
