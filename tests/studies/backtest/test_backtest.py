"""A backtest: both versions in the same setting, what differs, what came of it; nothing filed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from surveillance.activity import sources
from surveillance.casework import cases, closings
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records.tables import Alert, Disposition, Officer, Study, StudyKind
from surveillance.rules.book import read_rule
from surveillance.studies import setting, store
from surveillance.studies.backtest import backtest
from surveillance.times import parse_time
from tests.given.installations import LATER, PULLED, Home, copied
from tests.given.probe import RULE
from tests.studies.tuning.test_tuning import counts

STRICTER = RULE.replace("version: 1", "version: 2").replace("value: 3", "value: 5")


def asked(place: Installation, text: str = STRICTER, **more: Any) -> Study:
    entry = read_rule(text, "busy_payer.yml")
    window = setting.window_of(place, None, None)
    return backtest(place, entry, window, LATER, by="officer", at=LATER, **more)


@pytest.fixture(scope="module")
def closed(small: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the small installation in which every third case was a false positive."""
    home = copied(small, tmp_path_factory.mktemp("closed"))
    place = home.opened()
    with place.session() as session:
        for number, case in enumerate(_cases(session)):
            close(
                session, case, Disposition.CONFIRMED if number % 3 else Disposition.FALSE_POSITIVE
            )
    place.engine.dispose()
    return home


@pytest.fixture
def place(closed: Home, tmp_path: Path) -> Iterator[Installation]:
    opened = copied(closed, tmp_path).opened()
    yield opened
    opened.engine.dispose()


def answered(study: Study) -> Any:
    return store.backtest_of(study)


def _cases(session: Session) -> list[str]:
    ids = session.exec(select(Alert.case_id).order_by(Alert.id)).all()
    return list(dict.fromkeys(ids))


def close(session: Session, case: str, disposition: Disposition) -> None:
    officer = session.get_one(Officer, "officer")
    cases.assign(session, case, officer, officer, PULLED)
    closings.dispose(session, case, officer, disposition, reason="Looked at.", at=PULLED)


def test_a_stricter_version_loses_what_lies_between_and_each_says_so(place: Installation) -> None:
    answer = answered(asked(place))
    lost = [change for change in answer["changes"] if change["kind"] == "lost"]

    before, after = (answer["verdicts"][version]["alerts"] for version in ("before", "after"))
    assert before - after == len(lost) == answer["counts"]["lost"] > 0
    assert "gained" not in answer["counts"]
    for change in lost:
        [crossing] = change["crossings"]
        assert 3 <= crossing["value"] < 5
        assert (crossing["line"], crossing["at"], crossing["other"]) == ("$least", 5, 3)
        assert change["reasons"][0].startswith(f"moved {crossing['value']} is below $least 5")
    assert answer["rewritten"] == [{"where": "parameters.least", "before": "3", "after": "5"}]


def test_days_and_segments_add_up_to_the_alerts(place: Installation) -> None:
    answer = answered(asked(place))

    for version in ("before", "after"):
        for lines in (answer["days"], answer["by_segment"]):
            alerts = answer["verdicts"][version]["alerts"]
            assert sum(line[version] for line in lines) == alerts


def test_a_backtest_is_stored_and_journalled_and_changes_nothing_else(place: Installation) -> None:
    before = counts(place)
    study = asked(place)

    after = counts(place)
    # One entry says it, and one seals the row.
    assert (after.pop("studies"), after.pop("journal")) == (1, before["journal"] + 2)
    assert after == {name: before[name] for name in after}
    assert (study.kind, study.rule_id) == (StudyKind.BACKTEST, "busy_payer")
    assert study.rule_digest == read_rule(STRICTER, "busy_payer.yml").digest
    with place.session() as session:
        assert store.anchor(session, study).seq == before["journal"] + 1


def test_prose_alone_makes_no_difference(place: Installation) -> None:
    answer = answered(asked(place, RULE.replace("Look.", "Look twice.")))

    assert (answer["rewritten"], answer["changes"], answer["counts"]) == ([], [], {})
    assert answer["verdicts"]["before"] == answer["verdicts"]["after"]


def test_a_rule_of_which_nothing_is_in_force_is_compared_with_nothing(place: Installation) -> None:
    answer = answered(asked(place, RULE.replace("id: busy_payer", "id: busier_payer")))

    assert (answer["in_force"], answer["verdicts"]["before"]) == (None, None)
    assert answer["verdicts"]["after"]["alerts"] > 0
    assert answer["changes"] == []


