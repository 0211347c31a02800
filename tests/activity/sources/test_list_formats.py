"""Every layout gives the same rows; weak names are known as weak; a bad entry is alone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.errors import SourceError
from surveillance.model import Window

NOW = datetime(2026, 12, 1, tzinfo=UTC)
WINDOW = Window(datetime(2026, 11, 30, tzinfo=UTC), NOW)
WALLET = "0x" + "ab" * 20

EU = """<?xml version="1.0" encoding="UTF-8"?>
<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-02-01T10:00:00Z">
  <sanctionEntity euReferenceNumber="EU.1.1" logicalId="1">
    <regulation programme="XYZ"/><subjectType code="person" classificationCode="P"/>
    <nameAlias wholeName="Ann First" strong="true"/><nameAlias wholeName="Kit" strong="false"/>
    <citizenship countryIso2Code="FR"/><birthdate birthdate="1970-01-02" year="1970"/>
  </sanctionEntity>
  <sanctionEntity logicalId="2"><subjectType code="enterprise"/></sanctionEntity>
</export>"""
UK = """<?xml version="1.0"?>
<Designations><DateGenerated>2026-02-01</DateGenerated>
  <Designation><UniqueID>XYZ0001</UniqueID><RegimeName>XYZ</RegimeName>
    <IndividualEntityShip>Individual</IndividualEntityShip>
    <Names>
      <Name><Name6>Kit</Name6><NameType>Alias</NameType>
        <AliasStrength>Low quality a.k.a</AliasStrength></Name>
      <Name><Name1>Ann</Name1><Name6>First</Name6><NameType>Primary Name</NameType></Name>
    </Names>
    <IndividualDetails><Individual><DOBs><DOB>02/01/1970</DOB></DOBs>
      <Nationalities><Nationality>FR</Nationality></Nationalities></Individual></IndividualDetails>
  </Designation>
  <Designation><UniqueID>XYZ0002</UniqueID></Designation>
</Designations>"""
ADVANCED = f"""<?xml version="1.0"?>
<Sanctions xmlns="https://example.org/ADVANCED_XML">
  <DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>2</Month><Day>1</Day></DateOfIssue>
  <ReferenceValueSets>
    <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>
      <FeatureType ID="345">Digital Currency Address - ETH</FeatureType>
      <FeatureType ID="10">Nationality Country</FeatureType></FeatureTypeValues>
    <PartySubTypeValues><PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType>
      </PartySubTypeValues>
    <CountryValues><Country ID="11">FR</Country></CountryValues>
  </ReferenceValueSets>
  <Locations><Location ID="5"><LocationCountry CountryID="11"/></Location></Locations>
  <DistinctParties>
    <DistinctParty FixedRef="7"><Profile ID="7" PartySubTypeID="4"><Identity ID="1">
      <Alias Primary="true" LowQuality="false"><DocumentedName>
        <DocumentedNamePart><NamePartValue>Ann</NamePartValue></DocumentedNamePart>
        <DocumentedNamePart><NamePartValue>First</NamePartValue></DocumentedNamePart>
      </DocumentedName></Alias>
      <Alias Primary="false" LowQuality="true"><DocumentedName>
        <DocumentedNamePart><NamePartValue>Kit</NamePartValue></DocumentedNamePart>
      </DocumentedName></Alias></Identity>
      <Feature FeatureTypeID="8"><FeatureVersion><DatePeriod>
        <Start><From><Year>1970</Year><Month>1</Month><Day>2</Day></From></Start>
        <End><To><Year>1970</Year><Month>1</Month><Day>2</Day></To></End>
      </DatePeriod></FeatureVersion></Feature>
      <Feature FeatureTypeID="10"><FeatureVersion><VersionLocation LocationID="5"/>
        </FeatureVersion></Feature>
      <Feature FeatureTypeID="345"><FeatureVersion><VersionDetail>{WALLET}</VersionDetail>
        </FeatureVersion></Feature>
    </Profile></DistinctParty>
    <DistinctParty FixedRef="8"><Profile ID="8"/></DistinctParty>
  </DistinctParties>
  <SanctionsEntries><SanctionsEntry ID="7" ProfileID="7"><SanctionsMeasure>
    <Comment>XYZ</Comment></SanctionsMeasure></SanctionsEntry></SanctionsEntries>
