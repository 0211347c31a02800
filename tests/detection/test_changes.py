"""How features have changed since the window before."""

import numpy as np
import pyarrow as pa
import pytest

from surveillance.detection.changes import changes


def test_a_sum_counts_by_its_ratio_and_a_share_by_its_difference() -> None:
    before = pa.table({"trader_id": ["a"], "volume": [1e6], "share": [0.1]})
    now = pa.table({"trader_id": ["a"], "volume": [1e7], "share": [0.2]})
    [row] = changes(now, before).to_pylist()
    assert row["volume"] == pytest.approx(np.log(10))
    assert row["share"] == pytest.approx(0.1, abs=0.01)


def test_who_was_not_there_before_has_changed_in_nothing_that_is_known() -> None:
    before = pa.table({"trader_id": ["a", "c"], "volume": [1.0, 2.0]})
    now = pa.table({"trader_id": ["a", "b", "c"], "volume": [1.0, 5.0, None]})
    assert changes(now, before)["volume"].to_pylist() == [0.0, None, None]
