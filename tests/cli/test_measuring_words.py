"""Measuring from the command line: simulated weeks, and their report written again."""

from pathlib import Path

from surveillance.reports import measure as reports
from tests.given import measures
from tests.given.installations import Home
from tests.given.typed import Explain, Say


def test_what_to_compare_with_must_be_named(say: Say, small: Home) -> None:
    assert "Missing argument 'run'" in say(small, "evaluate", expect=2).error
    assert "Missing option '--labels'" in say(small, "evaluate", "3f9a", expect=2).error


def test_a_plan_that_is_none_is_refused_before_anything_is_simulated(
    explain: Explain, own_small: Home, tmp_path: Path
) -> None:
    message = explain(own_small, "measure", "--severities", "1.5", "--out", tmp_path / "out")
    assert "expected seeds from 0 and severities from 0 to 1, was 11-20 and 1.5" in message
    assert not (tmp_path / "out").exists()


def test_a_report_is_written_again_with_the_reasons_beside_it(
    say: Say, explain: Explain, own_small: Home, tmp_path: Path
) -> None:
    reports.save(tmp_path, measures.measure())
    (tmp_path / "reasons.yml").write_text("# Why.\nspoofing: Makers pull quotes on news.\n")
    command = ("measure", "--rewrite", "--out", tmp_path)
    typed = say(own_small, *command)
    first = (tmp_path / "measure.pdf").read_bytes()

    assert "spoofing     misses recall and precision     0.6667" in typed.out
    assert "Of 3 rules, 1 reach both aims" in typed.out
    assert "Makers pull quotes on news." in (tmp_path / "README.md").read_text()
    assert say(own_small, *command, "--json").json["seeds"] == [7, 11]
    assert (tmp_path / "measure.pdf").read_bytes() == first

    (tmp_path / "reasons.yml").write_text("spoofing: [1]\n")
    assert "reasons.yml:1" in explain(own_small, *command)


def test_a_measure_is_journalled_once_and_its_report_stays_the_same(
    say: Say, own_small: Home, tmp_path: Path
) -> None:
    reports.save(tmp_path, measures.measure())
    say(own_small, "measure", "--rewrite", "--out", tmp_path)
    first = (tmp_path / "measure.pdf").read_bytes()
    say(own_small, "run", "--from", "2026-03-02", "--to", "2026-03-03")
    say(own_small, "measure", "--rewrite", "--out", tmp_path)

    assert (tmp_path / "measure.pdf").read_bytes() == first
    assert say(own_small, "journal", "verify").code == 0
