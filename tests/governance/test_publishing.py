"""The folder of rules is where rules are written, and never what runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from surveillance import pipeline
from surveillance.errors import CaseError, SurveillanceError
from surveillance.governance import lifecycle, publishing
from surveillance.governance.publishing import renumbered
from surveillance.installation import Installation
from surveillance.model import Run
from surveillance.pipeline import Ran
from surveillance.proof import rulebooks, runs
from surveillance.proof.replay import replay
from surveillance.records.tables import Alert, Artefact, Officer, RuleVersion, RunMode
from surveillance.rules.lock import check_lock
from surveillance.times import format_time
from tests.given.installations import LATER, PULLED, Home, put_in_shadow, the_run
from tests.given.probe import RULE, alone, publish, second

NAME = "busy_payer"


@pytest.fixture
def place(own_small: Home) -> Iterator[Installation]:
    """An installation that judged a day by the probe, which it had adopted."""
    opened = own_small.opened()
    yield opened
    opened.engine.dispose()


def judged_again(place: Installation) -> Ran:
    return pipeline.run(place, the_run(place).window, LATER, LATER)


def rule_file(place: Installation) -> Path:
    return place.settings.rules / "kyc_aml" / f"{NAME}.yml"


def approved(place: Installation, version: int) -> None:
    """Put a version in force, as the second officer."""
    free = place.settings.model_copy(update={"backtest_days": 0, "shadow_hours": 0})
    with place.session() as session:
        boss = session.get_one(Officer, "supervisor")
        lifecycle.approve(session, NAME, version, boss, free, LATER)


def versions_of(run: Run) -> dict[str, int]:
    return {verdict.rule_id: verdict.version for verdict in run.verdicts}


def test_the_first_run_adopts_the_rules_of_the_folder_and_says_so_once(own_pulled: Home) -> None:
    publish(own_pulled.rules, RULE)
    place = own_pulled.opened()
    assert publishing.adopt(place, PULLED)
    assert not publishing.adopt(place, PULLED)
    with place.session() as session:
        active = lifecycle.active(session, PULLED)
        rows = session.exec(select(RuleVersion)).all()
        texts = session.exec(select(Artefact).where(Artefact.kind == "rule")).all()
    assert active[NAME] == 1
    assert {row.author for row in rows} == {"system"}
    assert {row.text_digest for row in rows} == {text.digest for text in texts}


def test_a_run_says_what_was_adopted(small: Home, own_pulled: Home) -> None:
    alone(own_pulled.rules)
    place = own_pulled.opened()
    window = the_run(small.opened()).window
    first = pipeline.run(place, window, PULLED, PULLED)
    again = pipeline.run(place, window, PULLED, PULLED)

    assert "were adopted as the starter rulebook; no second officer" in first.notices[0]
    assert (len(first.notices), again.notices) == (1, ())
    assert first.run.id == again.run.id


@pytest.mark.parametrize("change", ["published", "edited", "broken", "gone", "new"])
def test_whatever_happens_to_the_folder_changes_nothing_of_what_runs(
    place: Installation, change: str
) -> None:
    before = the_run(place)
    path = rule_file(place)
    if change == "published":
        second(place.settings.rules)
        publishing.publish(place, "officer", "It asks for more.", LATER)
    elif change == "gone":
        path.unlink()
    elif change == "new":
        other = path.with_name("other.yml")
        other.write_text(path.read_text().replace(NAME, "other"))
    else:
        path.write_text("id: [" if change == "broken" else path.read_text().replace(": 3", ": 9"))
    ran = judged_again(place)

    assert ran.run.verdicts == before.verdicts
    assert ran.filed.alerts_new == 0
    sentence = {
        "published": f"{NAME} (version 2 is draft)",
        "edited": f"{NAME} (version 1 is not published)",
        "broken": f"{NAME} (cannot be read)",
        "gone": f"{NAME} (not in the folder)",
        "new": "other (version 1 is not published)",
    }[change]
    assert ran.notices == (
        f"the folder of rules is not what is in force, and not what ran: {sentence}; "
        "see: surveillance rules publish",
    )


def test_prose_in_the_folder_is_not_worth_a_notice(place: Installation) -> None:
    path = rule_file(place)
    path.write_text(path.read_text().replace("runbook: Look.", "runbook: Look twice."))
    assert judged_again(place).notices == ()


def test_a_shadow_judges_beside_what_is_in_force_and_files_nothing(place: Installation) -> None:
    second(place.settings.rules)
    put_in_shadow(place)
    ran = judged_again(place)

    assert ran.shadow is not None
    assert (versions_of(ran.run), versions_of(ran.shadow)) == ({NAME: 1}, {NAME: 2})
    with place.session() as session:
        assert {alert.version for alert in session.exec(select(Alert))} == {1}
        live = [line.id for line in runs.listed(session)]
        [line] = runs.listed(session, mode=RunMode.SHADOW)
    assert ran.run.id in live
    assert line.id == ran.shadow.id not in live
    assert ran.shadow.manifest["mode"] == "shadow"
    assert replay(place.settings, ran.shadow.id).equal


def test_a_rule_of_longer_reach_in_shadow_changes_nothing_of_what_is_in_force(
    place: Installation,
) -> None:
    before = the_run(place)
    longer = RULE.replace("version: 1", "version: 2").replace("lookback: 24h", "lookback: 48h")
    publish(place.settings.rules, longer)
    put_in_shadow(place)
    ran = judged_again(place)

    assert ran.run.digest == before.digest
    assert replay(place.settings, ran.run.id).equal
    assert ran.shadow is not None
    assert replay(place.settings, ran.shadow.id).equal


def test_only_a_window_that_ends_later_is_judged_by_what_was_approved_later(
    place: Installation,
) -> None:
    second(place.settings.rules)
    put_in_shadow(place)
    approved(place, 2)
    with place.session() as session:
        before, after = lifecycle.active(session, PULLED), lifecycle.active(session, LATER)
    assert (before, after) == ({NAME: 1}, {NAME: 2})
    assert versions_of(judged_again(place).run) == {NAME: 1}


def test_a_rulebook_with_nothing_in_force_says_so(place: Installation) -> None:
    with place.session() as session:
        boss = session.get_one(Officer, "supervisor")
        lifecycle.retire(session, NAME, 1, boss, "Noise.", PULLED)
    window = the_run(place).window
    later = type(window)(window.start, PULLED)
    ran = pipeline.run(place, later, LATER, LATER)

    assert ran.run.verdicts == ()
    assert ran.notices[0] == "no rule is in force; see: surveillance rules list"


def test_nothing_is_published_whose_lock_or_tests_do_not_fit(place: Installation) -> None:
    path = rule_file(place)
    path.write_text(path.read_text().replace("value: 3", "value: 4"))
    with pytest.raises(SurveillanceError, match="expected version 2 for changed behaviour"):
        publishing.publish(place, "officer", "More.", LATER)
    failing = RULE.replace("version: 1", "version: 2").replace("value: 3", "value: 4")
    publish(place.settings.rules, failing)
    with pytest.raises(
        SurveillanceError, match="every inline test to pass, was: busy_payer: three"
    ):
        publishing.publish(place, "officer", "More.", LATER)
    loud = failing.split("  - name: two transfers")[0]
    publish(place.settings.rules, loud)
    with pytest.raises(
        SurveillanceError, match="both signs, was: busy_payer, of which no test stays quiet"
    ):
        publishing.publish(place, "officer", "More.", LATER)
    unheard = failing.replace("FATF 1.1", "FATF 1.11111")
    publish(place.settings.rules, unheard)
    with pytest.raises(SurveillanceError, match=r"'FATF 1\.11111', did you mean 'FATF"):
        publishing.publish(place, "officer", "More.", LATER)
    with place.session() as session:
        assert len(session.exec(select(RuleVersion)).all()) == 1


def test_a_rollback_writes_the_folder_and_the_lock_and_waits_for_the_second_officer(
    place: Installation,
) -> None:
    second(place.settings.rules)
    put_in_shadow(place)
    approved(place, 2)
    name = publishing.rollback(place, NAME, 1, "officer", "Too many misses.", LATER)

    assert name == f"{NAME}@3"
    text = rule_file(place).read_text()
    assert text == RULE.replace("version: 1", "version: 3")
    locked = json.loads((place.settings.rules / "rules.lock").read_text())[NAME]
    assert locked["3"] == locked["1"] != locked["2"]
    check_lock(place.rulebook(), place.settings.rules)
    with place.session() as session:
        assert lifecycle.active(session, LATER) == {NAME: 2}
        boss = session.get_one(Officer, "supervisor")
        lifecycle.approve(session, NAME, 3, boss, place.settings, LATER)
        assert lifecycle.active(session, LATER) == {NAME: 3}


def test_a_rollback_does_not_write_over_what_was_never_published(place: Installation) -> None:
    second(place.settings.rules)
    before = rule_file(place).read_text()
    with pytest.raises(CaseError, match="was edited since; publish it or put it back first"):
        publishing.rollback(place, NAME, 1, "officer", "Back.", LATER)
    with pytest.raises(CaseError, match="expected a published version, was busy_payer@7"):
        publishing.rollback(place, NAME, 7, "officer", "Back.", LATER)
    assert rule_file(place).read_text() == before


def test_a_rollback_that_cannot_be_written_leaves_no_draft(place: Installation) -> None:
    lock = place.settings.rules / "rules.lock"
    broken = place.settings.rules / "kyc_aml" / "broken.yml"
    broken.write_text("id: [")
    before = (rule_file(place).read_text(), lock.read_text())
    with pytest.raises(SurveillanceError):
        publishing.rollback(place, NAME, 1, "officer", "Back.", LATER)

    assert (rule_file(place).read_text(), lock.read_text()) == before
    with place.session() as session:
        assert [row.version for row in rulebooks.rule_versions(session, NAME)] == [1]


def test_another_number_changes_the_version_and_nothing_else() -> None:
    text = "id: x\nversion:   12 # was 11\ntests:\n  - given: {version: 3}\n"
    assert renumbered(text, 13) == text.replace("version:   12", "version: 13")


def test_a_shadow_that_cannot_be_judged_keeps_nothing_waiting(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    second(place.settings.rules)
    put_in_shadow(place)
    judge = runs.judge

    def fails(*arguments: object) -> Run:
        if RunMode.SHADOW in arguments:
            raise SurveillanceError("expected a detector that fits")
        return judge(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "judge", fails)
    ran = judged_again(place)
    assert ran.shadow is None
    assert ran.notices[-1] == (
        "the rules in shadow could not be judged: expected a detector that fits"
    )
    with place.session() as session:
        assert runs.load(session, ran.run.id).id == ran.run.id
    assert format_time(ran.run.as_of) == format_time(LATER)
