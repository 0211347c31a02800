"""Rows that come after their day was judged: the day is judged again, by the next tick."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from surveillance import waiting
from surveillance.config import load_settings
from surveillance.installation import Installation, open_installation
from surveillance.records.tables import Alert, Case, JournalEntry
from surveillance.times import parse_time
from tests.given import probe
from tests.given.activities import RULES
from tests.given.drop import DAY, LATER, PULLED, table
from tests.given.ticks import tick

VENUE = """
venue: bank
source: files
files: {t: {glob: '*.csv'}}
tables:
  transfers: |
    select ts, _line as seq, id as transfer_id, who as trader_id, 'out' as direction,
      'USD' as asset, usd as amount, usd, 'fiat' as kind from t
"""
TWO = """
    ts, id, who, usd
    2026-03-02T01:00Z, a-1, payer, 900
    2026-03-02T01:10Z, a-2, payer, 900
    2026-03-02T21:00Z, b-1, quiet, 900
    2026-03-02T21:10Z, b-2, quiet, 900
"""
LATE = """
    ts, id, who, usd
    {ts}, a-3, {who}, 900
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    """A venue that one rule watches, which finds whoever pays three times a day."""
    shutil.copytree(RULES, tmp_path / "rules")
    probe.alone(tmp_path / "rules")
    (tmp_path / "drop").mkdir()
    venue = tmp_path / "drop" / "bank.yml"
    venue.write_text(VENUE)
    settings = load_settings(tmp_path / "home", rules=tmp_path / "rules", venues=(venue,))
    opened = open_installation(settings)
    yield opened
    opened.engine.dispose()


def drop(place: Installation, name: str, text: str) -> None:
    (place.settings.venues[0].parent / name).write_text(table(text))


def accused(place: Installation) -> list[str]:
    with place.session() as session:
        return sorted(case.subject for case in session.exec(select(Case)).all())


@pytest.mark.parametrize("ts", ["2026-03-02T01:20Z", "2026-03-02T00:00Z"])
def test_a_day_is_judged_again_for_what_came_late_and_accuses_nobody_twice(
    place: Installation, ts: str
) -> None:
    drop(place, "first.csv", TWO)
    assert tick(place, PULLED) is not None
    assert accused(place) == []

    drop(place, "late.csv", LATE.format(ts=ts, who="payer"))
    again = tick(place, LATER)

    assert again is not None
    assert (again.run.window.start, again.run.window.end) == (DAY.start, DAY.end)
    assert "1 hit gained, 0 hits lost, 0 hits changed; 1 new alerts" in again.notices[0]
    assert accused(place) == ["payer"]
    assert waiting.late(place) == []
    assert tick(place, parse_time("2026-03-05")) is None
    assert accused(place) == ["payer"]


def test_what_is_told_again_and_is_not_new_is_not_late(place: Installation) -> None:
    drop(place, "first.csv", TWO)
    tick(place, PULLED)
    drop(place, "again.csv", TWO.replace("a-1, payer, 900", "a-1, payer, 900.00"))

    assert tick(place, LATER) is None
    assert accused(place) == []


TAKEN_BACK = """
    ts, id, who, usd
    2026-03-02T01:10Z, a-2, payer, 0
"""


def test_what_a_correction_takes_away_stays_on_file_and_is_said_on_its_case(
    place: Installation,
) -> None:
    [venue] = place.settings.venues
    venue.write_text(VENUE.replace("from t", ", cast(usd as int) = 0 as withdrawn from t"))
    drop(place, "first.csv", TWO)
    drop(place, "third.csv", LATE.format(ts="2026-03-02T01:20Z", who="payer"))
    tick(place, PULLED)
    assert accused(place) == ["payer"]

    drop(place, "corrected.csv", TAKEN_BACK)
    again = tick(place, LATER)

    assert again is not None
    assert "0 hits gained, 1 hit lost" in again.notices[0]
    with place.session() as session:
        [alert] = session.exec(select(Alert)).all()
        [entry] = session.exec(select(JournalEntry).where(JournalEntry.verb == "judge_again")).all()
    assert entry.subject == f"case:{alert.case_id}"
    assert json.loads(entry.detail)["was"] == "lost"
    assert accused(place) == ["payer"]
