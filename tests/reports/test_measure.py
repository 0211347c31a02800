"""The report of a measure says what the figures say, and the committed one was made of its own."""

import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from surveillance.canonical import canonical
from surveillance.chart import Delay, Rate, delays_svg, rates_svg
from surveillance.errors import SurveillanceError
from surveillance.reports import measure as reports
from surveillance.reports.measure.figures import MeasureReport
from surveillance.reports.measure.words import seconds, share
from tests.given import measures
from tests.given.casework import case_file

COMMITTED = Path(__file__).parents[2] / "benchmarks" / "measure"


def row(page: str, first: str) -> list[str]:
    """Return the cells of the first row of any table that begins so."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_rule_is_held_against_its_aims_with_intervals() -> None:
    page = reports.page(measures.report())

    assert row(page, "spoofing")[1:7] == [
        "misses recall and precision", "18", "0", "0.67 (0.44–0.84)", "8", "0.50 (0.22–0.78)",
    ]  # fmt: skip
    assert row(page, "structuring")[1] == "met"
    assert row(page, "ramping")[1:] == ["no label", "0", "0", "–", "0", "–", "–", "0.00"]
    assert "Of 3 rules, 1 reach both aims and 1 miss one or both." in page
    assert "1 cannot be judged: no week of that severity has a label" in page


def test_why_an_aim_is_missed_is_what_somebody_wrote_beside_it() -> None:
    assert "No reason is written down yet" in reports.page(measures.report())
    page = reports.page(measures.report(spoofing="Makers pull | quotes on news."))
    missed = page[page.index("## Aims that are missed") :]

    assert row(missed, "spoofing")[2:5] == ["layering 8", "maker 4", "0"]
    assert "Makers pull \\| quotes on news." in missed
    with pytest.raises(SurveillanceError, match="expected reasons of rules, was spoofin"):
        measures.report(spoofin="A slip.")


def test_alerts_on_the_clean_are_listed_by_kind_and_held_against_the_aim() -> None:
    page = reports.page(measures.report())
    clean = page[page.index("## Alerts on the clean") :]

    assert "Manipulation: 0.92 alerts per 1,000 clean owners a day" in page
    assert "the aim, fewer than 1, is reached" in page
    assert row(clean, "maker")[1] == "168"
    assert "23.81 (23.81–23.81)" in row(clean, "maker")


def test_seeds_that_rules_were_tuned_on_are_named() -> None:
    assert "Rules were tuned on 7: this shows that they work" in reports.page(measures.report())


def test_disguises_and_twins_stand_with_what_is_missed_and_who_is_accused() -> None:
    page = reports.page(measures.report())
    worn = page[page.index("## Disguises") : page.index("## What is missed")]
    missed = page[page.index("## What is missed") : page.index("## Honest twins")]

    assert row(worn, "late")[2:] == ["4", "0", "0.00 (0.00–0.49)"]
    assert row(missed, "spoofing")[1:] == ["late 0 of 4", "4 of 4", "0 of 4"]
    assert "late" not in row(missed, "structuring")[1]
    assert row(page, "news puller")[3:6] == ["spoofing 4", "8", "4"]
    assert "4 were accused (50.0 %); the aim, at most 5 %, is missed" in page
    assert "Rules that kept no near miss: ramping, structuring" in page


def test_a_measure_from_before_disguises_is_shown_without_them() -> None:
    older = measures.measure()
    del older["conduct"]

    assert "## Disguises" not in reports.page(MeasureReport(older, {}))


def test_the_pdf_carries_the_figures_and_the_reasons() -> None:
    _, head = case_file()
    report = measures.report(spoofing="Makers pull quotes on news.")
    rendered = reports.render(report, journal_head=head)
    [carried] = PdfReader(io.BytesIO(rendered.pdf)).attachments["measure.json"]

    assert json.loads(carried)["reasons"] == {"spoofing": "Makers pull quotes on news."}
    assert rendered.pdf == reports.render(report, journal_head=head).pdf


def test_pictures_stand_alone_and_say_in_words_what_they_show() -> None:
    drawn = reports.pictures(measures.report())

    assert set(drawn) == {"manipulation-1", "kyc-aml-1", "delays", "clean"}
    for svg in drawn.values():
        root = ElementTree.fromstring(svg)  # noqa: S314 (our own output)
        assert root.findtext("{http://www.w3.org/2000/svg}desc")
        assert "style=" not in svg
    assert "spoofing: found 0.50 at 0.1, 0.50 at 0.5" in drawn["manipulation-1"]


def test_a_delay_of_nothing_and_a_rate_of_nothing_are_drawn() -> None:
    assert "x: 0 s" in delays_svg("Delays", [Delay("x", 0, 0, 0, 900)])
    assert "everybody: 0" in rates_svg("Rates", [Rate("everybody", 0.0, 0.0, 0.0)], 1.0)


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 s"), (90, "1.5 min"), (7200, "2 h"), (200_000, "2.3 d")]
)
def test_seconds_are_written_as_people_say_them(value: int, words: str) -> None:
    assert seconds(value) == words


def test_a_share_that_is_not_there_is_a_dash() -> None:
    assert (share(None), share(0.5, (0.25, 0.75))) == ("–", "0.50 (0.25–0.75)")


def test_what_is_no_measure_is_refused() -> None:
    with pytest.raises(SurveillanceError, match="expected surveillance-measure/2, was None"):
        MeasureReport({}, {})  # type: ignore[typeddict-item]


def test_the_committed_page_says_by_which_code_and_rules_its_figures_were_made() -> None:
    page, figures = (COMMITTED / "README.md").read_text(), reports.read(COMMITTED).measure

    for stamp in (figures["at"][:10], figures["code"], figures["rulebook"], figures["command"]):
        assert stamp
        assert stamp in page


def test_the_committed_page_and_pictures_are_what_the_measure_says() -> None:
    report = reports.read(COMMITTED)
    pictures = {path.stem: path.read_text().rstrip() for path in COMMITTED.glob("*.svg")}

    assert pictures == reports.pictures(report)
    assert (COMMITTED / "README.md").read_text() == reports.page(report)


def test_the_committed_pdf_carries_the_committed_measure() -> None:
    [carried] = PdfReader(COMMITTED / "measure.pdf").attachments["measure.json"]

    assert canonical(json.loads(carried)) == reports.read(COMMITTED).body.decode()
