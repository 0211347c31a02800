"""Measuring from the command line: simulated weeks, and their report written again."""

from pathlib import Path

from surveillance.reports import measure as report
from tests.given import measures as told_measures
from tests.given.installations import Home
from tests.given.typed import Explain, Say


def test_what_to_compare_with_must_be_said(explain: Explain, small: Home) -> None:
    said = explain(small, "evaluate")
    assert "expected a run and --labels, or --simulated" in said


def test_a_plan_that_is_none_is_refused_before_anything_is_simulated(
    explain: Explain, own_small: Home, tmp_path: Path
) -> None:
    said = explain(
        own_small, "evaluate", "--simulated", "--severities", "1.5", "--out", tmp_path / "out"
    )
    assert "expected seeds from 0 and severities from 0 to 1, was 11-20 and 1.5" in said
    assert not (tmp_path / "out").exists()


def test_a_report_is_written_again_with_the_reasons_beside_it(
    say: Say, explain: Explain, own_small: Home, tmp_path: Path
) -> None:
    report.save(tmp_path, told_measures.measure())
    (tmp_path / "reasons.yml").write_text("# Why.\nspoofing: Makers pull quotes on news.\n")
    words = ("evaluate", "--rewrite", "--out", tmp_path)
    said = say(own_small, *words)
    first = (tmp_path / "measure.pdf").read_bytes()

    assert "spoofing     misses recall and precision     0.6667" in said.out
    assert "Of 3 rules, 1 reach both aims" in said.out
    assert "Makers pull quotes on news." in (tmp_path / "README.md").read_text()
    assert say(own_small, *words, "--json").json["seeds"] == [7, 11]
    assert (tmp_path / "measure.pdf").read_bytes() == first

    (tmp_path / "reasons.yml").write_text("spoofing: [1]\n")
    assert "reasons.yml:1" in explain(own_small, *words)


def test_a_measure_is_journalled_once_and_its_report_stays_the_same(
    say: Say, own_small: Home, tmp_path: Path
) -> None:
    report.save(tmp_path, told_measures.measure())
    say(own_small, "evaluate", "--rewrite", "--out", tmp_path)
    first = (tmp_path / "measure.pdf").read_bytes()
    say(own_small, "run", "--from", "2026-03-02", "--to", "2026-03-03")
    say(own_small, "evaluate", "--rewrite", "--out", tmp_path)

    assert (tmp_path / "measure.pdf").read_bytes() == first
    assert say(own_small, "journal", "verify").code == 0
