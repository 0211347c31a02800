"""A folder for the files of one venue."""

from pathlib import Path

import pytest

from tests.given.drop import Drop


@pytest.fixture
def shop(tmp_path: Path) -> Drop:
    """An empty folder."""
    return Drop(tmp_path)
