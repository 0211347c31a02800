"""The page of what keys cost is written whole, whatever the figures."""

import sys
from pathlib import Path

import pytest

from benchmarks.ids import __main__ as ids


def test_each_form_of_ids_is_joined_by_each_key_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["ids", "--rows", "300", "--out", str(tmp_path)])
    ids.main()
    uuids, digits = (tmp_path / "README.md").read_text().split("## Ids as ")[1:]
    keys = [{line.split(" | ")[0] for line in part.splitlines()} for part in (uuids, digits)]
    assert all({"| text", "| digest, 128 bits", "| dense number"} <= part for part in keys)
    only = {"| UUID of the id", "| BIGINT of the id"}
    assert [part & only for part in keys] == [{"| UUID of the id"}, {"| BIGINT of the id"}]
