"""A SAR is a batch that FinCEN takes: by its schema, and by what no schema says."""

import re
from datetime import timedelta
from functools import cache

import pytest
from lxml import etree

from surveillance.config.sections import Fincen
from surveillance.errors import SurveillanceError
from surveillance.reports import deadlines, draft_case, fincen, render_case
from surveillance.reports.filing import Filing
from tests.given.casework import AT, OFFICER, VENUE, case_file
from tests.given.dossiers import dossier

US = Fincen(
    transmitter_control_code="PBSA8180",
    tin="123456780",
    street="1 Exchange Square",
    city="Chicago",
    state="IL",
    postal_code="60601",
    phone="3125550100",
    contact_office="Surveillance Desk",
    organization_subtype=508,
)
NS = {"f": "www.fincen.gov/base"}


@cache
def filing() -> Filing:
    file, head = case_file([dossier(rule={**dossier().rule, "report": {"sar": [608, 925]}})])
    at = AT.replace(day=5)
    return Filing(file, VENUE.model_copy(update={"fincen": US}), OFFICER, at, head)


@cache
def batch() -> str:
    return fincen.written(filing(), "Bait and switch. " * 600).decode()


def values(name: str, body: str = "") -> list[str]:
    root = etree.fromstring((body or batch()).encode())
    return [each.text for each in root.iterfind(f".//f:{name}", NS)]


def test_a_batch_is_what_the_schema_and_the_rules_of_e_filing_ask_for() -> None:
    assert fincen.faults(batch().encode(), filing().at) == []
    assert values("SuspiciousActivitySubtypeID") == ["608", "925"]
    assert values("SuspiciousActivityTypeID") == ["6", "9"]
    assert values("InitialReportIndicator") == ["Y"]


def test_a_long_narrative_goes_on_in_parts_of_whole_words() -> None:
    parts = values("ActivityNarrativeText")
    assert [len(part) <= 4000 for part in parts] == [True, True, True]
    assert " ".join(parts) == " ".join(["Bait and switch."] * 600)
    assert values("ActivityNarrativeSequenceNumber") == ["1", "2", "3"]


def test_one_that_corrects_another_has_its_number() -> None:
    body = fincen.written(filing(), "Again.", prior="31000000000001").decode()
    assert values("EFilingPriorDocumentNumber", body) == ["31000000000001"]
    assert values("CorrectsAmendsPriorReportIndicator", body) == ["Y"]


def test_no_officer_answers_what_the_batch_says_from_the_record() -> None:
    us = VENUE.model_copy(update={"fincen": US})
    file, head = case_file()
    with pytest.raises(
        SurveillanceError, match=r"expected no answer to what the batch .* to 29, 4;"
    ):
        render_case(
            file, "sar", institution=us, officer=OFFICER, at=AT.replace(day=5), journal_head=head,
            answered={"29": "5 USD", "4": "Ann Lee", "VI": "A call."},
        )  # fmt: skip
    drafted = draft_case(
        file, "sar", institution=us, officer=OFFICER, at=AT.replace(day=5), journal_head=head
    )
    shut = [each.number for section in drafted for each in section.answers if not each.is_open]
    assert {"29", "4"} <= set(shut)
    assert {"V", "VI", "prior"}.isdisjoint(shut)


INITIAL = "<fc2:InitialReportIndicator>Y</fc2:InitialReportIndicator>"
CONTINUING = INITIAL.replace("InitialReport", "ContinuingActivityReport")
PERSON = "<fc2:ActivityPartyTypeCode>33</fc2:ActivityPartyTypeCode>"
NARRATIVE = "<fc2:ActivityNarrativeSequenceNumber>2<"


