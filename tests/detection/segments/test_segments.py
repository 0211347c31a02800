"""Traders divided as people would, proved inside, named, frozen, and found again."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from surveillance.canonical import digest
from surveillance.detection import feature_file, segments
from surveillance.detection.scaling import Matrix
from surveillance.detection.segments import ALL, NEW, Segmentation, SegmentSettings
from surveillance.errors import RuleError, SurveillanceError

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
SHIPPED = Path(__file__).parents[3] / "rules" / "segments.yml"
FEATURES = ["orders", "cancels", "taking", "pace", "size"]
PLAIN = {"why": "w", "source": "engineering default"}
SETTINGS = SegmentSettings.model_validate(
    {
        "divisions": {
            "new": {"title": "New", "any": [{"orders": "< 5 or unknown"}], "features": []} | PLAIN,
            "maker": {"title": "Maker", "any": [{"cancels": ">= 0.6", "taking": "<= 0.5"}]} | PLAIN,
            "large": {"title": "Large", "any": [{"size": ">= 5 times the median"}]} | PLAIN,
            "retail": {"title": "Retail"} | PLAIN,
        },
        "features": ["pace", "cancels", "taking"],
        "evidence": {
            "clusters": [2, 3],
            "resamples": 4,
            "stability": 0.8,
            "in_time": 0.6,
            "separation": 0.5,
            "members": 8,
            "share": 0.05,
        },
        "margin": 0.2,
        "seed": 1,
        "words": {"pace": {"high": "busy", "low": "calm"}},
    }
)


def table(rows: Matrix) -> pa.Table:
    ids = [f"t{index:04d}" for index in range(len(rows))]
    return pa.table({"trader_id": ids} | dict(zip(FEATURES, rows.T, strict=True)))


def population(seed: int = 0, calm: int = 60, busy: int = 40, makers: int = 30) -> Matrix:
    """Calm customers, busy ones, and makers, in that order."""
    chance = np.random.default_rng(seed)
    kinds = [(calm, 0.1, 0.9, 3.0), (busy, 0.2, 0.5, 40.0), (makers, 0.9, 0.2, 300.0)]
    rows = [
        np.column_stack(
            [
                100 * chance.lognormal(0, 0.2, count),
                np.clip(chance.normal(cancels, 0.02, count), 0, 1),
                np.clip(chance.normal(taking, 0.02, count), 0, 1),
                pace * chance.lognormal(0, 0.1, count),
                chance.lognormal(0, 0.1, count),
            ]
        )
        for count, cancels, taking, pace in kinds
    ]
    return np.vstack(rows)


def calibrated(
    rows: Matrix, previous: Segmentation | None = None, halves: tuple[Matrix, Matrix] | None = None
) -> Segmentation:
    both = (table(halves[0]), table(halves[1])) if halves else None
    return segments.calibrate(table(rows), SETTINGS, previous, AS_OF, both)


@pytest.fixture(scope="module")
def model() -> Segmentation:
    """The population, divided."""
    return calibrated(population())


def test_people_are_divided_by_criteria_and_inside_by_evidence(model: Segmentation) -> None:
    placed = [model.segment_of(f"t{index:04d}") for index in (0, 60, 100)]
    assert placed == ["retail_calm", "retail_busy", "maker"]
    assert Counter(model.assignment.values()) == {"retail_calm": 60, "retail_busy": 40, "maker": 30}
    assert model.divisions["retail_calm"] == model.divisions["retail_busy"] == "retail"


def test_where_nothing_divides_a_part_it_stays_whole() -> None:
    rows = population(busy=0)
    assert set(calibrated(rows).assignment.values()) == {"retail", "maker"}


def test_clusters_that_the_halves_of_the_time_do_not_share_are_none() -> None:
    rows = population()
    shuffled = rows.copy()
    shuffled[:100] = shuffled[np.random.default_rng(1).permutation(100)]
    assert "retail_busy" in calibrated(rows, halves=(rows, rows)).segments
    assert "retail_busy" not in calibrated(rows, halves=(rows, shuffled)).segments


def test_a_handful_of_strange_traders_is_no_segment(model: Segmentation) -> None:
    strange = np.tile([[100.0, 0.1, 0.1, 2e4, 1.0]], (5, 1))
    again = calibrated(np.vstack([population(), strange]))
    assert again.segments == model.segments
    assert min(Counter(again.assignment.values()).values()) >= 30


def test_traders_with_little_activity_are_new_and_so_are_the_unknown() -> None:
    rows = population()
    rows[:3, 0] = [4.0, np.nan, 0.0]
    divided = calibrated(rows)
    assert [divided.segment_of(f"t000{index}") for index in range(3)] == [NEW] * 3
    assert divided.segment_of("nobody") == NEW


def test_what_is_not_known_meets_no_criterion_that_does_not_say_so() -> None:
    rows = population()
    rows[100, 2] = np.nan
    assert calibrated(rows).segment_of("t0100") != "maker"


def test_a_bound_in_medians_is_of_those_who_are_left_and_then_fixed() -> None:
    rows = population()
    rows[:2, 4] = 8.0
    divided = calibrated(rows)
    assert [divided.segment_of(f"t000{index}") for index in range(3)][:2] == ["large"] * 2
    rows[:, 4] *= 3
    everybody = segments.place(divided, table(rows))
    assert everybody["t0000"] == "large"
    assert everybody["t0005"] == segments.place(divided, table(population()))["t0005"]


def test_the_same_traders_give_the_same_bytes_in_any_order_of_runs(model: Segmentation) -> None:
    np.random.seed(5)
    assert calibrated(population()).to_text() == model.to_text()


def test_a_model_is_read_back_from_its_text_unchanged(model: Segmentation) -> None:
    again = Segmentation.from_text(model.to_text())
    assert again == model
    assert (again.digest, again.quantiles) == (model.digest, model.quantiles)


def test_a_trader_moves_when_another_segment_is_clearly_nearer_twice_running(
    model: Segmentation,
) -> None:
    rows = population()
    rows[0, 1:4] = [0.2, 0.5, 40.0]
    once = calibrated(rows, model)
    assert once.segment_of("t0000") == "retail_calm"
    assert once.leaning == {"t0000": "retail_busy"}
    twice = calibrated(rows, once)
    assert twice.segment_of("t0000") == "retail_busy"
    assert twice.moved == {"t0000": ("retail_calm", "retail_busy")}


def test_one_odd_week_moves_nobody_and_is_forgotten(model: Segmentation) -> None:
    odd = population()
    odd[0, 1:4] = [0.2, 0.5, 40.0]
    once = calibrated(odd, model)
    back = calibrated(population(), once)
    assert back.leaning == {}
    assert calibrated(odd, back).segment_of("t0000") == "retail_calm"


def test_who_crosses_a_criterion_by_less_than_the_margin_stays(model: Segmentation) -> None:
    rows = population()
    rows[100, 1] = 0.55
    once = calibrated(rows, model)
    assert (once.segment_of("t0100"), once.leaning) == ("maker", {})


def test_names_stay_with_the_traders_when_the_whole_market_moves(model: Segmentation) -> None:
    moved = population(seed=9)
    moved[:, 3] *= 30
    after = calibrated(moved, model)
    assert after.segment_of("t0000") == "retail_calm"
    assert after.segment_of("t0070") == "retail_busy"
    assert (after.changes, after.moved) == ((), {})


def test_a_split_and_a_merger_are_told(model: Segmentation) -> None:
    whole = calibrated(population(busy=0, calm=100))
    split = calibrated(population(), whole)
    assert [(c.kind, c.before, c.after) for c in split.changes] == [
        ("split", ("retail",), ("retail_busy", "retail_calm"))
    ]
    merged = calibrated(population(busy=0, calm=100), split)
    assert {(c.kind, c.before) for c in merged.changes} >= {("merged", ("retail_calm",))}
    assert "retail_busy" not in set(merged.assignment.values())


def test_a_birth_and_a_death_are_told(model: Segmentation) -> None:
    gone = calibrated(population(makers=0), model)
    assert [(c.kind, c.before) for c in gone.changes] == [("died", ("maker",))]
    born = calibrated(population(), gone)
    assert [(c.kind, c.after) for c in born.changes] == [("born", ("maker",))]


def test_a_profile_says_what_sets_a_segment_apart_and_who_shows_it(model: Segmentation) -> None:
    makers = model.profiles["maker"]
    assert makers.traders == 30
    assert {trait.feature for trait in makers.traits[:3]} == {"cancels", "taking", "pace"}
    assert all(trader >= "t0100" for trader in makers.exemplars)
    cancels = next(trait for trait in makers.traits if trait.feature == "cancels")
    assert cancels.here > 0.8
    assert cancels.elsewhere < 0.3


def test_a_quantile_is_among_the_peers_then_the_division_then_all() -> None:
    rows = population(busy=12)
    divided = calibrated(rows)
    retail, everybody = np.median(rows[:72, 0]), np.median(rows[:, 0])
    assert divided.quantile("retail_calm", "orders", 0.5) == pytest.approx(np.median(rows[:60, 0]))
    assert divided.quantile("retail_busy", "orders", 0.5) == pytest.approx(retail)
    for few in (NEW, "unheard_of", ALL):
        assert divided.quantile(few, "orders", 0.5) == pytest.approx(everybody)
    assert divided.quantile("maker", "unheard_of", 0.5) is None
    own = np.median(rows[60:72, 0])
    assert divided.median("retail_busy", "orders") == pytest.approx(own)
    assert divided.median("retail_busy", "unheard_of") is None


def test_what_is_usual_is_every_quantile_of_every_segment(model: Segmentation) -> None:
    usual = model.quantiles
    assert {
        (segment, name, share): value
        for name, segments in usual.items()
        for segment, values in segments.items()
        for share, value in values.items()
    } == {
        (segment, name, share): value
        for segment in model.values
        for name in model.values[segment]
        for share in (0.5, 0.75, 0.9, 0.95, 0.99)
        if (value := model.quantile(segment, name, share)) is not None
    }


def test_nothing_drifts_where_nothing_changed_and_what_changed_is_named(
    model: Segmentation,
) -> None:
    still = segments.drift(model, table(population()))
    assert still.churn == 0
    assert set(still.psi.values()) == {0.0}
    rows = population()
    rows[:26, 1:4] = [0.9, 0.2, 300.0]
    changed = segments.drift(model, table(rows))
    assert changed.churn == pytest.approx(0.2)
    assert changed.psi["cancels"] > 0.1 > changed.psi["size"]


def test_an_owner_is_in_the_segment_of_most_of_their_traders_new_ones_aside() -> None:
    rows = population()
    rows[5:8, 0] = 0
    owners = {"t0000": "o", "t0001": "o", "t0100": "o", "t0005": "p", "t0006": "p", "t0101": "p"}
    of_owners = segments.owner_segments(calibrated(rows), owners | {"t0007": "q"})
    assert of_owners == {"o": "retail_calm", "p": "maker", "q": NEW}


def test_nobody_at_all_gives_a_model_in_which_everybody_is_new() -> None:
    empty = calibrated(np.empty((0, 5)))
    assert empty.assignment == {}
    assert empty.segment_of("a") == NEW
    assert segments.place(empty, table(population()))["t0100"] == "maker"


def test_a_feature_that_is_not_in_the_table_is_named() -> None:
    with pytest.raises(SurveillanceError, match="cancels"):
        segments.calibrate(table(population()).drop(["cancels"]), SETTINGS, None, AS_OF)


FORMER: Mapping[str, Any] = {
    "as_of": "2026-01-01T00:00:00Z",
    "settings_digest": "d",
    "features": ["pace"],
    "space": {"units": [0.0], "scaling": {"centres": [10.0], "spreads": [10.0]}},
    "active": {"orders": 5.0},
    "centroids": {"market_maker": [2.0], "mixed_1": [0.0]},
    "stability": [{"asked": 2, "kept": 2, "stability": 1.0}],
    "assignment": {"a": "market_maker", "b": "mixed_1", "c": "new"},
    "values": {"all": {"pace": [float(n) for n in range(30)]}},
    "baseline": {"pace": {"edges": [10.0], "shares": [0.5, 0.5, 0.0]}},
}
"""A model as it was written before there were divisions."""


def test_a_model_of_before_there_were_divisions_is_read_and_keeps_its_digest() -> None:
    text = json.dumps(FORMER, sort_keys=True)
    former = Segmentation.from_text(text)
    assert former.digest == digest(text)
    assert [former.segment_of(t) for t in "abcd"] == ["market_maker", "mixed_1", "new", "new"]
    assert former.quantile("market_maker", "pace", 0.5) == 14.5
    rows = pa.table({"trader_id": ["x", "y", "z"], "orders": [9.0, 9, 1], "pace": [99.0, 9, 9]})
    assert segments.place(former, rows) == {"x": "market_maker", "y": "mixed_1", "z": "new"}


def test_the_shipped_settings_speak_of_shipped_features() -> None:

    defined = feature_file.load(SHIPPED.parent / "features.yml").features
    settings = segments.load(SHIPPED)
    assert set(settings.needed) <= set(defined)
    assert all(division.why and division.source for division in settings.divisions.values())


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("swaps: {high", "wealth: {high", "words.wealth: expected a feature listed above"),
        ("{high: busy,", "{hi: busy,", "words.orders_per_day: expected words for high and low"),
        ('orders_per_day: ">= 100"', 'orders_per_day: "much"', "expected a bound such as"),
        (
            "    why: Everybody else\n",
            "    why: Everybody else\n    any: [{orders: '> 1'}]\n",
            "divisions.retail: expected criteria for all divisions but the last",
        ),
    ],
)
def test_a_fault_of_the_settings_stands_where_it_was_written(
    tmp_path: Path, before: str, after: str, message: str
) -> None:
    path, text = tmp_path / "segments.yml", SHIPPED.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    with pytest.raises(RuleError, match=r"segments.yml:\d+:\d+") as raised:
        segments.load(path)
    assert message in str(raised.value)