def test_what_was_productive_and_would_be_lost_is_named(place: Installation) -> None:
    answer = answered(asked(place))
    rates = answer["dispositions"]
    lost = {change["hit_id"] for change in answer["changes"] if change["kind"] == "lost"}

    assert rates["before"]["decided"] == rates["both"]["decided"] + rates["dropped"]["decided"]
    assert rates["before"]["decided"] == answer["verdicts"]["before"]["alerts"]
    assert len(rates["dropped_productive"]) == rates["dropped"]["productive"] > 0
    assert set(rates["dropped_productive"]) < lost
    low, high = rates["before"]["interval"]
    assert low < rates["before"]["rate"] < high


def test_an_open_case_decides_nothing(own_small: Home) -> None:
    rates = answered(asked(own_small.opened()))["dispositions"]
    assert {rates[key]["decided"] for key in ("before", "after", "both", "dropped")} == {0}


def test_labels_give_precision_and_recall_of_both(place: Installation, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("id\nnobody\n")
    opened = sources.parse(
        "venue: shop\nsource: files\nfiles: {}\ntables: {}\nlabels:\n"
        "  files: {truth: {glob: labels.csv}}\n  typologies:\n"
        "    - {typology: structuring, table: accounts, universe: select trader_id from accounts,\n"
        "       positives: select trader_id from transfers}\n"
        "    - {typology: spoofing, table: accounts, universe: select trader_id from accounts,\n"
        "       positives: select id from truth}\n",
        tmp_path,
    )
    answer = answered(asked(place, venue=opened))
    [before], [after] = answer["labels"]["before"], answer["labels"]["after"]

    assert before["typology"] == after["typology"] == "structuring"
    # An owner may have accounts that never paid.
    assert min(before["precision"], after["precision"]) > 0.9
    assert before["recall"] > after["recall"] > 0


def test_a_rule_that_cannot_judge_says_why(place: Installation) -> None:
    broken = STRICTER.replace("moved: count(*)", "moved: sum(cast(trader_id as bigint))")
    with pytest.raises(SurveillanceError, match="busy_payer@2 to judge the window, was: Conv"):
        asked(place, broken)
    assert counts(place)["studies"] == 0


def test_a_rule_whose_feeds_are_missing_is_not_studied(place: Installation) -> None:
    with pytest.raises(
        SurveillanceError, match=r"busy_payer needs .* was: no screening_decisions in"
    ):
        asked(place, STRICTER.replace("needs: [transfers]", "needs: [screening_decisions]"))
    assert counts(place)["studies"] == 0


def test_the_window_is_of_days_on_which_activity_has_landed(place: Installation) -> None:
    day, noon = parse_time("2026-03-02"), parse_time("2026-03-02T12:00:00Z")
    ripe = parse_time("2026-03-03T02:00:00Z")
    assert setting.window_of(place, None, None) == Window(day, ripe)
    assert setting.window_of(place, day, noon) == Window(day, noon)
    assert setting.window_of(place, parse_time("1990-01-01"), LATER) == Window(day, ripe)
    with pytest.raises(SurveillanceError, match="both --from and --to"):
        setting.window_of(place, day, None)
    with pytest.raises(SurveillanceError, match="there from 2026-03-02 to 2026-03-03"):
        setting.window_of(place, LATER, parse_time("2027-01-01"))


def test_models_that_are_missing_are_fitted_for_the_study_and_not_stored(own_pulled: Home) -> None:
    place = own_pulled.opened()
    entry = place.rulebook().entries["strange_order_flow"]
    before = counts(place)
    window = setting.window_of(place, None, None)
    # It was fitted, for it says how far it would see; of so few traders that is not far enough.
    with pytest.raises(SurveillanceError, match="one far beyond all of them has a p-value of"):
        backtest(place, entry, window, LATER, by="system", at=LATER)
    other = place.rulebook().entries["spoofing"]
    answer = answered(backtest(place, other, window, LATER, by="system", at=LATER))

    assert answer["segments"]["version"] == 0
    after = counts(place)
    assert (after["segment_models"], after["detector_models"], after["artefacts"]) == (0, 0, 0)
    assert after["alerts"] == before["alerts"] == 0
