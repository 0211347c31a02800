"""The sheet that an officer labels: written safely, read back strictly."""

import csv
from pathlib import Path
from typing import Any

import pytest

from surveillance.errors import SurveillanceError
from surveillance.records.answers import Sample
from surveillance.studies.tuning import sheet
from surveillance.studies.tuning.sample import drawn
from tests.studies.tuning.test_sample import population


def below(trader: str | None = None) -> Sample:
    sample = drawn(population({("busy", 4): 3}), "seed")
    for row in sample["sample"]:
        row["trader_id"] = trader or row["trader_id"]
    return sample


def written(folder: Path, *labels: str, **of: Any) -> Path:
    path = folder / "sheet.csv"
    sheet.write(path, "s" * 64, below(**of))
    rows = list(csv.reader(path.open()))
    for row, label in zip(rows[1:], labels, strict=False):
        row[-1] = label
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_labels_come_back_with_their_study_and_blanks_are_no_labels(tmp_path: Path) -> None:
    study, labels = sheet.read(written(tmp_path, "productive", " Unproductive ", ""))
    names = [row["hit_id"] for row in below()["sample"]]

    assert study == "s" * 64
    assert labels == {names[0]: True, names[1]: False}


def test_another_word_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "productive", "maybe")
    with pytest.raises(SurveillanceError, match=r"sheet\.csv:3: .* was 'maybe'"):
        sheet.read(path)


def test_what_a_trader_named_an_account_is_no_formula(tmp_path: Path) -> None:
    text = written(tmp_path, trader="=HYPERLINK(1)").read_text()
    assert "'=HYPERLINK" in text


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "study,hit_id,label\n"])
def test_what_is_no_sheet_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(SurveillanceError, match="expected a sheet"):
        sheet.read(path)


def test_two_studies_in_one_sheet_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text() + path.read_text().splitlines()[1].replace("ssss", "tttt"))
    with pytest.raises(SurveillanceError, match="expected one study"):
        sheet.read(path)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bytes.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SurveillanceError, match="expected a labelled sheet"):
        sheet.read(path)
