"""A venue file is read whole, or refused with the place of every mistake."""

from pathlib import Path

import pytest

from surveillance.activity import sources
from surveillance.activity.venue import Labels, Relation, Typology
from surveillance.errors import VenueError

GOOD = """\
venue: corner-shop
source: files
files:
  messages: {glob: "orders.csv*", format: csv}
tables:
  orders: select order_id from messages
labels:
  files:
    truth: {glob: labels.csv}
  typologies:
    - typology: spoofing
      table: orders
      universe: select order_id from orders
      positives: select id from truth
"""


def faults(text: str) -> list[str]:
    """Return every fault of a venue file."""
    with pytest.raises(VenueError) as caught:
        sources.parse(text, Path(), "shop.yml")
    return [str(fault) for fault in caught.value.faults]


def test_a_venue_file_says_what_it_is() -> None:
    venue = sources.parse(GOOD, Path("drop"))
    assert (venue.name, venue.source, venue.folder) == ("corner-shop", "files", Path("drop"))
    assert venue.text == GOOD
    spoofing = Typology(
        typology="spoofing",
        table="orders",
        universe="select order_id from orders",
        positives="select id from truth",
    )
    truth = Relation(glob="labels.csv")
    assert venue.labels == Labels(files={"truth": truth}, typologies=[spoofing])


def test_patterns_are_resolved_beside_the_file_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "shop.yml"
    path.write_text(GOOD)
    assert sources.load(path).folder == tmp_path
    assert sources.load(path, Path("elsewhere")).folder == Path("elsewhere")


def test_every_mistake_is_named_with_its_place() -> None:
    text = GOOD.replace("format: csv", "format: excel").replace("table: orders", "tabel: orders")
    text = text.replace("venue: corner-shop", "venue: Corner Shop") + "colour: red\n"
    assert faults(text) == [
        "shop.yml:1:1: venue: expected a name of lower-case letters, digits, - and _, "
        "was 'Corner Shop'",
        "shop.yml:4:35: files.messages.format: expected 'csv', 'json', 'jsonl', 'parquet' or "
        "'text', was 'excel'",
        "shop.yml:11:7: labels.typologies.0: expected the key 'table', was absent",
        "shop.yml:12:7: labels.typologies.0.tabel: expected a key that is known here, was 'tabel'",
        "shop.yml:15:1: colour: expected a key that is known here, was 'colour'",
    ]


def test_a_key_that_stands_twice_is_a_mistake() -> None:
    assert faults(GOOD + "venue: other\n") == [
        "shop.yml:15:1: venue: expected each key once, was also on line 1"
    ]


def test_a_source_that_does_not_exist_is_answered_with_those_that_do() -> None:
    (fault,) = faults(GOOD.replace("source: files", "source: pigeons"))
    assert fault.startswith("shop.yml:2:1: source: expected ")
    assert "files or ivms101 or lists" in fault
    assert fault.endswith("was 'pigeons'")


@pytest.mark.parametrize("text", ["- a\n- b\n", "just text\n"])
def test_a_venue_file_is_a_mapping(text: str) -> None:
    assert faults(text) == ["shop.yml:1:1: expected a mapping of keys"]
