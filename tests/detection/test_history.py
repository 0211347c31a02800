"""Features of a window, and beside them those of the window before."""

import pyarrow as pa

from surveillance.detection.history import beside


def test_what_was_before_stands_beside_and_who_was_not_there_is_not_known() -> None:
    before = pa.table({"trader_id": ["c", "a"], "volume": [2.0, 1.0]})
    now = pa.table({"trader_id": ["a", "b"], "volume": [4.0, 5.0]})

    assert beside(now, before).to_pylist() == [
        {"trader_id": "a", "volume": 4.0, "before volume": 1.0},
        {"trader_id": "b", "volume": 5.0, "before volume": None},
    ]
