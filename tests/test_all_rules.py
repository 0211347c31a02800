"""What every shipped rule must keep to, found by its file."""

from pathlib import Path

import pytest

from surveillance.activity.facts import relations
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.activity.sample import sample_view
from surveillance.chart import dossier_svg
from surveillance.detection.anomaly import Peers
from surveillance.detection.detect import detect, try_examples
from surveillance.dossier import needs_of
from surveillance.dossier.evidence import Evidence
from surveillance.dossier.scene import scenes
from surveillance.model import Hit
from surveillance.records.tables import Life
from surveillance.rules import practices
from surveillance.rules.book import Entry, Rulebook
from surveillance.rules.examples import window_of
from surveillance.rules.lock import check_lock
from surveillance.rules.logic import Strange
from surveillance.studies.watch.coverage import coverage
from tests.given.activities import RULES, shipped, unfitted
from tests.given.dossiers import dossier

EVERY = list(shipped().entries.values())


def named(entry: Entry) -> str:
    return entry.rule.id


@pytest.fixture(params=EVERY, ids=named)
def entry(request: pytest.FixtureRequest) -> Entry:
    found: Entry = request.param
    return found


@pytest.fixture(params=[e for e in EVERY if not isinstance(e.rule.detect, Strange)], ids=named)
def plain_entry(request: pytest.FixtureRequest) -> Entry:
    found: Entry = request.param
    return found


def test_its_own_tests_pass(entry: Entry) -> None:
    assert [f"{test.name}: {test.message}" for test in try_examples(entry) if not test.passed] == []


def test_it_has_a_test_that_fires_and_one_that_stays_quiet(plain_entry: Entry) -> None:
    kinds = {bool(test.expect) for test in plain_entry.rule.examples if not test.known_gap}
    assert kinds == {True, False}


def test_its_tests_have_names_of_their_own(entry: Entry) -> None:
    names = [test.name for test in entry.rule.examples]
    assert len(set(names)) == len(names)


def test_what_fires_has_evidence_reasons_a_picture_and_a_score_of_the_queue(
    plain_entry: Entry,
) -> None:
    rule = plain_entry.rule
    example = next(test for test in rule.examples if test.expect and not test.known_gap)
    window = window_of(plain_entry, example)
    one = Rulebook({rule.id: plain_entry})
    with sample_view(example.given, window.back_to(one.reach)) as view:
        (verdict,) = detect(one, view, window, Peers(example.segments), unfitted)
        fired = [hit for hit in verdict.hits if hit.score >= 50]
        assert fired
        expect_picture(view, fired[0], plain_entry)
    for hit in fired:
        assert any(hit.evidence.values())
        assert set(hit.evidence) == set(rule.evidence)
        assert hit.reasons
        assert hit.subject
        assert window.start <= hit.started_at <= hit.at < window.end


def expect_picture(view: View, hit: Hit, entry: Entry) -> None:
    """Expect a picture that shows something that happened, and words for who cannot see it."""
    prepare(view.connection, ["order_life", "fills"])
    evidence = Evidence(view, [hit])
    needs = needs_of(Rulebook({entry.rule.id: entry}))
    (scene,) = scenes(view, [hit], evidence, needs)
    rows, _ = evidence.rows(hit)
    shown = dossier(hit=hit, scene=scene, rows=rows, accounts=evidence.accounts(hit), instrument={})
    svg = dossier_svg(shown)
    described = svg.partition("<desc>")[2].partition("</desc>")[0]
    assert "nothing to draw" not in described
    assert any(figure in described for figure in "123456789")
    assert any(f"<{shape} " in svg for shape in ("circle", "polygon")) or svg.count("<rect ") > 1
    assert "No prices, orders, fills or payments" not in svg
    assert hit.sentence


def test_its_parameters_say_unit_and_source(entry: Entry) -> None:
    for name, parameter in entry.rule.parameters.items():
        assert parameter.unit.strip(), name
        assert len(parameter.source.strip()) >= 8, name


def test_every_parameter_is_used(plain_entry: Entry) -> None:
    text = plain_entry.text
    assert [name for name in plain_entry.rule.parameters if f"${name}" not in text] == []


def test_what_it_needs_is_there(entry: Entry) -> None:
    for need in entry.rule.needs:
        table, _, column = need.partition(".")
        assert table in relations()
        assert not column or column in relations()[table].schema


def test_it_says_what_a_reader_asks(entry: Entry) -> None:
    rule = entry.rule
    for text in (rule.title, rule.description, rule.runbook, *rule.limitations):
        assert text.strip()
    assert rule.description.rstrip().endswith(".")


def test_it_leads_to_a_report(plain_entry: Entry) -> None:
    report = plain_entry.rule.report
    assert report.stor or report.sar


def test_the_practices_it_names_are_in_the_reference(entry: Entry) -> None:
    assert list(practices.load(RULES).unknown(entry.rule)) == []


def test_it_stands_where_it_says(entry: Entry) -> None:
    path = Path(entry.path)
    assert (path.stem, path.parent.name) == (entry.rule.id, entry.rule.risk)


def test_no_two_rules_have_one_behaviour_or_title() -> None:
    assert len({entry.digest for entry in EVERY}) == len(EVERY)
    assert len({entry.rule.title for entry in EVERY}) == len(EVERY)


def test_all_three_risks_are_looked_for() -> None:
    assert {entry.rule.risk for entry in EVERY} == {"manipulation", "front_running", "kyc_aml"}


def test_every_practice_of_the_law_is_covered_or_a_gap_with_a_reason() -> None:
    found = coverage(practices.load(RULES), [(entry.rule, Life.ACTIVE) for entry in EVERY])
    bare = [line.code for line in found.lines if line.status != "covered" and not line.gap]
    assert bare == []
    assert {line.status for line in found.lines} <= {"covered", "gap", "not_applicable"}
    closed = [line.code for line in found.lines if line.status == "covered" and line.gap]
    assert closed == [], "a gap that a rule has closed leaves the reference"


def test_the_lock_fits_the_rules() -> None:
    check_lock(shipped(), RULES)
