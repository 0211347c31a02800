"""Swaps on chain, from a venue file of a block explorer's export to the rule that reads them."""

from datetime import UTC, datetime
from pathlib import Path

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.venue import labels
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect
from surveillance.model import Window
from surveillance.rules.book import Rulebook
from tests.given.activities import shipped, unfitted

VENUES = Path(__file__).parents[2] / "venues"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def test_the_sandwich_of_a_simulated_export_is_found_and_nothing_else(tmp_path: Path) -> None:
    swaps = sources.load(VENUES / "swaps.yml", VENUES / "swaps")
    lake = Lake(tmp_path / "lake")
    landed = [lake.land(batch, NOW) for batch in sources.pull(swaps)]
    assert sum(landing.quarantined for landing in landed) == 0
    entry = shipped().entries["sandwich_swaps"]
    with lake.view(DAY.back_to(entry.reach), NOW) as view:
        (verdict,) = detect(Rulebook({entry.rule.id: entry}), view, DAY, Peers(), unfitted)
        (truth,) = labels.read(swaps, view).typologies
    (hit,) = verdict.hits
    assert set(hit.evidence["swaps"]) == truth.positives
    assert hit.measures["victim"] == "0xuser4"
