"""The risk desk from the command line: the same test each time, as table, CSV, JSON and PDF."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.given.installations import Home
from tests.given.typed import Say


@pytest.mark.usefixtures("blank")
def test_a_run_is_stressed_and_the_same_bytes_come_again(
    say: Say, own_judged: Home, tmp_path: Path
) -> None:
    paths = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    answers = [say(own_judged, "stress", "latest", "--pdf", path, "--json") for path in paths]
    test: dict[str, Any] = answers[0].json
    assert answers[0].out == answers[1].out
    assert paths[0].read_bytes() == paths[1].read_bytes()

    assert test["traders"]
    still = [c for c in test["cells"] if {c["price"], c["volatility"]} == {"0"}]
    assert [cell["change"] for cell in still] == ["0.00"]
    for place, cell in enumerate(test["cells"]):
        own = [Decimal(trader["cells"][place]["change"]) for trader in test["traders"]]
        assert Decimal(cell["change"]) == sum(own)


def test_a_row_is_a_trader_and_a_move(say: Say, own_judged: Home) -> None:
    rows = list(csv.DictReader(io.StringIO(say(own_judged, "stress", "--format", "csv").out)))
    assert rows[0].keys() == {
        "trader_id", "segment", "price", "volatility", "change", "fund_loss",
    }  # fmt: skip
    assert "Nothing was applied" in say(own_judged, "stress").out
