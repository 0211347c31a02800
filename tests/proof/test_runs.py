"""A run is kept with all that it depends on, and any change to what is kept is seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from surveillance import pipeline
from surveillance.canonical import canonical, digest
from surveillance.detection import anomaly
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Run, Window
from surveillance.proof import rulebooks, runs
from surveillance.proof.runs import verdicts_digest
from surveillance.records import artefacts
from surveillance.records.tables import RunMode, RunRow
from tests.given.installations import DAY, LATER, NEXT, PULLED, Home, the_run


def test_a_run_comes_back_from_the_database_as_it_was(small: Home) -> None:
    place = small.opened()
    run = the_run(place)
    with place.session() as session:
        book = rulebooks.rulebook_of(session, run)
        models = anomaly.load(run.manifest, lambda name: artefacts.read(session, name))
    again = runs.execute(place.lake, run.window, run.as_of, book, models)

    assert again.verdicts == run.verdicts
    assert again.digest == run.digest
    assert canonical(again.manifest) == canonical(run.manifest)


def test_verdicts_of_rules_of_every_shape_come_back_as_their_digest_says(
    place: Installation,
) -> None:
    run = the_run(place)
    with place.session() as session:
        assert runs.altered(session, run) == []

    assert run.digest == verdicts_digest(run.verdicts)
    assert sum(len(verdict.hits) for verdict in run.verdicts) > 20


def test_the_id_of_a_run_names_its_manifest(place: Installation) -> None:
    run = the_run(place)

    assert digest(run.manifest).startswith(run.id)
    assert run.manifest["window"]["from"] == "2026-03-02T00:00:00.000000Z"
    assert run.manifest["rules"].keys() == {verdict.rule_id for verdict in run.verdicts}
    assert run.manifest["lake"]["orders"] >= 0
    assert run.manifest["completeness"]["trades"]["rows"] > 100


def test_the_same_window_on_the_same_knowledge_is_the_same_run(own_small: Home) -> None:
    place = own_small.opened()
    first = the_run(place)
    again = pipeline.run(place, first.window, first.as_of, LATER)

    assert (again.run.id, again.run.digest) == (first.id, first.digest)
    assert again.filed.alerts_new == again.filed.cases_opened == 0
    with place.session() as session:
        assert len(runs.listed(session)) == 1


def test_other_knowledge_is_another_run(own_small: Home) -> None:
    place = own_small.opened()
    first = the_run(place)
    again = pipeline.run(place, first.window, LATER, LATER)

    assert again.run.id != first.id
    assert again.run.digest == first.digest


def test_the_latest_run_needs_no_id(own_small: Home) -> None:
    place = own_small.opened()
    first = the_run(place)
    pipeline.run(place, Window(DAY, DAY + timedelta(hours=1)), LATER, LATER)
    with place.session() as session:
        assert runs.load(session, "latest").id == first.id
        for row in session.exec(select(RunRow)):
            row.mode = RunMode.SHADOW
        with pytest.raises(SurveillanceError, match="expected a run, was none yet"):
            runs.load(session, "latest")
        session.rollback()


def test_runs_are_listed_with_what_their_rules_said(place: Installation) -> None:
    run = the_run(place)
    with place.session() as session:
        [line] = runs.listed(session)

    assert (line.id, line.start, line.end, line.as_of) == (run.id, DAY, run.window.end, PULLED)
    assert sum(line.verdicts.values()) == len(run.verdicts)
    assert line.verdicts["hit"] == sum(verdict.outcome == "hit" for verdict in run.verdicts)


def test_a_run_is_found_by_the_beginning_of_its_id(place: Installation) -> None:
    run = the_run(place)
    with place.session() as session:
        assert runs.load(session, run.id[:5]).id == run.id
        with pytest.raises(SurveillanceError, match="expected one run that begins with 'xyz', was"):
            runs.load(session, "xyz")


def test_the_beginning_of_two_ids_names_both(own_small: Home) -> None:
    place = own_small.opened()
    pipeline.run(place, Window(DAY, NEXT), LATER, LATER)

    with place.session() as session, pytest.raises(SurveillanceError, match=r"was [0-9a-f]+, "):
        runs.load(session, "")


def test_a_wildcard_is_not_the_beginning_of_an_id(place: Installation) -> None:
    with place.session() as session, pytest.raises(SurveillanceError, match="was none"):
        runs.load(session, "%")


def _tampered(place: Installation, statement: str) -> None:
    with place.engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1


def test_a_changed_rule_text_is_named(own_small: Home) -> None:
    place = own_small.opened()
    run = the_run(place)
    name = run.manifest["rules"]["busy_payer"]["text"]
    _tampered(place, f"update artefacts set body = body || x'20' where digest = '{name}'")

    with place.session() as session, pytest.raises(SurveillanceError, match=f"{name}, was changed"):
        rulebooks.rulebook_of(session, run)


def test_a_missing_model_is_named(own_small: Home) -> None:
    place = own_small.opened()
    name = the_run(place).manifest["features"]
    _tampered(place, f"delete from artefacts where digest = '{name}'")

    with place.session() as session, pytest.raises(SurveillanceError, match=f"{name}, was absent"):
        artefacts.read(session, name)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update verdicts set body = replace(body, 'moved', 'stood') {of}", "verdicts"),
        ("update verdicts set outcome = 'no_hit' {of}", "busy_payer"),
        ("delete from verdicts {of}", "verdicts"),
        ("update runs set manifest = replace(manifest, 'duckdb', 'duckdc')", "manifest"),
        ("update runs set digest = 'ab'", "verdicts"),
    ],
)
def test_a_changed_verdict_or_manifest_is_named(
    own_small: Home, statement: str, named: str
) -> None:
    place = own_small.opened()
    _tampered(place, statement.format(of="where rule_id = 'busy_payer'"))

    with place.session() as session:
        altered = runs.altered(session, the_run(place))
    assert named in str(altered)


def test_every_kept_version_of_a_rule_can_be_read(place: Installation, judged: Home) -> None:
    with place.session() as session:
        [row] = rulebooks.rule_versions(session, "spoofing")
        run = rulebooks.rule_text(session, "spoofing", row.version)
        with pytest.raises(SurveillanceError, match=rf"spoofing \({row.version}\), was 99"):
            rulebooks.rule_text(session, "spoofing", 99)

    assert run == (judged.rules / "manipulation" / "spoofing.yml").read_text()


@pytest.mark.parametrize("change", [lambda run: replace(run, verdicts=run.verdicts[1:])])
def test_the_digest_covers_every_verdict(place: Installation, change: Callable[[Run], Run]) -> None:
    run = the_run(place)

    assert verdicts_digest(change(run).verdicts) != run.digest
