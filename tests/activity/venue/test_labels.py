"""The truth is read for measuring, over the lake and the label files, and leaves no trace."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from surveillance.activity import sources
from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.activity.venue import labels
from surveillance.activity.venue.labels import GroundTruth, TypologyTruth
from surveillance.errors import VenueError
from surveillance.model import Window

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 3, tzinfo=UTC)
TEXT = """\
venue: shop
source: files
files: {}
tables: {}
labels:
  files:
    truth: {glob: labels.csv}
  typologies:
    - typology: mules
      rules: [fan_in, fan_out]
      table: accounts
      universe: select trader_id from accounts
      positives: select id from truth where label = 'bad'
  clean: select a.trader_id from accounts a join truth t on t.id = a.trader_id and t.label = 'good'
"""


@pytest.fixture
def view(tmp_path: Path) -> View:
    """A view of three accounts, beside a label file of four."""
    lake = Lake(tmp_path / "lake")
    accounts = pa.table({"ts": [NOON] * 3, "trader_id": ["A", "B", "C"]})
    lake.land(Batch("shop", "one", {"accounts": accounts}), NOON)
    (tmp_path / "labels.csv").write_text("id,label\nA,bad\nB,good\nC,bad\nZ,bad\n")
    return lake.view(Window(NOON, LATER), LATER)


def test_labels_are_sets_of_ids_within_what_could_be_predicted(view: View, tmp_path: Path) -> None:
    truth = TypologyTruth(
        "mules", ("fan_in", "fan_out"), "accounts", frozenset("ABC"), frozenset({"A", "C"})
    )
    with view:
        truth_of = labels.read(sources.parse(TEXT, tmp_path), view)
        assert truth_of == GroundTruth((truth,), frozenset({"B"}))
        tables = view.arrow("show tables")["name"].to_pylist()
    assert "truth" not in tables


def test_a_venue_without_labels_has_no_truth(view: View, tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("labels:")]
    with view:
        assert labels.read(sources.parse(text, tmp_path), view) == GroundTruth((), frozenset())


def test_a_mistake_in_a_label_query_is_shown_in_its_place(view: View, tmp_path: Path) -> None:
    with view, pytest.raises(VenueError, match=r"^shop.yml:13:\d+: .*positives: .*colour"):
        labels.read(
            sources.parse(TEXT.replace("label = 'bad'", "colour = 1"), tmp_path, "shop.yml"), view
        )
