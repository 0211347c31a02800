"""Cases of conduct, judged by a whole rulebook."""

from pathlib import Path
from typing import Any

import pytest

from surveillance.errors import FileError
from surveillance.studies import variations
from surveillance.studies.variations import Case, Tried, tried
from tests.given.rulebooks import book, entry

BUSY = {"transfers": [{"at": "1h", "times": 3, "apart": "1m", "trader_id": "A"}]}
CALM = {"transfers": [{"at": "1h", "trader_id": "B"}]}
FILE = """
- id: busy
  guilty: [A]
  background: {transfers: &calm [{at: 1h, trader_id: B}]}
  act: {transfers: [{at: 1h, times: 3, apart: 1m, trader_id: A}]}
- {id: calm, silent: true, act: {transfers: *calm}}
"""


def one(**said: Any) -> Tried:
    """Judge one case by the probe: three transfers in a day are an alert."""
    (outcome,) = tried([Case(id="x", **said)], book(entry()))
    return outcome


def test_the_guilty_have_an_alert_and_nobody_else() -> None:
    outcome = one(guilty=["A"], background=CALM, act=BUSY)
    assert outcome.as_expected
    assert outcome.alerts == (("A", "busy_payer"),)


def test_whoever_is_guilty_and_has_no_alert_is_missed() -> None:
    assert one(guilty=["A", "B"], background=CALM, act=BUSY).missed == ("B",)


def test_an_alert_of_another_typology_or_risk_does_not_count() -> None:
    assert one(guilty=["A"], act=BUSY, typologies=["structuring"]).as_expected
    assert one(guilty=["A"], act=BUSY, typologies=["fan_in"]).missed == ("A",)
    assert one(guilty=["A"], act=BUSY, risk="manipulation").missed == ("A",)


def test_whoever_has_an_alert_and_is_not_meant_is_accused() -> None:
    assert one(silent=True, act=BUSY).accused == ("A",)
    assert one(may=["A"], act=BUSY).as_expected


def test_a_background_that_is_not_silent_by_itself_is_not_as_expected() -> None:
    assert one(guilty=["A"], background=BUSY, act=CALM).accused == ("A",)


def test_an_alert_on_an_owner_is_one_on_the_accounts_behind_it() -> None:
    accounts = [{"at": "-1d", "trader_id": "A", "owner_id": "O"}]
    assert one(guilty=["A"], background={"accounts": accounts}, act=BUSY).as_expected


def test_a_file_may_name_rows_that_come_again(tmp_path: Path) -> None:
    path = tmp_path / "cases.yml"
    path.write_text(FILE)
    assert [each.as_expected for each in tried(variations.read(path), book(entry()))] == [True] * 2


def test_faults_of_a_file_name_their_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.yml"
    path.write_text("- {id: a, gilty: [A]}\n- {id: b, silent: true, guilty: [A]}\n")
    with pytest.raises(FileError) as refused:
        variations.read(path)
    first, second = str(refused.value).splitlines()
    assert f"{path}:1:11" in first
    assert "'gilty'" in first
    assert f"{path}:2" in second
    assert "expected either silent or guilty" in second


def test_aliases_of_aliases_are_not_followed_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "cases.yml"
    lists = "\n".join(f"- &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 9))
    path.write_text(f"- &l0 [x]\n{lists}\n")
    with pytest.raises(FileError, match="expected at most 500000 values"):
        variations.read(path)
