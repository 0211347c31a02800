"""What is pulled is judged and filed; repeated when it was cut short, and never done twice."""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlmodel import Session, select

from surveillance import pipeline
from surveillance.detection import anomaly
from surveillance.errors import SourceAbort, SurveillanceError
from surveillance.installation import Installation
from surveillance.model import ALERT_LINE, Hit, Run, Window
from surveillance.proof import rulebooks, runs
from surveillance.proof.replay import replay
from surveillance.records import artefacts, database
from surveillance.records.scheduled import SURVEILLED
from surveillance.records.seals import SEAL
from surveillance.records.tables import Alert, AlertHit, Case, JournalEntry, Watermark
from surveillance.rules.logic import Strange
from surveillance.waiting import pending
from tests.given.depth import one_in
from tests.given.installations import DAY, LATER, NEXT, PULLED, VENUE, Home, the_run
from tests.given.probe import alone
from tests.given.ticks import tick

HOUR = timedelta(hours=1)
KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from surveillance import pipeline
from surveillance.config import load_settings
from surveillance.installation import open_installation
from surveillance.times import parse_time

def die_in_time(connection, cursor, statement, *more):
    if statement.startswith(f"INSERT INTO {sys.argv[1]} "):
        os.kill(os.getpid(), signal.SIGKILL)

