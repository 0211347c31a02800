"""Who is strange among their peers, and why."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from surveillance.detection import detectors
from surveillance.detection.detectors import BEFORE, Spec, TooFewTraders, peers
from surveillance.detection.detectors.peers import FOLDS, fold
from surveillance.detection.history import beside
from surveillance.errors import SurveillanceError
from surveillance.model import ALERT_LINE
from tests.given.populations import FEATURES, linked, table

KNN = Spec("knn", FEATURES, 5, {"n_neighbors": 10}, min_traders=100)


NOVEL = replace(KNN, is_novelty=True)


def with_past(changed: int, always: int) -> pa.Table:
    """Return traders of two windows: one has become strange in one feature, one always was."""
    before, now = linked(300, seed=6), linked(300, seed=16)
    now[changed, 2] = 14.0
    now[always] = before[always] = 9.0
    return beside(table(now), table(before))


ROOMY = replace(KNN, false_alerts=10)
"""A budget that ranks among 300 can hold."""


def two_segments() -> tuple[pa.Table, dict[str, str]]:
    """Return 300 quiet and 300 busy traders; t00003 is quiet but stands among the busy."""
    rows = np.vstack([linked(300, seed=1), linked(300, seed=2, centre=8.0)])
    rows[3] = 8.0
    features = table(rows)
    ids = features["trader_id"].to_pylist()
    return features, {t: "quiet" if i < 300 else "busy" for i, t in enumerate(ids)}


def test_ordinary_elsewhere_but_strange_in_the_own_segment_is_found_there_only() -> None:
    features, segments = two_segments()
    within = detectors.score(detectors.fit(ROOMY, [features], segments), features, segments)
    among_all = detectors.score(detectors.fit(ROOMY, [features], {}), features, {})
    picked = [trader.trader_id for trader in within if trader.is_anomaly]
    assert "t00003" in picked
    assert len(picked) <= 3
    assert not among_all[3].is_anomaly
    assert (within[3].group, within[3].members) == ("quiet", 300)


def test_who_is_picked_and_who_reaches_the_queue_are_the_same() -> None:
    features, segments = two_segments()
    scored = detectors.score(detectors.fit(ROOMY, [features], segments), features, segments)
    assert all((trader.score >= ALERT_LINE) == trader.is_anomaly for trader in scored)


def test_a_segment_that_is_too_small_or_unknown_falls_back_to_all_traders() -> None:
    features = table(linked(150, seed=3))
    segments = {"t00000": "tiny", "t00001": "tiny"}
    fitted = detectors.fit(KNN, [features], segments)
    scored = detectors.score(fitted, features, segments | {"t00002": "later"})
    assert {trader.group for trader in scored} == {"all"}


def test_too_few_traders_say_so() -> None:
    with pytest.raises(TooFewTraders, match=r"expected at least 100 traders .* was 20"):
        detectors.fit(KNN, [table(linked(20, seed=4))], {})
    with pytest.raises(TooFewTraders, match="was 0"):
        detectors.fit(KNN, [table(linked(20, seed=4)).slice(0, 0)], {})


def test_what_is_not_known_is_not_strange_and_nothing_known_is_not_scored() -> None:
    rows = linked(200, seed=5)
    rows[:40, 2] = np.nan
    rows[5] = np.nan
    features = table(rows)
    scored = detectors.score(detectors.fit(KNN, [features], {}), features, {})
    assert "t00005" not in {trader.trader_id for trader in scored}
    assert len(scored) == 199
    assert not any(trader.is_anomaly for trader in scored)


@pytest.mark.parametrize("name", ["knn", "gmm", "lof", "pca"])
def test_the_reason_names_the_feature_that_was_moved_and_its_peers(name: str) -> None:
    rows = linked(300, seed=6)
    rows[9] = [0.0, 0.0, 14.0, 0.0]
    features = table(rows)
    spec = Spec(name, FEATURES, 5)
    trader = detectors.score(detectors.fit(spec, [features], {}), features, {})[9]
    first = trader.reasons[0]
    assert (first.feature, first.value) == ("f2", 14.0)
    assert abs(first.peer_median) < 0.5
    assert 0.5 < first.share <= 1
    assert first.beyond > 0.99
    assert sum(reason.share for reason in trader.reasons) <= 1.001


def test_with_the_named_features_at_the_median_nobody_is_strange() -> None:
    rows = linked(300, seed=6)
    rows[9] = [9.0, -9.0, 14.0, 0.0]
    fitted = detectors.fit(Spec("knn", FEATURES, 5), [table(rows)], {})
    strange = [t for t in detectors.score(fitted, table(rows), {}) if t.is_anomaly]
    assert "t00009" in {trader.trader_id for trader in strange}
    for trader in strange:
        row = rows[int(trader.trader_id[1:])].copy()
        for reason in trader.reasons:
            row[FEATURES.index(reason.feature)] = reason.peer_median
        alone = table(row[np.newaxis]).set_column(0, "trader_id", [[trader.trader_id]])
        assert not detectors.score(fitted, alone, {})[0].is_anomaly


def test_who_has_become_strange_is_found_and_who_always_was_is_not() -> None:
    features = with_past(changed=9, always=30)
    fitted = detectors.fit(NOVEL, [features], {})
    scored = {trader.trader_id: trader for trader in detectors.score(fitted, features, {})}
    found = scored["t00009"]
    assert [name for name, trader in scored.items() if trader.is_anomaly] == ["t00009"]
    assert (found.reasons[0].feature, found.reasons[0].value) == ("f2", 14.0)
    assert abs(found.reasons[0].before or 9.0) < 2
    assert scored["t00030"].p_value > 0.05


def test_with_what_is_named_at_the_median_nobody_has_become_strange() -> None:
    features = with_past(changed=9, always=30)
    fitted = detectors.fit(NOVEL, [features], {})
    row = features.slice(9, 1)
    for reason in detectors.score(fitted, row, {})[0].reasons:
        place = row.column_names.index(reason.feature)
        row = row.set_column(place, reason.feature, [[reason.peer_median]])
    assert not detectors.score(fitted, row, {})[0].is_anomaly


def test_who_was_not_there_before_is_compared_with_the_middle() -> None:
    features = with_past(changed=9, always=30)
    fitted = detectors.fit(NOVEL, [features], {})
    columns = features.to_pydict()
    for name in columns:
        if name.startswith(BEFORE):
            columns[name][9] = columns[name][30] = columns[name][60] = None
    unknown = pa.table(columns, schema=features.schema)
    scored = {each.trader_id: each for each in detectors.score(fitted, unknown, {})}
    assert scored["t00009"].is_anomaly
    assert scored["t00030"].is_anomaly
    assert scored["t00060"].p_value > 0.05


def test_a_segment_whose_ranks_cannot_hold_the_budget_falls_back_to_all_traders() -> None:
    features, segments = two_segments()
    fitted = detectors.fit(replace(KNN, min_traders=30), [features], segments)
    assert set(fitted.groups) == {"all"}
    assert {trader.group for trader in detectors.score(fitted, features, segments)} == {"all"}


def test_a_segment_in_which_nobody_can_be_found_falls_back_to_all_traders() -> None:
    features, segments = two_segments()
    budget = Spec("tails", FEATURES, 20, min_traders=30)
    few = dict.fromkeys(sorted(segments)[:40], "few")
    fitted = detectors.fit(budget, [features] * 4, few)
    assert (fitted.powers["segment few"], fitted.shortfall) == (None, "")
    assert {trader.group for trader in detectors.score(fitted, features, few)} == {"all"}


def test_what_happens_to_everybody_in_a_week_is_not_usual_in_the_others() -> None:
    calm, shaken = linked(200, seed=3), linked(200, seed=4)
    shaken[:, 1] += 9.0
    weeks = [table(calm), table(shaken), table(linked(200, seed=5))]
    peers_of = detectors.fit(KNN, weeks, {}).groups["all"]
    is_shaken = peers_of.rows[:, 1] > 5
    assert is_shaken.sum() == 200
    usual = np.quantile(peers_of.scores[~is_shaken], 0.95)
    assert np.median(peers_of.scores[is_shaken]) > usual


def test_where_nothing_can_be_found_that_is_said() -> None:
    fitted = detectors.fit(
        Spec("knn", FEATURES, 1, min_traders=30), [table(linked(40, seed=1))], {}
    )
    assert fitted.shortfall.startswith(
        "among 40 traders nothing can be found at 1 false alerts a week of 1,000: one far beyond "
        "all of them has a p-value of 0.07"
    )


def test_weeks_of_a_trader_are_one_peer_and_are_left_out_for_themselves() -> None:
    rows = linked(200, seed=3)
    rows[5] = 25.0
    weeks = [table(rows), table(rows)]
    fitted = detectors.fit(Spec("knn", FEATURES, 5, {"n_neighbors": 3}), weeks, {})
    assert fitted.groups["all"].size == 200
    assert detectors.score(fitted, table(rows), {})[5].is_anomaly


def test_a_trader_is_judged_by_a_model_that_never_saw_them() -> None:
    rows = linked(200, seed=7)
    fitted = detectors.fit(KNN, [table(rows)], {})
    assert {fold(f"t{index:05d}") for index in range(200)} == set(range(FOLDS))
    # A neighbour search that had seen the row would find it at distance 0 with one neighbour.
    nearest = Spec("knn", FEATURES, 5, {"n_neighbors": 1})
    scored = detectors.score(detectors.fit(nearest, [table(rows)], {}), table(rows), {})
    assert min(trader.raw for trader in scored) > 0
    assert set(fitted.groups) == {"all"}


def test_newcomers_are_scored_and_the_order_of_rows_does_not_matter() -> None:
    fitted = detectors.fit(KNN, [table(linked(200, seed=8))], {})
    newcomers = table(linked(10, seed=9), prefix="n")
    forward = detectors.score(fitted, newcomers, {})
    backward = detectors.score(fitted, newcomers.take(list(range(9, -1, -1))), {})
    assert forward == backward[::-1]


def test_where_nobody_is_strange_no_more_are_picked_than_the_budget() -> None:
    picked = [
        trader
        for features in (table(linked(300, seed=seed)) for seed in range(10, 25))
        for trader in detectors.score(detectors.fit(KNN, [features], {}), features, {})
        if trader.is_anomaly
    ]
    assert len(picked) <= 15 * 300 * KNN.line


def test_a_fit_of_another_version_is_named_as_that() -> None:
    fitted = detectors.fit(KNN, [table(linked(120, seed=10))], {})
    older = fitted.to_bytes().replace(b'"false_alerts"', b'"false_discovery_rate"')
    with pytest.raises(SurveillanceError, match="made by another version"):
        detectors.load(older)


def test_a_fit_that_a_changed_library_scores_otherwise_is_refused() -> None:
    features = table(linked(120, seed=10))
    stored = json.loads(detectors.fit(KNN, [features], {}).to_bytes())
    stored["groups"]["all"]["probes"][0] += 1
    again = detectors.load(json.dumps(stored).encode())
    with pytest.raises(SurveillanceError, match="a library has changed"):
        again.refit()
    with pytest.raises(SurveillanceError, match="a library has changed"):
        detectors.score(again, features, {})


def test_what_is_brought_back_is_fitted_when_it_first_scores_and_not_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    features = table(linked(120, seed=10))
    fitted = detectors.fit(KNN, [features], {})
    again = detectors.load(fitted.to_bytes())
    with monkeypatch.context() as patched:
        patched.setattr(peers, "_models", lambda *given: pytest.fail("was fitted"))
        assert (again.digest, again.to_bytes()) == (fitted.digest, fitted.to_bytes())
    scores = detectors.score(again, features, {})
    monkeypatch.setattr(peers, "_models", lambda *given: pytest.fail("was fitted again"))
    assert detectors.score(again, features, {}) == scores == detectors.score(fitted, features, {})


def test_settings_that_the_rows_cannot_bear_are_a_fault_that_says_so() -> None:
    spec = Spec("knn", FEATURES, 5, {"n_neighbors": 5000})
    with pytest.raises(SurveillanceError, match="expected settings that fit"):
        detectors.fit(spec, [table(linked(120, seed=11))], {})


@pytest.mark.parametrize("budget", [0.0, 1000.0, -0.1])
def test_a_budget_out_of_range_is_refused(budget: float) -> None:
    with pytest.raises(SurveillanceError, match="false alerts a week of 1,000 traders"):
        detectors.check(Spec("knn", FEATURES, budget))
