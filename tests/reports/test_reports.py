"""Reports: whole, honest about gaps, the same bytes each time, and closed to what people type."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from surveillance.canonical import digest
from surveillance.casework.files import AlertFile
from surveillance.config.sections import Institution
from surveillance.errors import FileError, SurveillanceError
from surveillance.records.tables import JournalEntry
from surveillance.reports import Rendered, forms, render_case, render_replay
from surveillance.reports.alerts import AlertPage
from surveillance.reports.exhibits import exhibits
from surveillance.reports.filing import Filing
from surveillance.reports.pdf import write_pdf
from tests.given.casework import AT, OFFICER, VENUE, case_file, several
from tests.given.dossiers import after, dossier, hit, order_rows, trade_rows

LATER = after(86_400)
HOSTILE = '<script>alert(1)</script><a rel="attachment" href="file:///etc/passwd">x</a>'


def rendered(kind: str = "stor-mar", **more: object) -> Rendered:
    file, head = case_file()
    values = {"institution": VENUE, "officer": OFFICER, "at": LATER, "journal_head": head, **more}
    return render_case(file, kind, **values)  # type: ignore[arg-type]


@cache
def stor() -> Rendered:
    return rendered()


def attached(pdf: bytes) -> dict[str, Sequence[bytes]]:
    return dict(PdfReader(io.BytesIO(pdf)).attachments)


def fields(report: Rendered) -> dict[str, dict[str, str]]:
    attached_fields = json.loads(attached(report.pdf)["fields.json"][0])
    return {field["number"]: field for field in attached_fields["fields"]}


def replayed(**more: object) -> dict[str, object]:
    rule = {"rule_id": "spoofing", "version": 3, "digest": "d" * 64, "outcome": "hit", "hits": 2}
    return {
        "run_id": "run-1",
        "start": after(0),
        "end": after(60),
        "as_of": after(90),
        "recorded_digest": "a" * 64,
        "replayed_digest": "a" * 64,
        "lake": {"orders": 3},
        "rules": [{**rule, "agrees": True}],
        "code": "0.1.0",
        "libraries": {"duckdb": "2.0.0"},
        **more,
    }


def certified(replay: dict[str, object]) -> Rendered:
    _, head = case_file()
    return render_replay(replay, institution=VENUE, at=LATER, journal_head=head)


def test_the_same_case_gives_the_same_bytes_in_another_process_and_time_zone() -> None:
    program = "from tests.reports.test_reports import rendered; print(rendered().sha256)"
    elsewhere = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7"}
    process = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env=elsewhere,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.strip() == stor().sha256 == digest(stor().pdf)


def test_the_evidence_is_attached_and_its_digest_stands_on_the_cover() -> None:
    files = attached(stor().pdf)
    assert sorted(files) == ["evidence.json", "fields.json", "orders.csv", "trades.csv"]
    assert files["evidence.json"] == [stor().evidence]
    assert digest(stor().evidence) in stor().html
    assert json.loads(stor().evidence)["alerts"][0]["dossier"]["hit"]["rule_id"] == "spoofing"


def test_the_pdf_declares_archiving_and_accessibility() -> None:
    catalog: Any = PdfReader(io.BytesIO(stor().pdf)).root_object
    metadata = catalog["/Metadata"].get_data().decode()
    assert 'pdfaid:part="3"' in metadata
    assert 'pdfaid:conformance="A"' in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata


def test_the_only_dates_in_the_pdf_are_the_ones_it_was_given() -> None:
    information = PdfReader(io.BytesIO(stor().pdf)).metadata
    assert information is not None
    assert information.creation_date == information.modification_date == LATER


def test_what_people_typed_is_neither_run_nor_fetched() -> None:
    subject = {"name": HOSTILE, "trader_id": "T-1042", "owner_id": "OWN-1042"}
    bad = dossier(subject=subject, rule_text=HOSTILE, hit=hit(reasons=(HOSTILE,)))
    file, head = case_file([bad], comment=HOSTILE)
    for kind in ("stor-mica", "case-file"):
        report = render_case(
            file, kind, institution=VENUE, officer=OFFICER, at=LATER, journal_head=head
        )
        assert "<script" not in report.html
        assert "&lt;script&gt;" in report.html
        assert set(attached(report.pdf)) <= {
            "evidence.json",
            "fields.json",
            "orders.csv",
            "trades.csv",
        }


@pytest.mark.parametrize("address", ["file:///etc/passwd", "http://127.0.0.1:9/x.png"])
def test_a_page_that_fetches_anything_is_not_rendered(address: str) -> None:
    page = f'<html lang="en"><title>t</title><link rel="attachment" href="{address}">'
    with pytest.raises(SurveillanceError, match="expected a data: address"):
        write_pdf(page, (), LATER)


def test_without_pango_one_sentence_names_the_packages_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                print("WeasyPrint could not import some external libraries.")  # noqa: T201
                raise OSError("cannot load library 'libpango-1.0-0': no such file. Additionally")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    named = (
        r"was: cannot load library 'libpango-1\.0-0'; on Debian: apt-get install libpango-1\.0-0"
    )
    with pytest.raises(SurveillanceError, match=named):
        write_pdf("<p>x</p>", (), LATER)
    assert capsys.readouterr().out == ""


def test_every_field_is_a_value_or_na_with_a_reason() -> None:
    filled = fields(stor())
    assert len(filled) == 35
    assert filled["1.3"]["value"] == "Example Derivatives Venue, UAB\nLEI 00000000000000000098"
    assert filled["2.5.4"]["value"].startswith("6 orders entered in BTC-PERP, for 315 in all")
    assert filled["4.2"]["value"] == "1988-07-14"
    unknown = {n: f["reason"] for n, f in filled.items() if f["value"] == "NA"}
    assert sorted(unknown) == ["2.5.2", "4.3", "4.8"]
    assert all(unknown.values())
    assert all(f["reason"] == "" for n, f in filled.items() if n not in unknown)


@pytest.mark.usefixtures("blank")
def test_an_institution_that_is_not_configured_is_na_with_the_reason() -> None:
    filled = fields(rendered(institution=Institution()))
    assert filled["1.3"] == {
        "number": "1.3",
        "label": filled["1.3"]["label"],
        "value": "NA",
        "reason": "The name of the institution is not configured",
    }


@pytest.mark.usefixtures("blank")
def test_the_two_variants_ask_in_their_own_words() -> None:
    mica = fields(rendered("stor-mica"))
    assert "crypto-asset" in mica["2.1"]["label"]
    mar = fields(rendered())
    assert "crypto-asset" not in mar["2.1"]["label"]
    assert mica.keys() == mar.keys()


@pytest.mark.usefixtures("blank")
def test_what_the_officer_gives_goes_before_what_the_activity_says() -> None:
    report = rendered(answered={"4.8": "Adviser to the issuer", "1.2": "Deputy"})
    assert fields(report)["4.8"]["value"] == "Adviser to the issuer"
    assert fields(report)["1.2"]["value"] == "Deputy"


def test_an_answer_to_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SurveillanceError, match="expected answers to fields of MAR_2016_957"):
        rendered(answered={"9.9": "x"})
    with pytest.raises(SurveillanceError, match="expected no answers"):
        rendered("case-file", answered={"1.1": "x"})


@pytest.mark.parametrize(("lines", "reason"), [((), ""), ((), " "), (("x",), "y"), ((" ",), "")])
def test_a_field_with_neither_value_nor_reason_is_refused(
    lines: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SurveillanceError, match=r"expected field 1\.1 to have a value"):
        forms.Answer("1.1", "Name", lines, reason)


def test_a_form_without_a_reason_for_na_is_refused_with_its_place(tmp_path: Path) -> None:
    form = tmp_path / "form.yml"
    form.write_text(
        "variant: X\nlaw: Y\ndeadline: {law: Y, text: soon}\nsecrecy: Z\n"
        "sections:\n  - title: One\n    fields:\n"
        '      - {number: "1.1", label: Name, from: entity, missing: " "}\n'
    )
    with pytest.raises(FileError, match=r"form\.yml:8:52"):
        forms.load(form)


def test_a_form_that_names_no_source_of_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "odd.html").write_text("{# Odd #}")
    (tmp_path / "case" / "odd.yml").write_text(
        "variant: X\nlaw: Y\ndeadline: {law: Y, text: soon}\nsecrecy: Z\n"
        "sections:\n  - title: One\n    fields:\n"
        '      - {number: "1.1", label: Name, from: joined, missing: none}\n'
    )
    with pytest.raises(SurveillanceError, match="expected a source in surveillance"):
        rendered("odd", templates=tmp_path)


def test_an_unknown_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(SurveillanceError, match=r"'case-file', 'sar', 'stor-mar'.* was 'str'"):
        rendered("str")


def test_comments_stay_inside_the_house() -> None:
    assert "The pattern repeats." not in stor().html
    assert b"The pattern repeats." not in stor().evidence
    assert "The pattern repeats." in rendered("case-file").html


def test_that_a_report_was_made_does_not_change_the_evidence_of_the_next() -> None:
    file, head = case_file()
    entry = JournalEntry(
        seq=99,
        at=LATER,
        actor="officer-1",
        verb="report",
        subject="case:x",
        detail="{}",
        previous=head.digest,
        digest="d" * 64,
    )
    more = replace(file, journal=(*file.journal, entry))
    again = Filing(more, VENUE, OFFICER, LATER, head)
    assert again.evidence == stor().evidence


def test_a_report_says_how_long_after_the_suspicion_it_is_made() -> None:
    assert fields(stor())["3.4"]["value"].count("1.8 hours later") == 1


@pytest.mark.usefixtures("blank")
def test_several_alerts_are_summed_up_and_their_rule_is_printed_once() -> None:
    file, head = case_file(several(6))
    report = render_case(
        file, "stor-mar", institution=VENUE, officer=OFFICER, at=LATER, journal_head=head
    )
    assert "6 alerts, highest score 87.25" in report.html
    assert report.html.count("Rule, digest of its behaviour") == 1
    assert report.html.count("data:image/svg+xml") == 1


def test_evidence_that_is_the_same_in_every_row_stands_once() -> None:
    [orders, trades] = exhibits(dossier().rows, {})
    assert dict(orders.constants) == {
        "instrument": "BTC-PERP",
        "trader_id": "T-1042",
        "side": "buy",
        "type": "limit",
    }
    assert orders.columns == ("ts", "seq", "order_id", "event", "price", "quantity")
    assert orders.rows[0][4:] == ("64,208", "40")
    assert trades.numeric == {"price", "quantity", "notional"}


def test_long_evidence_is_cut_and_counted() -> None:
    long = dossier(rows={"trades": trade_rows(90)}, row_counts={"trades": 4000})
    [trades] = exhibits(long.rows, long.row_counts)
    assert (len(trades.rows), trades.stored, trades.total) == (40, 90, 4000)


def test_a_measure_with_a_line_says_what_others_came_to_or_that_nobody_knows() -> None:
    page = AlertPage(1, AlertFile("a", AT, "d", dossier(), AT, AT))
    known, *unknown = [row.others for row in page.comparisons]
    assert known == "rank 3 of 213; others: median 1.1, 95th percentile 4.8, furthest 80.25"
    assert unknown == ["not known", "not known"]


def test_decimals_of_a_column_stand_under_each_other() -> None:
    mixed = [{**row, "price": f"{i}.{'5' if i else '25'}0"} for i, row in enumerate(order_rows(2))]
    [orders] = exhibits({"orders": mixed}, {})
    assert [row[orders.columns.index("price")] for row in orders.rows] == ["0.25", "1.50"]


def test_a_measure_finds_its_threshold_through_its_gate() -> None:
    rule = {"title": "Spoofing", "detect": {"require": {"ratio": ">= $min_ratio"}}}
    alert = dossier(rule=rule, hit=hit(measures={"ratio": "62.5"}, thresholds={"min_ratio": "10"}))
    page = AlertPage(1, AlertFile(alert.hit.id, AT, "d", alert, AT, AT))
    assert [(row.measure, row.threshold) for row in page.comparisons] == [("ratio", "10")]
    assert [(row.name, row.value) for row in page.thresholds] == [("min_ratio", "10")]


@pytest.mark.usefixtures("blank")
def test_a_detector_says_why_and_that_it_proves_nothing() -> None:
    strange = replace(dossier(), rule={**dossier().rule, "detect": {"anomaly": {}}})
    file, head = case_file([strange])
    report = render_case(
        file, "stor-mar", institution=VENUE, officer=OFFICER, at=LATER, journal_head=head
    )
    assert "a score is no proof" in report.html


def test_an_equal_replay_is_certified() -> None:
    report = certified(replayed())
    assert "the same result, byte for byte" in report.html
    assert attached(report.pdf) == {"certificate.json": [report.evidence]}


@pytest.mark.usefixtures("blank")
def test_a_replay_that_differs_names_the_differences() -> None:
    other = {"rule_id": "spoofing", "subject": "T-1", "recorded": "62.50", "replayed": "61.00"}
    report = certified(replayed(replayed_digest="b" * 64, differences=[other]))
    assert "did not give what was recorded" in report.html
    assert "61.00" in report.html


@pytest.mark.usefixtures("blank")
def test_a_run_whose_record_was_changed_is_certified_as_that() -> None:
    other = {"rule_id": "", "measure": "record", "recorded": "as it was kept", "replayed": "b"}
    report = certified(replayed(differences=[other]))
    assert "what is kept of the run is not what was recorded" in report.html
    report = certified(replayed(differences=[other], replayed_digest=""))
    assert "could not be judged again" in report.html


@pytest.mark.usefixtures("blank")
def test_a_certificate_names_other_libraries() -> None:
    note = "recorded under duckdb 2.0.0, replayed under 2.0.1"
    assert note in certified(replayed(notes=[note])).html


def test_a_certificate_that_is_incomplete_is_refused() -> None:
    with pytest.raises(SurveillanceError, match="code: Field required"):
        certified({name: value for name, value in replayed().items() if name != "code"})


def test_a_stor_of_three_findings_has_eight_pages_and_says_each_measure_once() -> None:
    apart = [
        dossier(hit=hit(f"spoofing_{name}", instrument=name, evidence={"orders": (name,)}))
        for name in ("A-PERP", "B-PERP", "C-PERP")
    ]
    file, head = case_file(apart)
    report = render_case(
        file, "stor-mar", institution=VENUE, officer=OFFICER, at=LATER, journal_head=head
    )
    assert len(Filing(file, VENUE, OFFICER, LATER, head).findings) == 3
    assert len(PdfReader(io.BytesIO(report.pdf)).pages) <= 8
    assert report.html.count("cancelled to filled: 62.5 (at least 10)") == 3
    assert "median of the others 1.1" in report.html