place = open_installation(load_settings(Path(os.environ["HOME_UNDER_TEST"])))
event.listen(place.engine, "before_cursor_execute", die_in_time)
pipeline.judge(place, parse_time("2026-03-03T06:00:00Z"))
"""


@pytest.fixture
def probing(own_pulled: Home) -> Home:
    """A pulled day that one rule will judge."""
    alone(own_pulled.rules)
    return own_pulled


def _mark(place: Installation) -> datetime | None:
    with place.session() as session:
        mark = session.get(Watermark, SURVEILLED)
    return mark.ts if mark else None


def _filed(place: Installation) -> dict[str, str]:
    """Return every hit on file and its case."""
    with place.session() as session:
        of = select(AlertHit.hit_id, Alert.case_id).join(Alert)
        return dict(session.exec(of).all())


def _episodes(place: Installation) -> set[frozenset[str]]:
    """Return the hits of each alert."""
    by_alert: dict[str, set[str]] = defaultdict(set)
    with place.session() as session:
        for hit in session.exec(select(AlertHit)):
            by_alert[hit.alert_id].add(hit.hit_id)
    return set(map(frozenset, by_alert.values()))


def test_what_was_pulled_before_is_passed_over(own_pulled: Home) -> None:
    place = own_pulled.opened()
    before = place.lake.versions()
    landings = pipeline.pull(place, VENUE, None, LATER)

    assert sum(landing.received for landing in landings) > 10_000
    assert all(landing.already for landing in landings)
    assert place.lake.versions() == before


def test_files_that_landed_are_not_read_again_and_remarks_are_heard(
    own_pulled: Home, tmp_path: Path
) -> None:
    place, remarks = own_pulled.opened(), list[str]()
    (tmp_path / "a.csv").write_bytes("id,opened\nJörg,2026-03-02\n".encode("windows-1252"))
    (tmp_path / "shop.yml").write_text(
        "venue: shop\nsource: files\nfiles: {t: {glob: '*.csv'}}\ntables:\n"
        "  accounts: select opened as ts, id as trader_id, id as owner_id from t\n"
    )

    def pull() -> int:
        landings = pipeline.pull(place, tmp_path / "shop.yml", None, LATER, remark=remarks.append)
        return sum(landing.landed for landing in landings)

    assert (pull(), len(remarks)) == (1, 1)
    assert remarks[0].startswith("shop: a.csv: read as windows-1252")
    assert (pull(), len(remarks)) == (0, 1)
    (tmp_path / "b.csv").write_text("id,opened\nAnna,2026-03-02\n")
    assert (pull(), len(remarks)) == (1, 1)


def test_a_list_that_comes_again_with_its_date_and_fewer_entries_is_said_to(
    own_pulled: Home, tmp_path: Path
) -> None:
    place, remarks = own_pulled.opened(), list[str]()
    entry = "{kind: addresses, name: Wallets, glob: 'w_ETH.txt', as_of: '2026-03-01%s'}"
    file, listed = tmp_path / "w_ETH.txt", tmp_path / "lists.yml"
    file.write_text(f"0x{'a' * 40}\n0x{'b' * 40}\n")

    def pull(time: str = "") -> int:
        listed.write_text(f"venue: lists\nsource: lists\nlists: [{entry % time}]\n")
        pipeline.pull(place, listed, None, LATER, remark=remarks.append)
        return len(remarks)

    assert (pull(), pull()) == (0, 0)
    file.write_text(f"0x{'a' * 40}\n")
    assert pull() == 1
    assert remarks[0].startswith("lists: Wallets: 1 rows of address_labels had landed with this")
    assert pull("T14:30Z") == 1


def test_a_file_that_gives_no_row_is_not_read_again(own_pulled: Home, tmp_path: Path) -> None:
    place, read = own_pulled.opened(), list[str]()
    (tmp_path / "a.csv").write_text("id,opened\nJ,2026-03-02\n")
    (tmp_path / "shop.yml").write_text(
        "venue: shop\nsource: files\nfiles: {t: {glob: '*.csv'}}\ntables:\n"
        "  accounts: select opened as ts, id as trader_id, id as owner_id from t where id = 'K'\n"
    )

    for _ in range(2):
        pipeline.pull(place, tmp_path / "shop.yml", None, LATER, progress=read.append)
    assert read == ["shop: accounts"]


def test_the_first_window_reaches_from_the_first_day_to_a_little_after_the_last(
    pulled: Home,
) -> None:
    place = pulled.opened()

    assert pending(place, LATER) == Window(DAY, NEXT + 2 * HOUR)
    assert pending(place, NEXT - HOUR) == Window(DAY, NEXT - HOUR)
    assert pending(place, DAY) is None


def test_nothing_is_pending_in_an_empty_lake(tmp_path: Path, pulled: Home) -> None:
    assert pending(Home(tmp_path / "home", pulled.rules).opened(), LATER) is None


def test_the_watermark_stays_on_what_has_landed(small: Home) -> None:
    place = small.opened()

    assert the_run(place).window == Window(DAY, NEXT + 2 * HOUR)
    assert _mark(place) == NEXT
    assert pending(place, LATER) is None


def test_the_next_day_is_judged_from_its_beginning(own_small: Home) -> None:
    place = own_small.opened()
    (own_small.path / "a.csv").write_text(f"id,at\nt1,{NEXT + 23 * HOUR:%Y-%m-%dT%H:%M:%SZ}\n")
    (own_small.path / "shop.yml").write_text(
        "venue: shop\nsource: files\nfiles: {t: {glob: a.csv}}\ntables:\n"
        "  logins: select at as ts, _line as seq, id as trader_id from t\n"
    )
    pipeline.pull(place, own_small.path / "shop.yml", None, LATER)

    assert pending(place, LATER) == Window(NEXT, NEXT + 26 * HOUR)


def test_a_window_asked_for_does_not_move_the_watermark(own_small: Home) -> None:
    place = own_small.opened()
    pipeline.run(place, Window(DAY, DAY + HOUR), LATER, LATER)

    assert _mark(place) == NEXT


def test_every_hit_above_the_line_is_an_alert_on_a_case(place: Installation) -> None:
    hits = [hit for verdict in the_run(place).verdicts for hit in verdict.hits]
    above = {hit.id for hit in hits if hit.score >= ALERT_LINE}

    assert _filed(place).keys() == above
    assert {hit.id for hit in hits} - above
    with place.session() as session:
        cases = session.exec(select(Case.id)).all()
    assert set(cases) == set(_filed(place).values())


WRITTEN = ("alert_hits", "runs", "artefacts", "cases", "alerts", "case_terms", "watermarks")


@pytest.mark.deep
@pytest.mark.parametrize("table", one_in(len(WRITTEN), WRITTEN))
def test_a_crash_before_the_watermark_repeats_the_tick(
    probing: Home, small: Home, table: str
) -> None:
    probing.run(table, code=KILLED, expect=-9)
    place = probing.opened()
    assert (_mark(place), _filed(place)) == (None, {})

    ran = tick(place, PULLED)
    assert ran is not None
    assert ran.filed.alerts_new == len(_episodes(place)) > 0
    assert _filed(place).keys() == _filed(small.opened()).keys()
    assert _mark(place) == NEXT
    assert replay(place.settings, ran.run.id).equal


def test_a_tick_that_was_filed_but_not_marked_files_nothing_twice(own_small: Home) -> None:
    place = own_small.opened()
    before = _filed(place)
    with place.engine.begin() as connection:
        connection.execute(text("delete from watermarks"))
    entries = _journal(place)

    ran = tick(place, LATER)
    assert ran is not None
    assert (ran.filed.alerts_new, ran.filed.hits_known) == (0, len(before))
    assert _filed(place) == before
    assert _journal(place) == entries + 1  # the run itself, which knows more


def _journal(place: Installation) -> int:
    said = select(JournalEntry.seq).where(JournalEntry.verb != SEAL)
    with place.session() as session:
        return len(session.exec(said).all())


def test_a_tick_with_nothing_new_does_nothing(own_small: Home) -> None:
    place = own_small.opened()

    assert tick(place, LATER) is None
    assert len(_filed(place)) > 0


def test_a_tick_stops_where_activity_has_settled(probing: Home) -> None:
    place = probing.opened(settle_minutes=10, tick_minutes=15)
    ran = tick(place, DAY + timedelta(hours=6, minutes=24))

    assert ran is not None
    assert ran.run.window == Window(DAY, DAY + 6 * HOUR)
    assert _mark(place) == DAY + 6 * HOUR


def test_a_tick_pulls_the_venues_of_the_settings(tmp_path: Path, pulled: Home) -> None:
    home = Home(tmp_path / "home", tmp_path / "rules")
    _copy_rules(pulled, home)
    ran = tick(home.opened(venues=[VENUE]), PULLED)

    assert ran is not None
    assert ran.calibrated
    assert ran.filed.alerts_new > 0


def _copy_rules(pulled: Home, home: Home) -> None:
    shutil.copytree(pulled.rules, home.rules)
    alone(home.rules)


def test_a_source_that_fails_leaves_the_window_open(probing: Home, tmp_path: Path) -> None:
    broken = tmp_path / "venue.yml"
    broken.write_text(
        "venue: broken\nsource: files\nfiles: {rows: {glob: nothing-*.csv}}\ntables: {}\n"
    )
    with pytest.raises(SurveillanceError):
        tick(probing.opened(venues=[broken]), PULLED)

    place = probing.opened()
    assert _mark(place) is None
    assert pending(place, PULLED) == Window(DAY, NEXT + 2 * HOUR)


def _alerts(run: Run) -> set[str]:
    return {f"{hit.id} {hit.score}" for hit in _hits(run) if hit.score >= ALERT_LINE}


def _hits(run: Run) -> Iterator[Hit]:
    for verdict in run.verdicts:
        yield from verdict.hits


def test_how_a_day_is_cut_changes_no_alert(place: Installation) -> None:
    run = the_run(place)
    with place.session() as session:
        book = rulebooks.rulebook_of(session, run)
        models = anomaly.load(run.manifest, lambda name: artefacts.read(session, name))
    plain = {name: e for name, e in book.entries.items() if not isinstance(e.rule.detect, Strange)}
    book = type(book)(plain)
    cuts = [DAY, DAY + HOUR, DAY + 7 * HOUR + timedelta(minutes=13), run.window.end]
    parts = [
        runs.execute(place.lake, Window(start, end), run.as_of, book, models)
        for start, end in pairwise(cuts)
    ]

    alerts = [_alerts(part) for part in parts]
    judged = tuple(verdict for verdict in run.verdicts if verdict.rule_id in plain)
    whole = _alerts(replace(run, verdicts=judged))
    assert set().union(*alerts) == whole
    assert sum(map(len, alerts)) == len(whole) > 20


def test_a_day_in_parts_on_postgresql_files_what_one_run_files(
    probing: Home, small: Home, postgres: str, tmp_path: Path
) -> None:
    opened = database.engine(postgres)
    with opened.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(name := f"CREATE DATABASE pipeline_{os.getpid()}"))
    url = make_url(postgres).set(database=name.rsplit(maxsplit=1)[-1]).render_as_string(False)
    place = Home(tmp_path / "server", probing.rules).opened(database=url)
    pipeline.pull(place, VENUE, None, PULLED)
    for start, end in pairwise((0, 5, 11, 12, 26)):
        window = Window(DAY + start * HOUR, DAY + end * HOUR)
        ran = pipeline.run(place, window, PULLED, PULLED)
    assert replay(place.settings, ran.run.id).equal

    assert _episodes(place) == _episodes(small.opened())
    assert ran.filed.alerts_grown > 0
    place.engine.dispose()
    with opened.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"DROP DATABASE {name.rsplit(maxsplit=1)[-1]} WITH (FORCE)"))
    opened.dispose()


def test_a_rule_that_is_not_locked_stops_the_run_before_anything_is_kept(probing: Home) -> None:
    path = probing.rules / "kyc_aml" / "busy_payer.yml"
    path.write_text(path.read_text().replace("value: 3", "value: 4"))
    place = probing.opened()

    with pytest.raises(SurveillanceError, match="expected version 2 for changed behaviour"):
        tick(place, PULLED)
    assert _filed(place) == {}


def test_a_source_that_cannot_work_says_so(own_pulled: Home, tmp_path: Path) -> None:
    missing = tmp_path / "venue.yml"
    missing.write_text(
        "venue: gone\nsource: files\nfiles:\n  rows: {glob: 'gone-*.csv'}\n"
        "tables:\n  logins: select ts, seq, trader_id from rows\n"
    )
    with pytest.raises((SourceAbort, SurveillanceError), match="gone"):
        pipeline.pull(own_pulled.opened(), missing, None, LATER)


def test_work_is_kept_only_if_all_of_it_was_done(own_small: Home) -> None:
    place = own_small.opened()

    def fail(session: Session) -> None:
        session.merge(Watermark(source="other", ts=DAY))
        raise SurveillanceError("no")

    with pytest.raises(SurveillanceError, match="no"), place.session() as session:
        fail(session)
    with place.session() as session:
        assert session.get(Watermark, "other") is None
