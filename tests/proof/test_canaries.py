"""Canaries: what was planted is found, or named as missed; and none of it is taken for real."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sqlmodel import Session, select

from surveillance import pipeline
from surveillance.activity.sample import START, sample_view
from surveillance.detection import anomaly, detectors, feature_file
from surveillance.detection.anomaly import Models
from surveillance.detection.segments import Segmentation
from surveillance.errors import CaseError
from surveillance.model import CANARY, Run, Window
from surveillance.proof import canaries, rulebooks, runs
from surveillance.records import artefacts
from surveillance.records.tables import Alert, Canary, Case, VerdictRow
from surveillance.rules.book import Entry, Rulebook, read_rulebook
from surveillance.rules.inline import Example
from surveillance.rules.logic import Strange
from tests.given import filing
from tests.given.activities import RULES, shipped
from tests.given.filing import dossier_of
from tests.given.installations import PULLED, Home, the_run
from tests.given.probe import RULE

WEEK = timedelta(weeks=1)
WINDOW = Window(START + timedelta(days=100), START + timedelta(days=101))
DEFINITIONS = feature_file.load(RULES / "features.yml")
RELATIVE = RULE.replace(
    "{value: 3, unit: transfers, source: engineering}",
    "{peer_quantile: 0.95, of: transfers_per_day, floor: 3, unit: transfers, source: engineering}",
)

BLIND = RULE.replace("least: {value: 3", "least: {value: 4")
BROKEN = RULE.replace("moved: count(*)", "moved: count(*) + cast('x' as integer)")


def fitted(book: Rulebook, budget: float | None = None) -> dict[str, detectors.Fitted]:
    """Fit every anomaly rule of a book to four hundred ordinary traders: enough for its budget."""
    fits = {}
    for name, entry in book.entries.items():
        if isinstance(entry.rule.detect, Strange):
            spec = anomaly.spec(entry.rule)
            spec = replace(spec, false_alerts=budget or spec.false_alerts)
            rows = np.random.default_rng(7).normal(10, 1, size=(400, len(spec.columns)))
            table = pa.table(
                {"trader_id": [f"t{n}" for n in range(len(rows))]}
                | dict(zip(spec.columns, rows.T, strict=True))
            )
            fits[name] = detectors.fit(spec, [table], {})
    return fits


def peers_of(**usual: tuple[float, ...]) -> Segmentation:
    """Segments whose traders make so many transfers a day."""
    values = {name: {"transfers_per_day": counts * 20} for name, counts in usual.items()}
    return Segmentation("", "", {}, {}, {}, {}, (), {}, values, {})


def checked(book: Rulebook, models: Models | None = None) -> list[Canary]:
    run = Run("r", WINDOW, WINDOW.end, {}, (), "")
    with sample_view({}, WINDOW) as view:
        view.connection.execute("create temp table owners (trader_id text, owner_id text)")
        return canaries.judge(run, view, book, models or Models(DEFINITIONS))


def missed(rows: list[Canary]) -> dict[str, str]:
    return {row.act: row.reason for row in rows if not row.found}


def probe(text: str = RULE) -> Rulebook:
    return read_rulebook({"busy_payer.yml": text})


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> list[str]:
    """The names of the acts that were judged, and not only recalled."""
    judged: list[str] = []
    missed = canaries._missed

    def noted(entry: Entry, act: Example, *given: Any) -> str:
        judged.append(act.name)
        return missed(entry, act, *given)

    monkeypatch.setattr(canaries, "_missed", noted)
    return judged


@pytest.mark.parametrize("rule", [RULE, BLIND], ids=["found", "missing"])
def test_canaries_that_were_judged_are_not_judged_again(judged: list[str], rule: str) -> None:
    rows = checked(probe(rule))
    assert [row.model_dump() for row in checked(probe(rule))] == [row.model_dump() for row in rows]
    assert judged == ["three transfers"]


def test_another_rule_other_tests_another_week_or_other_peers_judge_them_again(
    judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(probe())
    checked(probe(RULE.replace("value: 3", "value: 2")))
    checked(probe(RULE.replace("apart: 1m", "apart: 2m")))
    assert judged == ["three transfers"] * 3
    for usual in (1.0, 2.0, 2.0):
        checked(probe(RELATIVE), Models(DEFINITIONS, peers_of(all=(usual,))))
    assert judged == ["three transfers"] * 5
    monkeypatch.setattr(f"{__name__}.WINDOW", Window(WINDOW.start + WEEK, WINDOW.end + WEEK))
    checked(probe())
    assert judged == ["three transfers"] * 6


def test_an_act_that_could_not_be_judged_is_judged_again(judged: list[str]) -> None:
    for _ in range(2):
        assert missed(checked(probe(BROKEN)))
    assert judged == ["three transfers"] * 2


def test_every_shipped_rule_finds_its_canary_on_a_fresh_installation() -> None:
    rows = checked(shipped(), Models(DEFINITIONS, fitted=fitted(shipped())))
    assert {row.rule_id for row in rows} == shipped().entries.keys()
    assert missed(rows) == {}


def test_a_rule_whose_threshold_is_out_of_reach_is_named() -> None:
    [row] = checked(probe(RULE.replace("value: 3", "value: 300")))
    assert (row.rule_id, row.version, row.act) == ("busy_payer", 1, "three transfers")
    assert not row.found
    assert row.reason == "expected a hit, was none"


def test_a_miss_that_was_near_says_how_near() -> None:
    near = RULE.replace("value: 3", "value: 10").replace("times: 3", "times: 9")
    [row] = checked(probe(near.replace("from: 0", "from: $least")))
    assert row.reason.startswith("expected a hit, was a score of 45: moved was 9; the line is 10")


def test_a_rule_that_a_peer_quantile_has_made_blind_is_named_with_the_segment() -> None:
    models = Models(DEFINITIONS, peers_of(small=(1.0,), busy=(900.0,)))
    rows = checked(probe(RELATIVE), models)

    assert [row.act for row in rows] == ["three transfers", "as busy", "as small"]
    assert missed(rows).keys() == {"as busy"}


def test_one_episode_large_enough_is_found_among_large_traders() -> None:
    more = """  - name: as many as busy traders make
    given: {transfers: [{at: 1h, times: 1000, apart: 1s, trader_id: B}]}
    expect: [{owner_id: B}]