</Sanctions>"""
FTM = "\n".join(
    [
        json.dumps(
            {
                "id": "NK-1",
                "caption": "Ann First",
                "schema": "Person",
                "properties": {
                    "name": ["Ann First"],
                    "weakAlias": ["Kit"],
                    "birthDate": ["1970-01-02"],
                    "nationality": ["FR"],
                    "topics": ["sanction"],
                },
            }
        ),
        json.dumps({"id": "a", "schema": "Address", "properties": {"full": ["Somewhere"]}}),
        json.dumps(
            {
                "id": "w",
                "schema": "CryptoWallet",
                "properties": {
                    "publicKey": [WALLET],
                    "currency": ["ETH"],
                    "topics": ["sanction"],
                },
            }
        ),
        '{"id": "NK-2", "schema": "Person"',
    ]
)
CSL = (
    "source,entity_number,type,programs,name,remarks,alt_names,citizenships,dates_of_birth,"
    "nationalities\n"
    "SDN,7,Individual,XYZ,Ann First,,,,1970-01-02,FR\n"
    "SDN,8,Individual,XYZ,,,,,,\n"
)
EU_CSV = """fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_Remark;\
Entity_SubjectType;Entity_Regulation_Programme;NameAlias_LastName;NameAlias_FirstName;\
NameAlias_WholeName;Address_CountryIso2Code;BirthDate_BirthDate;BirthDate_Year;\
BirthDate_YearRangeFrom;BirthDate_YearRangeTo;BirthDate_Circa;Citizenship_CountryIso2Code
01/02/2026;1;EU.1.1;;P;XYZ;First;Ann;;;;;;;;
01/02/2026;1;EU.1.1;;P;XYZ;;;Kit;;;;;;;
01/02/2026;1;EU.1.1;;P;XYZ;;;;00;;;;;;
01/02/2026;1;EU.1.1;;P;XYZ;;;;;1970-01-02;1970;;;false;
01/02/2026;1;EU.1.1;;P;XYZ;;;;;;;;;;FR
01/02/2026;2;EU.2.2;;E;XYZ;;;;FR;;;;;;
"""
UK_CSV = """Report Date: 01-Feb-2026
Last Updated,Unique ID,Name 6,Name 1,Name type,Alias strength,Name non-latin script,Regime Name,\
Designation Type,Other Information,Address Country,D.O.B,Nationality(/ies)
12/01/2022,XYZ0001,Kit,,Alias,Low quality a.k.a,,XYZ,Individual,,,02/01/1970,FR
12/01/2022,XYZ0001,First,Ann,Primary Name,,,XYZ,Individual,"one,
two",,02/01/1970,FR
12/01/2022,XYZ0002,,,Primary Name,,,XYZ,Entity,,FR,,
"""
LISTS = {
    "eu": EU,
    "eu_csv": EU_CSV,
    "uk_csv": UK_CSV,
    "uk": UK,
    "ofac_advanced": ADVANCED,
    "ftm": FTM,
    "us_csl": CSL,
}


def landed(folder: Path, kind: str, text: str, as_of: str = "2026-02-01") -> Lake:
    """Land one list."""
    (folder / "list.txt").write_text(text)
    entry = f"{{kind: {kind}, name: L, glob: list.txt, as_of: '{as_of}'}}"
    venue = sources.parse(f"venue: v\nsource: lists\nlists:\n  - {entry}\n", folder)
    lake = Lake(folder / "lake")
    for batch in sources.pull(venue):
        lake.land(batch, NOW)
    return lake


def rows(lake: Lake, sql: str) -> list[dict[str, Any]]:
    """Return the rows of a query over everything known."""
    with lake.view(WINDOW, NOW) as view:
        return view.arrow(sql).to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", LISTS)
def test_an_entry_says_the_same_in_every_layout(tmp_path: Path, kind: str) -> None:
    lake = landed(tmp_path, kind, LISTS[kind])
    main, *others = rows(lake, "select * from watchlist order by name_id")
    assert (main["name"], main["quality"], main["entity"]) == ("Ann First", "strong", "natural")
    assert (main["birth_date"], main["country"]) == ("1970-01-02", "FR")
    assert f"{main['ts']:%d %b %H:%M}" == ("01 Feb 10:00" if kind == "eu" else "01 Feb 00:00")
    assert "XYZ" in main["programme"] or main["programme"] == "sanction"
    quality = "strong" if kind == "eu_csv" else "weak"
    assert [(row["name"], row["quality"]) for row in others] == (
        [] if kind == "us_csl" else [("Kit", quality)]
    )


@pytest.mark.parametrize("kind", LISTS)
def test_an_entry_without_what_it_needs_is_set_aside_alone(tmp_path: Path, kind: str) -> None:
    quarantined = landed(tmp_path, kind, LISTS[kind]).quarantined().to_pylist()
    assert len(quarantined) == 1
    assert quarantined[0]["source_line"].startswith("list.txt:")
    assert "expected" in quarantined[0]["reason"]


@pytest.mark.parametrize(
    ("kind", "row", "more"),
    [
        ("eu_csv", '01/02/2026;1;EU.1.1;"the "big" one";P;XYZ;;;Tom;;;;;;;\n', ["Tom"]),
        ("eu_csv", "01/02/2026;1;EU.1.1\n", []),
        ("eu_csv", "01/02/2026;;;;P;XYZ;;;Tom;;;;;;;\n", []),
        ("uk_csv", "12/01/2022,XYZ0001\n", []),
        ("uk_csv", "12/01/2022,,First,Tom,Primary Name,,,XYZ,Individual,,,,\n", []),
        ("uk_csv", '12/01/2022,XYZ0001,"Open,Tom,Alias,,,XYZ,Individual,,,,\n', []),
    ],
)
def test_a_bad_row_is_set_aside_by_its_line_and_its_entry_is_what_the_others_say(
    tmp_path: Path, kind: str, row: str, more: list[str]
) -> None:
    lake = landed(tmp_path, kind, LISTS[kind] + row)
    names = [each["name"] for each in rows(lake, "select name from watchlist order by name_id")]
    assert names == ["Ann First", "Kit", *more]
    lines = len(LISTS[kind].splitlines()) + 1
    places = [each.partition(":")[2] for each in lake.quarantined()["source_line"].to_pylist()]
    assert str(lines) in places
    assert len(places) == 2


@pytest.mark.parametrize(("kind", "column"), [("eu_csv", "WholeName"), ("uk_csv", "Unique ID")])
def test_a_table_without_a_column_that_it_needs_is_refused(
    tmp_path: Path, kind: str, column: str
) -> None:
    with pytest.raises(SourceError, match=rf"expected the column '.*{column}'"):
        landed(tmp_path, kind, LISTS[kind].replace(column, "Other"))


@pytest.mark.parametrize(
    ("written", "births"),
    [
        ("1924-02-21;1924;;;false", "1924-02-21"),
        (";;1955;1958;true", "circa 1955-1958"),
        (";1966;;;true", "circa 1966"),
        (";;;;true", None),
    ],
)
def test_a_birth_of_the_european_table_is_a_day_a_span_or_about_a_year(
    tmp_path: Path, written: str, births: str | None
) -> None:
    text = EU_CSV.replace("1970-01-02;1970;;;false", written)
    row, *_ = rows(landed(tmp_path, "eu_csv", text), "select * from watchlist")
    assert row["birth_date"] == births


@pytest.mark.parametrize(("written", "birth"), [("00/00/1975", "1975"), ("dd/mm/1975", "1975"),
                                                ("00/07/1975", "1975-07")])  # fmt: skip
def test_what_nobody_knows_of_a_birth_is_left_out(tmp_path: Path, written: str, birth: str) -> None:
    lake = landed(tmp_path, "uk_csv", UK_CSV.replace("02/01/1970", written))
    assert {row["birth_date"] for row in rows(lake, "select * from watchlist")} == {birth}


def test_two_versions_of_one_day_are_two_where_the_venue_file_says_the_time(tmp_path: Path) -> None:
    first = landed(tmp_path, "uk_csv", UK_CSV, "2026-02-01")
    text = UK_CSV.replace("XYZ0001", "XYZ0009")
    landed(tmp_path, "uk_csv", text, "2026-02-01T14:30Z")
    found = rows(first, "select distinct entry_id, ts from watchlist order by all")
    assert [(row["entry_id"], row["ts"].hour) for row in found] == [("XYZ0001", 0), ("XYZ0009", 14)]


@pytest.mark.parametrize("kind", ["ofac_advanced", "ftm"])
def test_addresses_on_chain_come_with_their_entries(tmp_path: Path, kind: str) -> None:
    (label,) = rows(landed(tmp_path, kind, LISTS[kind]), "select * from address_labels")
    assert (label["address"], label["asset"], label["category"]) == (WALLET, "ETH", "sanctioned")


@pytest.mark.parametrize("kind", ["eu", "uk", "ofac_advanced"])
def test_xml_that_refers_to_a_file_or_is_cut_is_refused(tmp_path: Path, kind: str) -> None:
    declared = LISTS[kind].partition("?>")
    refers = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]>'
    for text in (f"{declared[0]}?>{refers}{declared[2]}", LISTS[kind][:-40]):
        with pytest.raises(SourceError, match=r"whole XML in .*list\.txt"):
            landed(tmp_path, kind, text)


def test_what_the_remarks_of_the_delimited_list_say_is_read(tmp_path: Path) -> None:
    remarks = "DOB 01 Feb 1970; alt. DOB 1971; nationality France; a.k.a. 'KIT'; a.k.a. 'BOX'."
    lake = landed(tmp_path, "ofac", f'7,"FIRST, Ann",individual,X,,,,,,,,"{remarks}"\n')
    main, *weak = rows(lake, "select * from watchlist order by name_id")
    assert (main["birth_date"], main["country"]) == ("01 Feb 1970; 1971", "France")
    assert [(row["name"], row["quality"]) for row in weak] == [("KIT", "weak"), ("BOX", "weak")]


_OF_OFAC = """<?xml version="1.0"?><Sanctions xmlns="https://example.org/ADVANCED_XML">
  <DateOfIssue><Year>2026</Year><Month>2</Month><Day>1</Day></DateOfIssue>
  <ReferenceValueSets>
    <CountryValues><Country ID="11">France</Country><Country ID="12">undetermined</Country>
      </CountryValues>
    <FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>
      <FeatureType ID="11">Citizenship Country</FeatureType>
      <FeatureType ID="25">Location</FeatureType></FeatureTypeValues></ReferenceValueSets>
  <Locations>
    <Location ID="5"><LocationPart LocPartTypeID="1"><LocationPartValue><Comment/>
      <Value>Spain</Value></LocationPartValue></LocationPart></Location>
    <Location ID="6"><LocationCountry CountryID="12"/></Location>
    <Location ID="7"><LocationPart LocPartTypeID="1454"><LocationPartValue>
      <Value>Caracas</Value></LocationPartValue></LocationPart></Location></Locations>
  <DistinctParties><DistinctParty FixedRef="7"><Profile ID="7"><Identity><Alias Primary="true">
    <DocumentedName><DocumentedNamePart><NamePartValue>Ann First</NamePartValue>
      </DocumentedNamePart></DocumentedName></Alias></Identity>
    <Feature FeatureTypeID="8"><FeatureVersion><DatePeriod>
      <Start Approximate="true"><From><Year>1962</Year><Month>1</Month><Day>1</Day></From></Start>
      <End Approximate="true"><To><Year>1962</Year><Month>12</Month><Day>31</Day></To></End>
      </DatePeriod></FeatureVersion></Feature>
    <Feature FeatureTypeID="11"><FeatureVersion><VersionLocation LocationID="5"/>
      </FeatureVersion></Feature>
    <Feature FeatureTypeID="25"><FeatureVersion><VersionLocation LocationID="6"/>
      <VersionLocation LocationID="7"/></FeatureVersion></Feature>
  </Profile></DistinctParty></DistinctParties></Sanctions>"""


def _european(inside: str) -> str:
    return (
        '<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-02-01T10:00:00Z">'
        '<sanctionEntity euReferenceNumber="EU.1.1"><subjectType code="person"/>'
        f'<nameAlias wholeName="Ann First" strong="true"/>{inside}</sanctionEntity></export>'
    )


@pytest.mark.parametrize(
    ("inside", "births"),
    [
        ('<birthdate circa="false" birthdate="1924-02-21" year="1924"/>', "1924-02-21"),
        ('<birthdate circa="true" yearRangeFrom="1955" yearRangeTo="1958"/>', "circa 1955-1958"),
        ('<birthdate circa="true" year="1966"/>', "circa 1966"),
        ('<birthdate circa="true"/>', None),
    ],
)
def test_a_birth_of_the_european_list_is_a_day_a_span_or_about_a_year(
    tmp_path: Path, inside: str, births: str | None
) -> None:
    (row,) = rows(landed(tmp_path, "eu", _european(inside)), "select * from watchlist")
    assert row["birth_date"] == births


def test_a_country_that_nobody_knows_is_none(tmp_path: Path) -> None:
    unknown = '<citizenship countryIso2Code="00" countryDescription="UNKNOWN"/>'
    known = '<address city="Harare" countryIso2Code="ZW"/>'
    (row,) = rows(landed(tmp_path, "eu", _european(unknown + known)), "select * from watchlist")
    assert row["country"] == "ZW"


def test_a_nationality_of_the_advanced_list_is_a_place_of_one_name(tmp_path: Path) -> None:
    (row,) = rows(landed(tmp_path, "ofac_advanced", _OF_OFAC), "select * from watchlist")
    assert row["country"] == "Spain"
    assert row["birth_date"] == "circa 1962"


_BEFORE_ENTRY = {
    "eu": "<sanctionEntity euRef",
    "uk": "<Designation><UniqueID>XYZ0001",
    "ofac_advanced": '<DistinctParty FixedRef="7">',
}


@pytest.mark.parametrize("kind", _BEFORE_ENTRY)
@pytest.mark.parametrize("wrong", ["<a>Tom & Jerry</a>", "<a>\x01</a>", "<a>", "</b>"])
def test_an_entry_that_breaks_its_document_costs_itself_alone(
    tmp_path: Path, kind: str, wrong: str
) -> None:
    whole = LISTS[kind]
    place = whole.index(_BEFORE_ENTRY[kind])
    entry = whole[place : whole.index(_END[kind], place) + len(_END[kind])]
    broken = entry.replace(">", f">{wrong}", 1)
    lake = landed(tmp_path, kind, whole[:place] + broken + "\n" + whole[place:])
    assert len(rows(lake, "select * from watchlist")) == 2
    reasons = lake.quarantined()["reason"].to_pylist()
    assert sum("whole XML" in reason for reason in reasons) == 1
    assert len(reasons) == 2


_END = {"eu": "</sanctionEntity>", "uk": "</Designation>", "ofac_advanced": "</DistinctParty>"}


@pytest.mark.parametrize("kind", _BEFORE_ENTRY)
def test_a_document_that_ends_too_soon_is_refused_whole(tmp_path: Path, kind: str) -> None:
    end = LISTS[kind].index(_END[kind]) + len(_END[kind])
    for cut in (end, end - 30):
        with pytest.raises(SourceError, match="whole XML"):
            landed(tmp_path, kind, LISTS[kind][:cut])


def test_a_property_of_an_entity_that_is_no_list_is_no_name_of_single_letters(
    tmp_path: Path,
) -> None:
    line = json.dumps(
        {"id": "NK-9", "schema": "Person", "properties": {"name": "Ann", "topics": ["sanction"]}}
    )
    lake = landed(tmp_path, "ftm", f"{line}\n{FTM}")
    assert {row["name"] for row in rows(lake, "select * from watchlist")} == {"Ann First", "Kit"}
    assert len(lake.quarantined()) == 2
