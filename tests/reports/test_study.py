"""Reports and pictures of studies: whole, the same each time, honest about what is not known."""

import io
import json
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from pypdf import PdfReader

from surveillance.canonical import digest
from surveillance.chart import Day, days_svg, thresholds_svg
from surveillance.errors import SurveillanceError
from surveillance.records.answers import Answer
from surveillance.reports import Rendered, render_study
from surveillance.reports.study import BacktestReport, TuningReport, study_report
from tests.given.casework import VENUE, case_file
from tests.given.studies import backtest, change, line, rate, report, stored, tuning

HOSTILE = '<script>alert(1)</script><a href="file:///etc/passwd">x</a>'
_SVG = "{http://www.w3.org/2000/svg}"


def rendered(answer: Answer) -> Rendered:
    _, head = case_file()
    return render_study(report(answer), institution=VENUE, journal_head=head)


def compared(**more: Any) -> BacktestReport:
    study = report(backtest(**more))
    assert isinstance(study, BacktestReport)
    return study


def test_the_same_study_gives_the_same_bytes_and_carries_its_whole_answer() -> None:
    first, second = (rendered(tuning()) for _ in range(2))
    files = PdfReader(io.BytesIO(first.pdf)).attachments

    assert first.sha256 == second.sha256 == digest(first.pdf)
    assert json.loads(files["study.json"][0]) == json.loads(report(tuning()).body)
    assert digest(files["study.json"][0]) in first.html


def test_a_study_that_was_changed_or_is_of_no_known_form_is_refused() -> None:
    study = report(tuning())
    with pytest.raises(SurveillanceError, match="was changed"):
        TuningReport(study.id, study.body.replace("size_ratio", "other"), study.by, study.at)
    unknown = stored(tuning())
    unknown.body = unknown.body.replace("surveillance-tuning/1", "another")
    with pytest.raises(SurveillanceError, match="expected a study of"):
        study_report(unknown)


@pytest.mark.usefixtures("blank")
def test_a_tuning_has_lines_to_sign_that_are_left_blank() -> None:
    html = rendered(tuning()).html
    assert "Author: name, date and signature" in html
    assert "Second officer: name, date and signature" in html


@pytest.mark.usefixtures("blank")
def test_a_tuning_says_what_it_missed_and_how_sure_that_is() -> None:
    html = rendered(tuning()).html
    assert "Of 4 hits below the line 2 labelled, 1 productive" in html
    assert "95 % interval 1–3" in html
    assert html.count('class="today"') == 2


@pytest.mark.usefixtures("blank")
def test_a_sample_that_is_not_labelled_says_nothing_of_what_is_missed() -> None:
    html = rendered(tuning(labelled=None)).html
    assert "The sample is not labelled yet" in html
    assert "misses" not in report(tuning(labelled=None)).sentence


@pytest.mark.usefixtures("blank")
def test_where_nothing_lies_below_the_line_the_report_says_so() -> None:
    nothing = {"population": 0, "asked": 0, "seed": "e" * 64, "strata": [], "sample": []}
    html = rendered(tuning(below=nothing, labelled=None)).html
    assert "there is nothing below the line to sample" in html
    assert "Annex" not in html


@pytest.mark.usefixtures("blank")
def test_without_decided_cases_and_labels_no_rate_is_stated() -> None:
    bare = line(5, 5) | {"labels": None, "dispositions": rate(0, 0)}
    html = rendered(tuning(values=[bare])).html
    assert "no productive-alert rate can be stated" in html
    assert "Against labels" not in html


def test_a_backtest_counts_all_and_lists_the_first_sixty_with_their_reasons() -> None:
    html = rendered(backtest()).html
    assert "Lost: 70" in html
    assert "The first 60 of 70" in html
    assert html.count("ratio 6.2 is below $size_ratio 7 (5 in force)") == 60
    assert "Productive alerts that would be lost: 00000000000000000000" in html


def test_of_a_long_text_the_part_that_differs_is_shown() -> None:
    query = {"where": "detect.query", "before": "a " * 500 + "five" + " z" * 500}
    query["after"] = query["before"].replace("five", "seven")
    [shown] = compared(rewritten=[query]).rewritten

    assert shown["before"] == f"… {'a ' * 30}five{' z' * 30} …"
    assert shown["after"] == f"… {'a ' * 30}seven{' z' * 30} …"
    [gone] = compared(rewritten=[query | {"after": ""}]).rewritten
    assert gone["after"] == ""
    assert gone["before"].startswith("a a ")
    assert len(gone["before"]) < 500


@pytest.mark.usefixtures("blank")
def test_a_backtest_without_a_version_in_force_compares_with_nothing() -> None:
    verdicts = {"before": None, "after": backtest()["verdicts"]["after"]}
    body = backtest(in_force=None, verdicts=verdicts, rewritten=[], changes=[], counts={})
    html = rendered(body).html
    assert "nothing to compare with" in html
    assert "What would change, and why" not in html


@pytest.mark.usefixtures("blank")
def test_what_people_typed_is_escaped_everywhere() -> None:
    evil = change("lost", 1, HOSTILE) | {"subject": HOSTILE, "instrument": HOSTILE}
    reports = [
        rendered(backtest(changes=[evil], counts={"lost": 1})),
        rendered(tuning(parameter=tuning()["parameter"] | {"unit": HOSTILE, "source": HOSTILE})),
    ]
    for page in reports:
        assert "<script" not in page.html
        assert "&lt;script&gt;" in page.html


# --- Pictures ---


def shapes(svg: str, tag: str) -> list[Element]:
    return list(fromstring(svg).iter(f"{_SVG}{tag}"))


def test_a_segment_has_a_panel_and_filled_marks_add_to_todays_alerts() -> None:
    counts = {"small": [3, 1, 1], "": [1, 1, 0]}
    svg = thresholds_svg("ratio", "times", [4, 5, 6], 5, [4, 2, 1], counts)
    filled = [mark for mark in shapes(svg, "circle") if mark.get("fill") != "#ffffff"]

    assert len(shapes(svg, "polyline")) == 3
    assert len(filled) == 2
    words = [each.text for each in shapes(svg, "text")]
    assert "small" in words
    assert "no segment" in words
    assert words.count("today") == 3


@pytest.mark.parametrize("values", [[5], [0.045, 5], list(range(1, 40))])
def test_a_picture_stands_for_any_number_of_values(values: list[float]) -> None:
    svg = thresholds_svg("a", "b", values, 5, [0] * len(values), {})
    assert len(shapes(svg, "circle")) == len(values)


def test_words_in_a_picture_are_escaped() -> None:
    svg = thresholds_svg(HOSTILE, HOSTILE, [5], 5, [1], {HOSTILE: [1]})
    assert not shapes(svg, "script")


def test_days_have_a_bar_for_each_version_in_force_and_studied() -> None:
    days = [Day("2026-03-02", 3, 1), Day("2026-03-03", 0, 2)]
    both, alone = (days_svg("t", days, has_before=has) for has in (True, False))

    assert len(shapes(both, "rect")) - len(shapes(alone, "rect")) == 3
    assert days_svg("t", days, has_before=True) == both
    assert "No alert" in days_svg("t", [], has_before=True)
