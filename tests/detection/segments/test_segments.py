"""Traders who behave alike: found, proved, named, frozen, and found again."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest

from surveillance.detection import segments
from surveillance.detection.scaling import Matrix
from surveillance.detection.segments import ALL, NEW, Segmentation, SegmentSettings
from surveillance.errors import RuleError, SurveillanceError

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
SHIPPED = Path(__file__).parents[3] / "rules" / "segments.yml"
HIGH: Literal["high"] = "high"
LOW: Literal["low"] = "low"

SETTINGS = SegmentSettings(
    features=["orders", "cancel_ratio", "taker_share"],
    active={"orders": 5},
    clusters=[2, 3, 4, 5, 6],
    seed=1,
    resamples=6,
    min_stability=0.8,
    names={
        "market_maker": {"orders": HIGH, "taker_share": LOW},
        "taker": {"taker_share": HIGH},
        "quiet": {"orders": LOW},
    },
)


def table(rows: Matrix, prefix: str = "t") -> pa.Table:
    ids = [f"{prefix}{index:04d}" for index in range(len(rows))]
    return pa.table({"trader_id": ids} | dict(zip(SETTINGS.features, rows.T, strict=True)))


def population(seed: int = 0, sizes: tuple[int, ...] = (100, 100, 100)) -> Matrix:
    """Makers, takers and quiet ones, in that order."""
    chance = np.random.default_rng(seed)
    centres = [(5000.0, 0.9, 0.1), (400.0, 0.2, 0.9), (10.0, 0.4, 0.3)]
    return np.vstack(
        [
            np.column_stack(
                [
                    orders * chance.lognormal(0, 0.2, size),
                    np.clip(chance.normal(cancels, 0.03, size), 0, 1),
                    np.clip(chance.normal(takes, 0.03, size), 0, 1),
                ]
            )
            for (orders, cancels, takes), size in zip(centres, sizes, strict=True)
        ]
    )


def calibrated(rows: Matrix, previous: Segmentation | None = None) -> Segmentation:
    return segments.calibrate(table(rows), SETTINGS, previous, AS_OF)


def test_segments_that_are_there_are_found_and_called_what_they_are() -> None:
    model = calibrated(population())
    placed = [model.segment_of(f"t{index:04d}") for index in (0, 100, 200)]
    assert placed == ["market_maker", "taker", "quiet"]
    assert Counter(model.assignment.values()) == dict.fromkeys(placed, 100)
    asked = {int(trial["asked"]): trial["stability"] for trial in model.stability}
    assert asked[3] >= max(asked.values()) - 0.01


def test_where_nothing_divides_the_traders_they_are_one_segment() -> None:
    chance = np.random.default_rng(3)
    rows = 50 + chance.normal(size=(300, 3))
    assert len(calibrated(rows).centroids) == 1


def test_a_handful_of_strange_traders_is_no_segment() -> None:
    rows = np.vstack([population(), np.tile([50000.0, 0.0, 1.0], (5, 1))])
    model = calibrated(rows)
    strange = {model.segment_of(f"t{index:04d}") for index in range(300, 305)}
    assert min(Counter(model.assignment.values()).values()) >= 100
    assert strange <= {"market_maker", "taker", "quiet"}


def test_traders_with_little_activity_are_new_and_so_are_the_unknown() -> None:
    rows = population()
    rows[:3, 0] = [4.0, np.nan, 0.0]
    model = calibrated(rows)
    assert [model.segment_of(f"t000{index}") for index in range(3)] == [NEW] * 3
    assert model.segment_of("nobody") == NEW
    assert model.segment_of("t0003") == "market_maker"


def test_the_same_traders_give_the_same_bytes_in_any_order_of_runs() -> None:
    first = calibrated(population())
    np.random.seed(5)
    assert calibrated(population()).to_text() == first.to_text()


def test_a_model_is_read_back_from_its_text_unchanged() -> None:
    model = calibrated(population())
    again = Segmentation.from_text(model.to_text())
    assert again == model
    assert again.digest == model.digest


def test_names_stay_when_segments_move_a_little_and_sizes_change() -> None:
    before = calibrated(population())
    moved = population(seed=9, sizes=(150, 60, 120))
    moved[:, 0] *= 1.3
    after = calibrated(moved, before)
    assert set(after.centroids) == set(before.centroids)
    assert after.segment_of("t0000") == "market_maker"
    assert after.segment_of("t0160") == "taker"


def test_a_kept_name_is_not_given_twice() -> None:
    only_makers = SegmentSettings(
        **SETTINGS.model_dump() | {"names": {"everyone": {"orders": "high"}}}
    )
    before = segments.calibrate(table(population()), only_makers, None, AS_OF)
    after = segments.calibrate(table(population(seed=2)), only_makers, before, AS_OF)
    assert sorted(after.centroids) == ["everyone", "mixed_1", "mixed_2"]
    assert sorted(after.centroids) == sorted(before.centroids)


def test_a_quantile_is_among_the_peers_and_among_all_where_peers_are_few() -> None:
    rows = population()
    rows[:4, 0] = 1.0
    model = calibrated(rows)
    takers = np.sort(rows[100:200, 0])
    assert model.quantile("taker", "orders", 0.95) == pytest.approx(np.quantile(takers, 0.95))
    for few in (NEW, "unheard_of", ALL):
        assert model.quantile(few, "orders", 0.5) == pytest.approx(np.quantile(rows[:, 0], 0.5))
    assert model.quantile("taker", "unheard_of", 0.5) is None


def test_nothing_drifts_where_nothing_changed_and_what_changed_is_named() -> None:
    rows = population()
    model = calibrated(rows)
    still = segments.drift(model, table(rows))
    assert still.churn == 0
    assert set(still.psi.values()) == {0.0}
    rows[:60, 2] = 0.9
    rows[:60, 0] /= 12
    rows[:60, 1] = 0.2
    changed = segments.drift(model, table(rows))
    assert changed.churn == pytest.approx(0.2)
    assert min(changed.psi.values()) > 0.1


def test_an_owner_is_in_the_segment_of_most_of_their_traders_new_ones_aside() -> None:
    rows = population()
    rows[5:8, 0] = 0
    owners = {"t0000": "o", "t0001": "o", "t0100": "o", "t0005": "p", "t0006": "p", "t0101": "p"}
    of_owners = segments.owner_segments(calibrated(rows), owners | {"t0007": "q"})
    assert of_owners == {"o": "market_maker", "p": "taker", "q": NEW}


def test_nobody_at_all_gives_a_model_in_which_everybody_is_new() -> None:
    model = calibrated(np.empty((0, 3)))
    assert model.assignment == {}
    assert model.segment_of("a") == NEW
    assert segments.place(model, table(population()))["t0000"] in model.centroids


def test_a_feature_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(SurveillanceError, match="cancel_ratio"):
        segments.calibrate(table(population()).drop(["cancel_ratio"]), SETTINGS, None, AS_OF)


def test_the_shipped_settings_speak_of_shipped_features() -> None:
    from surveillance.detection import features

    defined = features.load(SHIPPED.parent / "features.yml").features
    settings = segments.load(SHIPPED)
    assert {*settings.features, *settings.active} <= set(defined)


def test_a_profile_over_a_feature_that_does_not_divide_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "segments.yml"
    path.write_text(SHIPPED.read_text() + "  rich: {wealth: high}\n")
    with pytest.raises(RuleError, match=r"segments.yml:\d+:10: names.rich.wealth: expected a fea"):
        segments.load(path)