"""
    models = Models(DEFINITIONS, peers_of(busy=(900.0,)))
    assert missed(checked(probe(RELATIVE + more), models)) == {}


def test_a_rule_without_an_episode_has_no_canary_and_that_is_a_miss() -> None:
    [row] = checked(probe(RULE[: RULE.index("tests:")]))
    assert (row.act, row.found) == ("none", False)


def test_an_error_of_a_rule_is_why_its_canary_was_missed() -> None:
    [row] = checked(probe(BROKEN))
    assert not row.found
    assert "ConversionException" in row.reason


def test_a_detector_that_cannot_pick_anybody_is_named() -> None:
    book = Rulebook({"strange_transfers": shipped().entries["strange_transfers"]})
    models = Models(DEFINITIONS, fitted=fitted(book, budget=1e-12))
    [row] = checked(book, models)

    assert (row.act, row.found) == ("a trader beyond every peer", False)
    assert row.reason.startswith("among 400 traders nothing can be found at 1e-12 false alerts")


def test_a_rule_without_a_fitted_detector_finds_nothing() -> None:
    [row] = checked(Rulebook({"strange_transfers": shipped().entries["strange_transfers"]}))
    assert (row.found, row.reason) == (False, "no detector is fitted")


def test_canaries_change_no_verdict_and_reach_no_case(small: Home) -> None:
    place = small.opened()
    run = the_run(place)

    with place.session() as session:
        rows = canaries.listed(session, run.id)
        book = rulebooks.rulebook_of(session, run)
        models = anomaly.load(run.manifest, lambda name: artefacts.read(session, name))
        texts = [*session.exec(select(VerdictRow.body)), *session.exec(select(Alert.dossier))]
        subjects = [*session.exec(select(Case.subject))]
    without = runs.execute(place.lake, run.window, run.as_of, book, models)

    assert [(row.rule_id, row.found) for row in rows] == [("busy_payer", True)]
    assert without.digest == run.digest
    assert subjects
    assert not any(CANARY in text for text in (*texts, *subjects))


def test_a_run_made_again_keeps_its_canaries(own_small: Home) -> None:
    place = own_small.opened()
    run = the_run(place)
    pipeline.run(place, run.window, run.as_of, PULLED)

    with place.session() as session:
        assert len(canaries.listed(session, run.id)) == 1


@pytest.mark.parametrize("of", [{"owner": "canary:A"}, {"trader": "canary:A"}])
def test_filing_refuses_whoever_is_called_a_canary(session: Session, of: dict[str, Any]) -> None:
    with pytest.raises(
        CaseError, match="expected no id that begins with 'canary:', was 'canary:A'"
    ):
        filing.file(session, [dossier_of(**of)], PULLED)
    assert session.exec(select(Alert)).all() == []
