"""What every kind of source must do; a new one brings ``venues/samples/<name>/venue.yml``."""

import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel

from surveillance.activity import sources
from surveillance.activity.batch import FAULT, ORIGIN, Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.lake import Lake
from surveillance.activity.venue import Venue
from surveillance.errors import VenueError

SAMPLES = Path(__file__).parent / "venues" / "samples"
NOW = datetime(2026, 12, 1, tzinfo=UTC)

every_source = pytest.mark.parametrize("name", sources.names())


def sample(name: str) -> Venue:
    """Return the sample venue of one kind of source."""
    return sources.load(SAMPLES / name / "venue.yml")


@pytest.fixture(scope="module")
def pulled() -> dict[str, list[Batch]]:
    """Every sample, pulled once."""
    return {name: list(sources.pull(sample(name))) for name in sources.names()}


@every_source
def test_a_source_is_a_module_with_pull_and_settings(name: str) -> None:
    module = sources.find(name)
    assert module.__doc__
    assert list(inspect.signature(module.pull).parameters) == ["venue", "window", "landed"]
    assert issubclass(module.Keys, BaseModel)


@every_source
def test_a_source_gives_rows_of_the_catalogue_for_its_sample(
    name: str, pulled: dict[str, list[Batch]]
) -> None:
    assert any(rows.num_rows for batch in pulled[name] for rows in batch.tables.values())
    for batch in pulled[name]:
        assert batch.source == sample(name).name
        for table, rows in batch.tables.items():
            assert set(rows.column_names) <= {*TABLES[table].schema, FAULT, ORIGIN}


@every_source
def test_a_second_pull_gives_the_same_batches(name: str, pulled: dict[str, list[Batch]]) -> None:
    again = list(sources.pull(sample(name)))
    assert [batch.id for batch in again] == [batch.id for batch in pulled[name]]
    assert len({batch.id for batch in again}) == len(again)
    for one, other in zip(pulled[name], again, strict=True):
        assert one.tables == other.tables


@every_source
def test_what_a_source_gives_lands_and_a_second_landing_adds_nothing(
    name: str, pulled: dict[str, list[Batch]], tmp_path: Path
) -> None:
    lake = Lake(tmp_path / "lake")
    first = [lake.land(batch, NOW) for batch in pulled[name]]
    assert sum(landing.landed for landing in first) > 0
    versions = lake.versions()
    assert all(lake.land(batch, NOW).already for batch in pulled[name])
    assert lake.versions() == versions


@every_source
def test_a_source_refuses_a_key_that_it_does_not_know(name: str) -> None:
    text = (SAMPLES / name / "venue.yml").read_text() + "nonsense: 1\n"
    with pytest.raises(VenueError, match="expected a key that is known here, was 'nonsense'"):
        sources.parse(text, SAMPLES / name)
