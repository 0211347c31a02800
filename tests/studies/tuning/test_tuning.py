"""Tuning: the table is what separate runs of edited rules would give, and nothing is filed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from surveillance.activity.sample import START
from surveillance.canonical import canonical
from surveillance.errors import RuleError, SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records.tables import Study, StudyKind
from surveillance.rules.book import Entry
from surveillance.rules.examples import window_of
from surveillance.rules.variant import Dial, dial_of, dials, variant
from surveillance.studies import setting, store
from surveillance.studies.tuning import (
    Value,
    around,
    below,
    judged,
    labelled,
    listed_values,
    sheet,
    tune,
)
from tests.given.activities import plain, shipped
from tests.given.depth import deep, one_in
from tests.given.installations import LATER, Home
from tests.given.settings import buys, edited, empty, opened

MORNING = Window(START, START + timedelta(hours=3))
JUDGED = plain(shipped()).entries


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = empty(tmp_path_factory.mktemp("place"))
    yield installation
    installation.engine.dispose()


@settings(max_examples=deep(5, 15), deadline=None)
@given(
    st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 12), min_size=1),
    st.sets(st.integers(-1, 14), min_size=1, max_size=4),
    st.sampled_from(["least", "worth"]),
)
def test_the_table_is_what_separate_runs_of_edited_rules_find(
    place: Installation, times: dict[str, int], values: set[int], name: str
) -> None:
    entry, number = edited(), {"least": "value: 3", "worth": "value: 150"}[name]
    factor = 100 if name == "worth" else 1
    dial = dial_of(entry.rule, name)
    variants: dict[Value, Entry] = {
        factor * value: variant(entry, dial, factor * value) for value in values
    }
    with opened(place, buys(**times), MORNING, entry) as shared:
        verdicts = judged(shared, entry, variants)
    for value, verdict in verdicts.items():
        alone = edited((number, f"value: {value}"))
        with opened(place, buys(**times), MORNING, alone) as own:
            assert canonical(own.verdict(alone)) == canonical(verdict)


@pytest.mark.deep
@pytest.mark.parametrize("name", one_in(3, list(JUDGED)))
@settings(max_examples=deep(1), deadline=None)
@given(st.data())
def test_candidates_found_once_give_what_each_variant_finds(
    place: Installation, name: str, data: st.DataObject
) -> None:
    entry = JUDGED[name]
    dial = dials(entry.rule)[data.draw(st.sampled_from(sorted(dials(entry.rule))))]
    value = dial.value * data.draw(st.sampled_from([0.5, 0.9, 2]))
    example = data.draw(st.sampled_from(entry.rule.examples))
    variants = {dial.value: entry, value: variant(entry, dial, value)}
    with opened(place, example.given, window_of(entry, example), entry) as shared:
        verdicts = judged(shared, entry, variants)
        assert verdicts == {value: shared.verdict(other) for value, other in variants.items()}


def test_what_lies_below_the_line_enters_at_the_nearest_value(place: Installation) -> None:
    entry = edited(("value: 3", "value: 6"))
    dial = dial_of(entry.rule, "least")
    variants: dict[Value, Entry] = {value: variant(entry, dial, value) for value in (2, 4, 5, 6, 9)}
    with opened(place, buys(A=2, B=4, C=5, D=7, E=1), MORNING, entry) as shared:
        entered = below(6, judged(shared, entry, variants))

    assert {hit.trader_id: value for hit, value in entered} == {"A": 2, "B": 4, "C": 5}


def dial(value: float) -> Dial:
    return Dial("least", ("parameters", "least", "value"), value, "trades", "test")


@pytest.mark.parametrize(
    ("value", "share", "values"),
    [
        (3, "50%", [2, 3, 4]),
        (100, "±10%", [90, 92, 94, 96, 98, 100, 102, 104, 106, 108, 110]),
        (0.05, "20%", [0.04, 0.042, 0.044, 0.046, 0.048, 0.05, 0.052, 0.054, 0.056, 0.058, 0.06]),
        (-4, "50", [-6, -5, -4, -3, -2]),
    ],
)
def test_values_lie_around_todays_and_whole_numbers_stay_whole(
    value: float, share: str, values: list[float]
) -> None:
    assert around(dial(value), share) == values


@pytest.mark.parametrize("share", ["0%", "100%", "half", "-5%", "nan"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(SurveillanceError, match="expected"):
        around(dial(3), share)


def test_zero_has_no_surroundings_but_may_be_tried() -> None:
    with pytest.raises(SurveillanceError, match="expected --values for least"):
        around(dial(0), "50%")
    assert listed_values(dial(0), "2, 1.5,") == [0, 1.5, 2]


def test_a_parameter_that_is_not_there_names_those_that_are() -> None:
    known = r"\(least, worth, worth.whale\), was 'lest'"
    with pytest.raises(SurveillanceError, match=known):
        dial_of(edited().rule, "lest")


def test_a_number_of_a_segment_a_floor_and_an_error_rate_can_be_turned() -> None:
    whale = variant(edited(), dial_of(edited().rule, "worth.whale"), 9)
    assert whale.rule.parameters["worth"].segments == {"whale": 9}
    relative = edited((
        "{value: 150, unit: USD, source: test, segments: {whale: 320}}",
        "{peer_quantile: 0.95, of: volume, floor: 150, unit: USD, source: test}",
    ))  # fmt: skip
    floor = variant(relative, dial_of(relative.rule, "worth.floor"), 9)
    assert floor.rule.parameters["worth"].floor == 9
    strange = shipped().entries["strange_order_flow"]
    budget = dial_of(strange.rule, "false_alerts")
    assert variant(strange, budget, 2).digest != strange.digest
    with pytest.raises(RuleError, match="less than 500"):
        variant(strange, budget, 600)


# --- On an installation ---


def asked(place: Installation, entry: Entry, values: list[float], **more: Any) -> Study:
    turned = dial_of(entry.rule, "least")
    window = setting.window_of(place, None, None)
    asker = {"by": "officer", "at": LATER, **more}
    return tune(place, entry, turned, values, window, LATER, **asker)


def version_in_force(place: Installation) -> Entry:
    with place.session() as session:
        entry = setting.version_in_force(session, "busy_payer", LATER)
    assert entry is not None
    return entry


def counts(place: Installation) -> dict[str, int]:
    with place.session() as session:
        connection = session.connection()
        return {
            name: int(connection.execute(text(f"select count(*) from {name}")).scalar_one())
            for name in ("alerts", "cases", "runs", "verdicts", "rule_versions", "watermarks",
                         "segment_models", "detector_models", "artefacts", "studies", "journal")
        }  # fmt: skip


def test_a_tuning_is_kept_and_journalled_and_changes_nothing_else(own_small: Home) -> None:
    place = own_small.opened()
    before = counts(place)
    study = asked(place, version_in_force(place), [2, 3, 4, 5])

    after = counts(place)
    # One entry says it, and one seals the row.
    assert (after.pop("studies"), after.pop("journal")) == (1, before["journal"] + 2)
    assert after == {name: before[name] for name in after}
    assert (study.kind, study.rule_id, study.created_by) == (
        StudyKind.TUNING,
        "busy_payer",
        "officer",
    )
    answer = store.tuning_of(study)
    alerts = [row["alerts"] for row in answer["values"]]
    assert alerts == sorted(alerts, reverse=True)
    assert alerts[1] > alerts[3] > 0
    assert sum(answer["values"][1]["by_segment"].values()) == alerts[1]
    assert (answer["values"][3]["dropped"], answer["values"][0]["added"]) == (
        alerts[1] - alerts[3],
        alerts[0] - alerts[1],
    )


def test_the_same_question_is_the_same_study_and_asked_twice(own_small: Home) -> None:
    place = own_small.opened()
    first, second = (asked(place, version_in_force(place), [2, 3], size=9) for _ in range(2))

    assert first.id == second.id
    assert counts(place)["studies"] == 1
    with place.session() as session:
        assert [stored.id for stored in store.latest(session, "busy_payer")] == [first.id]
        assert store.latest(session, "another") == []


def test_a_labelled_sheet_says_what_the_line_misses(own_small: Home, tmp_path: Path) -> None:
    place = own_small.opened()
    study = asked(place, version_in_force(place), [2, 3, 4], size=12)
    answer = store.tuning_of(study)
    path = tmp_path / "sample.csv"
    assert sheet.write(path, study.id, answer["below"]) == len(answer["below"]["sample"])
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *(f"{line}productive" for line in lines[1:])]))
    before = counts(place)

    estimated: Any = store.tuning_of(labelled(place, path, "busy_payer", "least", "officer", LATER))

    assert estimated["drawn_in"] == study.id
    assert estimated["labelled"]["all"]["rate"] == 1
    assert estimated["labelled"]["all"]["missed"] == estimated["below"]["population"]
    assert counts(place)["alerts"] == before["alerts"]
    for rule, name, words in (("spoofing", None, "spoofing"), ("busy_payer", "most", "of least")):
        with pytest.raises(SurveillanceError, match=words):
            labelled(place, path, rule, name, "officer", LATER)
    path.write_text(path.read_text().replace(answer["below"]["sample"][0]["hit_id"], "x" * 20))
    with pytest.raises(SurveillanceError, match="hits of the sample, was xxxx"):
        labelled(place, path, "busy_payer", None, "officer", LATER)


def test_a_study_is_found_by_its_beginning_and_not_if_it_was_changed(own_small: Home) -> None:
    place = own_small.opened()
    study = asked(place, version_in_force(place), [3, 4])
    with place.session() as session:
        assert store.load(session, study.id[:8]).id == study.id
        with pytest.raises(SurveillanceError, match="expected one study"):
            store.load(session, "zzz")
    with place.engine.begin() as connection:
        for (name,) in connection.execute(
            text("select name from sqlite_master where type = 'trigger' and tbl_name = 'studies'")
        ).all():
            connection.execute(text(f"drop trigger {name}"))
        connection.execute(text("update studies set body = replace(body, '\"alerts\":', '\"a\":')"))
    with place.session() as session, pytest.raises(SurveillanceError, match="was changed"):
        store.load(session, study.id)