@pytest.mark.parametrize(
    ("pattern", "instead", "fault"),
    [
        ('PartyCount="7"', 'PartyCount="6"', "expected PartyCount 7"),
        ('TotalAmount="', 'TotalAmount="9', "expected TotalAmount"),
        ('SeqNum="3"', 'SeqNum="900"', "expected SeqNum in order"),
        ('ActivityAttachmentCount="0"', 'ActivityAttachmentCount="1"', "ActivityAttachmentCount 0"),
        ("PBSA8180", "TBSA8180", "expected a transmitter control code"),
        (">28<", ">29<", "a tax number (4) and a control code (28), was ['4', '29'] (G14, G15)"),
        ("3125550100", "312-555-0100", "expected a telephone number"),
        ("123456780", "12-3456780", "expected a tax number"),
        ("123456780", "111111111", "not all the same"),
        ("123456780", "123456789", "(C21)"),
        ("60601", "6060", "expected a ZIP code"),
        ("60601", "00000", "expected a ZIP code"),
        ("60601", "6060 1", "a postal code without space or hyphen"),
        ("<fc2:RawStateCodeText>IL</fc2:RawStateCodeText>", "", "a state in US, was none (C25)"),
        (">IL<", ">ZZ<", "expected a state of US, was 'ZZ'"),
        (">US<", ">us<", "expected a country of two letters"),
        (
            "<fc2:RawCityText>Chicago</fc2:RawCityText>",
            "<fc2:CityUnknownIndicator>Y</fc2:CityUnknownIndicator>",
            "Party 35 / Address: expected RawCityText, for the filer knows it",
        ),
        (">Surveillance Desk<", ">UNKNOWN<", "expected a name in"),
        ("Bait and switch. Bait", "Bait\tand", "characters that do not print"),
        ("<fc2:FilingDateText>2026", "<fc2:FilingDateText>2025", "activity before its filing"),
        ("<fc2:FilingDateText>202603", "<fc2:FilingDateText>202602", "before its filing"),
        ("FromDateText>20260302", "FromDateText>20260230", "expected a day of the calendar"),
        ("<fc2:FormTypeCode>SARX", "<fc2:FormTypeCode>CTRX", "line"),
        ("TypeID>6<", "TypeID>8<", "a SuspiciousActivitySubtypeID of type 8, was 608"),
        (INITIAL, "", "was neither"),
        (INITIAL, CONTINUING, "EFilingPriorDocumentNumber where"),
        (INITIAL, CONTINUING, "a cumulative amount of what continues"),
        (NARRATIVE, NARRATIVE.replace("2<", "4<"), "a narrative in parts from 1, without a gap"),
        (
            "CustomerIndicator>Y</fc2:CustomerIndicator>",
            "CustomerIndicator>Y</fc2:CustomerIndicator>"
            "<fc2:RelationshipContinuesIndicator>Y</fc2:RelationshipContinuesIndicator>",
            "one status, of insiders alone, was ['RelationshipContinuesIndicator']",
        ),
    ],
)
def test_what_is_not_as_asked_for_is_named(pattern: str, instead: str, fault: str) -> None:
    body = re.sub(re.escape(pattern), instead, batch(), count=1)
    assert body != batch()
    assert any(fault in each for each in fincen.faults(body.encode(), filing().at))


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("<fc2:FirstNameUnknownIndicator>Y</fc2:FirstNameUnknownIndicator>", "was both (C4)"),
        ("<fc2:EntityLastNameUnknownIndicator>Y</fc2:EntityLastNameUnknownIndicator>", "was both"),
    ],
)
def test_a_name_that_is_given_is_not_unknown(said: str, fault: str) -> None:
    before, subject = batch().split(PERSON)
    marked = subject.replace("<fc2:PartyNameTypeCode>", f"{said}<fc2:PartyNameTypeCode>", 1)
    wrong = fincen.faults((before + PERSON + marked).encode(), filing().at)
    assert any("Party 33 / PartyName" in each and fault in each for each in wrong)


def test_what_is_no_name_is_unknown_and_not_filed_as_one() -> None:
    file, head = case_file([dossier(subject={"name": "Customer 8637", "entity": "natural"})])
    us = VENUE.model_copy(update={"fincen": US})
    body = fincen.written(Filing(file, us, OFFICER, AT.replace(day=5), head), "x").decode()
    assert values("RawEntityIndividualLastName", body) == ["8637"]
    assert values("FirstNameUnknownIndicator", body) == ["Y"]


def test_a_batch_under_a_default_namespace_is_refused_as_fincen_does() -> None:
    body = batch().replace("fc2:", "").replace("xmlns:fc2", "xmlns")
    assert any("(F60)" in each for each in fincen.faults(body.encode(), filing().at))


def test_a_narrative_that_no_form_holds_is_refused_before_it_is_cut() -> None:
    with pytest.raises(SurveillanceError, match="at most 20000 characters, was 20404"):
        fincen.written(filing(), ("Bait. " * 3_400).strip() + " more")


def test_without_what_fincen_knows_the_filer_by_there_is_no_batch() -> None:
    file, head = case_file()
    with pytest.raises(SurveillanceError, match="expected settings under"):
        fincen.written(Filing(file, VENUE, OFFICER, AT, head), "x")


def test_a_sar_is_due_in_thirty_days_and_a_stor_at_once() -> None:
    due = {kind: deadline.due(AT) - AT for kind, deadline in deadlines().items()}
    assert due == {"sar": timedelta(30), "stor-mar": timedelta(0), "stor-mica": timedelta(0)}
