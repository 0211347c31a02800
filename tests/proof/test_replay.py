"""Proof: a run judged again is the same, whatever has happened since; what differs is named."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from surveillance import pipeline, software
from surveillance.activity.batch import Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.facts import facts
from surveillance.canonical import canonical, digest
from surveillance.errors import SurveillanceError
from surveillance.governance import calibration
from surveillance.installation import Installation
from surveillance.model import Run
from surveillance.proof import runs
from surveillance.proof.premises import MissingPremises, premises
from surveillance.proof.replay import Replay, replay, replay_in
from surveillance.records import artefacts
from surveillance.records.journal import Anchor
from surveillance.records.tables import RunMode
from surveillance.reports import Institution, render_replay
from surveillance.rules import book
from tests.given.depth import deep
from tests.given.installations import LATER, Home, copied, put_in_shadow, the_run
from tests.given.probe import second

AGAIN = """
import os, sys
from pathlib import Path
from surveillance.config import load_settings
from surveillance.proof.replay import replay
for threads in map(int, sys.argv[2:]):
    settings = load_settings(Path(os.environ["HOME_UNDER_TEST"]), threads=threads)
    found = replay(settings, sys.argv[1])
    print(found.digest, found.equal, found.differences)
"""


def again(place: Installation, threads: int | None = None) -> Replay:
    with place.session() as session:
        return replay_in(session, place.lake, the_run(place).id, threads=threads)


def test_a_run_judged_again_on_two_threads_is_the_same(place: Installation) -> None:
    replayed = again(place, threads=2)

    assert (replayed.equal, replayed.differences) == (True, ())
    assert replayed.digest == replayed.recorded_digest == the_run(place).digest


def test_another_process_judges_the_same_on_one_thread(judged: Home, place: Installation) -> None:
    run = the_run(place)

    assert judged.run(run.id, "1", code=AGAIN).split() == [run.digest, "True", "()"]


def test_a_replay_says_how_far_it_is_and_ends_where_nobody_wants_it(place: Installation) -> None:
    said: list[str] = []

    def third(message: str) -> None:
        said.append(message)
        if len(said) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        replay(place.settings, the_run(place).id, progress=third)
    rules = len(the_run(place).verdicts)
    assert [message.rpartition(", ")[2] for message in said] == [
        f"{number} of {rules}" for number in (1, 2, 3)
    ]


def _rows(place: Installation, table: str, change: str, which: str = "true") -> pa.Table:
    run = the_run(place)
    with place.lake.view(run.window, LATER) as view:
        return view.arrow(f"select * replace ({change}) from {table} where {which}").select(
            list(TABLES[table].sourced)
        )


def _land(place: Installation, table: str, rows: pa.Table, name: str) -> None:
    assert rows.num_rows > 0
    counts = place.lake.land(Batch("late", name, {table: rows}), LATER).counts[table]
    assert counts.quarantined == counts.repeated == 0


def test_what_landed_later_changes_nothing(own_small: Home) -> None:
    place = own_small.opened()
    shift = "ts + interval 1 day as ts, seq + 9000000 as seq, transfer_id || '-next' as transfer_id"
    later = _rows(place, "transfers", shift)
    _land(place, "transfers", later, "next-day")

    assert again(place).equal


def test_late_and_corrected_rows_change_nothing_but_a_new_run(own_small: Home) -> None:
    place = own_small.opened()
    run = the_run(place)
    named = ", ".join(f"'{name}'" for name in run.verdicts[0].hits[0].evidence["transfers"])
    raised = _rows(place, "transfers", "amount + 1 as amount", f"transfer_id in ({named})")
    _land(place, "transfers", raised, "corrections")
    late = _rows(place, "transfers", "transfer_id || '-late' as transfer_id")
    _land(place, "transfers", late, "late")

    assert again(place).equal
    fresh = pipeline.run(place, run.window, LATER, LATER)
    assert fresh.run.digest != run.digest


def test_new_rules_and_segments_change_nothing(own_small: Home) -> None:
    place = own_small.opened()
    (own_small.rules / "kyc_aml" / "busy_payer.yml").unlink()
    (own_small.rules / "segments.yml").write_text("broken: [")
    assert again(place).equal


def test_a_rule_that_was_changed_in_the_cache_is_named_by_a_replay(
    own_small: Home, own_cache: Path
) -> None:
    place = own_small.opened()
    window = the_run(place).window
    honest = pipeline.run(place, window, LATER, LATER).run
    for path in own_cache.iterdir():
        entry = json.loads(path.read_text().partition("\n")[2])
        if "compiled" in entry:
            entry["compiled"]["gate"] = "(true)"
            body = json.dumps(entry)
            path.write_text(f"{digest(body)}\n{body}")
    book.recall_rule.cache_clear()
    changed = pipeline.run(place, window, LATER + timedelta(hours=1), LATER).run

    with place.session() as session:
        proved, refuted = (replay_in(session, place.lake, run.id) for run in (honest, changed))
    assert proved.equal
    assert {each.rule_id for each in refuted.differences} == {"busy_payer"}
    assert (refuted.digest, refuted.recorded_digest) == (honest.digest, changed.digest)


def test_a_fact_in_another_version_is_named_by_a_replay_and_by_who_would_judge(
    own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = own_small.opened()
    monkeypatch.setattr(facts()["owners"], "VERSION", 2, raising=False)

    replayed = again(place)

    assert (replayed.equal, replayed.differences) == (False, ())
    assert "recorded with the fact owners in version 1, replayed in version 2" in replayed.notes[0]
    with pytest.raises(SurveillanceError, match="the fact owners in version 1, which is 2 here"):
        pipeline.run(place, the_run(place).window, LATER, LATER)
    place.engine.dispose()


def test_a_recalibration_changes_nothing(own_small: Home) -> None:
    place = own_small.opened()
    until = the_run(place).window.end - timedelta(hours=8)

    assert calibration.calibrate(place, until, LATER, LATER) == 2
    assert again(place).equal


@pytest.fixture(scope="module")
def both(small: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A day judged by one rule, and by its second version in shadow."""
    home = copied(small, tmp_path_factory.mktemp("both"))
    second(home.rules)
    place = home.opened()
    put_in_shadow(place)
    pipeline.run(place, the_run(place).window, LATER, LATER)
    place.engine.dispose()
    return home


@pytest.fixture
def probed(both: Home, tmp_path: Path) -> Home:
    """A copy of such an installation, to be tampered with."""
    return copied(both, tmp_path)


def _runs(place: Installation) -> tuple[Run, Run]:
    """Return the run of the first version, and that of the second."""
    with place.session() as session:
        first = runs.load(session, runs.listed(session)[-1].id)
        [line] = runs.listed(session, mode=RunMode.SHADOW)
        return first, runs.load(session, line.id)


def _asked(home: Home, number: int, swap: tuple[str, int] | None = None) -> Replay:
    place = home.opened()
    return replay(place.settings, _runs(place)[number].id, swap)


def test_both_versions_can_be_replayed(both: Home) -> None:
    assert _asked(both, 0).equal
    assert _asked(both, 1).equal


def test_a_stricter_version_loses_alerts_and_says_which(both: Home) -> None:
    replayed = _asked(both, 0, ("busy_payer", 2))
    kinds = Counter(difference.kind for difference in replayed.differences)

    assert not replayed.equal
    assert kinds["lost"] > 0
    assert kinds["changed"] > 0
    assert kinds.keys() == {"lost", "changed"}
    [lost, *_] = [difference for difference in replayed.differences if difference.kind == "lost"]
    assert lost.rule_id == "busy_payer"
    assert lost.subject.startswith("OW")
    assert "moved was 3" in lost.before


def test_a_laxer_version_gains_alerts_and_moves_the_line(both: Home) -> None:
    replayed = _asked(both, 1, ("busy_payer", 1))
    kinds = Counter(difference.kind for difference in replayed.differences)

    assert (
        kinds["gained"]
        == Counter(
            difference.kind for difference in _asked(both, 0, ("busy_payer", 2)).differences
        )["lost"]
    )
    moved = [
        difference
        for difference in replayed.differences
        if difference.kind == "changed" and difference.measure == "least"
    ]
    assert {(difference.before, difference.after) for difference in moved} == {("5", "3")}


def test_a_what_if_files_nothing(both: Home) -> None:
    place = both.opened()
    before = _counts(place)
    _asked(both, 0, ("busy_payer", 2))

    assert _counts(place) == before


def _counts(place: Installation) -> list[int]:
    with place.session() as session:
        asked = (f"select count(*) from {name}" for name in ("alerts", "cases", "runs", "journal"))
        return [int(session.connection().execute(text(sql)).scalar_one()) for sql in asked]


def test_the_same_version_again_is_no_difference(both: Home) -> None:
    assert _asked(both, 0, ("busy_payer", 1)).equal


def test_a_version_that_was_never_kept_is_refused(both: Home) -> None:
    with pytest.raises(SurveillanceError, match=r"busy_payer \(2, 1\), was 3"):
        _asked(both, 0, ("busy_payer", 3))


def _rewritten(home: Home, change: Callable[[dict[str, Any]], None]) -> str:
    """Change a hit in the verdict kept of the first run, and return whose it is."""
    place = home.opened()
    run = _runs(place)[0]
    with place.engine.begin() as connection:
        body = json.loads(
            connection.execute(
                text(f"select body from verdicts where run_id = '{run.id}'")
            ).scalar_one()
        )
        hit = next(hit for hit in body["hits"] if hit["score"] >= 50)
        owner = str(hit["owner_id"])
        change(hit)
        connection.execute(
            text(f"update verdicts set body = :body where run_id = '{run.id}'"),
            {"body": canonical(body)},
        )
    return owner


def test_a_tampered_measure_is_named_with_rule_and_subject(probed: Home) -> None:
    owner = _rewritten(probed, lambda hit: hit["measures"].update(moved=1))
    replayed = _asked(probed, 0)

    assert not replayed.equal
    assert replayed.digest != replayed.recorded_digest
    [record, difference] = replayed.differences
    assert record.kind == "record"
    assert (difference.kind, difference.rule_id) == ("changed", "busy_payer")
    assert (difference.subject, difference.measure, difference.before) == (owner, "moved", "1")


def test_tampered_evidence_is_a_change_and_names_the_table(probed: Home) -> None:
    owner = _rewritten(probed, lambda hit: hit["evidence"]["transfers"].pop())
    [_, difference] = _asked(probed, 0).differences

    assert (difference.kind, difference.subject, difference.measure) == (
        "changed",
        owner,
        "transfers",
    )


def test_a_hit_written_for_somebody_else_is_lost_and_gained(probed: Home) -> None:
    owner = _rewritten(probed, lambda hit: hit.update(owner_id="OW9999"))
    kinds = {(difference.kind, difference.subject) for difference in _asked(probed, 0).differences}

    assert kinds == {("record", ""), ("lost", "OW9999"), ("gained", owner)}


def test_a_manifest_that_was_rewritten_is_never_equal(probed: Home) -> None:
    place = probed.opened()
    with place.engine.begin() as connection:
        connection.execute(
            text("update runs set manifest = replace(manifest, 'deltalake', 'lake')")
        )

    replayed = _asked(probed, 0)
    assert not replayed.equal
    assert [difference.kind for difference in replayed.differences] == ["record"]


def test_a_lake_that_lost_a_file_says_so(probed: Home) -> None:
    (path,) = (probed.path / "lake" / "transfers").glob("*.parquet")
    path.unlink()
    replayed = _asked(probed, 0)

    [difference] = replayed.differences
    assert (replayed.equal, replayed.digest, difference.kind) == (False, "", "activity")
    assert f"transfers/{path.name}" in difference.after
    assert difference.after.endswith("was missing")


@pytest.mark.parametrize("place", [5, 0.5, -100])
def test_a_flipped_byte_of_activity_is_named_with_its_file(probed: Home, place: float) -> None:
    (path,) = (probed.path / "lake" / "transfers").glob("*.parquet")
    body = bytearray(path.read_bytes())
    body[int(place * len(body)) if isinstance(place, float) else place] ^= 1
    path.write_bytes(body)
    replayed = _asked(probed, 0)

    [difference] = replayed.differences
    assert (replayed.equal, replayed.digest) == (False, "")
    assert (difference.kind, difference.subject) == ("activity", f"transfers/{path.name}")
    assert (difference.measure, difference.after) == ("sha256", digest(bytes(body)))
    assert path.name.endswith(f"{difference.before}.parquet")


def test_a_file_that_was_changed_and_renamed_is_not_what_the_run_pinned(probed: Home) -> None:
    """Whoever changes a file, its name and the log of its table has the manifest against him."""
    folder = probed.path / "lake" / "transfers"
    (path,) = folder.glob("*.parquet")
    changed = path.read_bytes()
    changed = changed[:99] + bytes([changed[99] ^ 1]) + changed[100:]
    other = path.with_name(f"{path.name[:-72]}{digest(changed)}.parquet")
    path.unlink()
    other.write_bytes(changed)
    for log in (folder / "_delta_log").glob("*.json"):
        log.write_text(log.read_text().replace(path.name, other.name))
    replayed = _asked(probed, 0)

    [difference] = replayed.differences
    assert (replayed.digest, difference.kind, difference.subject) == ("", "activity", "transfers")
    assert difference.measure == "files landed"


@pytest.mark.parametrize(
    ("kind", "named"),
    [("rule", "text of version 1"), ("features", "features"), ("segments", "segment model")],
)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("update artefacts set body = body || x'20'", "was changed"),
        ("delete from artefacts", "absent"),
    ],
)
def test_what_a_run_rests_on_is_named_where_it_was_tampered_with(
    probed: Home, kind: str, named: str, change: str, words: str
) -> None:
    manifest = _runs(probed.opened())[0].manifest
    pinned = {
        "rule": manifest["rules"]["busy_payer"]["text"],
        "features": manifest["features"],
        "segments": manifest["segments"]["digest"],
    }
    _tampered(probed, f"{change} where digest = '{pinned[kind]}'")
    replayed = _asked(probed, 0)

    [difference] = replayed.differences
    assert (replayed.equal, replayed.digest) == (False, "")
    assert (difference.kind, difference.measure, difference.before) == (
        "record",
        named,
        f"sha256 {pinned[kind]}",
    )
    assert difference.rule_id == ("busy_payer" if kind == "rule" else "")
    assert words in difference.after


def test_a_fitted_detector_that_was_tampered_with_is_named(own_judged: Home) -> None:
    name = the_run(own_judged.opened()).manifest["detectors"]["strange_order_flow"]
    _tampered(own_judged, f"update artefacts set body = body || x'20' where digest = '{name}'")
    [difference] = again(own_judged.opened()).differences

    assert (difference.kind, difference.rule_id, difference.measure) == (
        "record",
        "strange_order_flow",
        "fitted detector",
    )


def test_a_rule_that_another_version_wrote_is_named_as_that(place: Installation) -> None:
    manifest = dict(the_run(place).manifest) | {"code": "0.1.0+older"}
    of_rule = manifest["rules"]["strange_transfers"]["text"]
    with place.session() as session:

        def artefact(name: str) -> bytes:
            body = artefacts.read(session, name)
            older = body.replace(b"false_alerts: 1", b"false_discovery_rate: 0.1")
            return older if name == of_rule else body

        with pytest.raises(MissingPremises) as raised:
            premises(manifest, artefact)

    [difference] = raised.value.differences
    assert (difference.kind, difference.measure) == ("record", "rules and models")
    assert difference.after.startswith("made by another version (0.1.0+older), and not readable by")
    assert "false_discovery_rate" in difference.after


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("update verdicts set outcome = 'no_hit'", "the columns of the verdict"),
        ("update verdicts set reason = 'none'", "the columns of the verdict"),
        ("delete from verdicts", "the verdicts are not those that the digest covers"),
        ("update runs set digest = 'ab'", "the verdicts are not those that the digest covers"),
        ("update runs set \"end\" = '2026-03-03 01:00:00'", "the window or as_of is not"),
    ],
)
def test_what_is_kept_of_a_run_is_named_where_it_was_tampered_with(
    probed: Home, statement: str, words: str
) -> None:
    run = _runs(probed.opened())[0]
    of = "id" if statement.startswith("update runs") else "run_id"
    _tampered(probed, f"{statement} where {of} = '{run.id}'")
    replayed = replay(probed.opened().settings, run.id)

    assert not replayed.equal
    assert (
        words
        in next(
            difference for difference in replayed.differences if difference.kind == "record"
        ).after
    )


def test_a_manifest_that_is_none_is_not_judged(probed: Home) -> None:
    _tampered(probed, "update runs set manifest = '{}'")
    replayed = _asked(probed, 0)

    assert (replayed.equal, replayed.digest) == (False, "")
    assert "rules: Field required" in [difference.after for difference in replayed.differences]


def test_a_manifest_that_cannot_be_read_is_explained(probed: Home) -> None:
    _tampered(probed, "update runs set manifest = '{'")

    with pytest.raises(SurveillanceError, match=r"the manifest of run .* was unreadable"):
        _asked(probed, 0)


def test_a_tampered_manifest_is_certified_as_that(probed: Home) -> None:
    _tampered(probed, "update runs set manifest = replace(manifest, 'deltalake', 'lake')")
    replayed = _asked(probed, 0)
    report = render_replay(
        replayed.summary, institution=Institution(), at=LATER, journal_head=Anchor(1, "a" * 64)
    )

    assert replayed.digest == replayed.recorded_digest
    assert "what is kept of the run is not what was recorded" in report.html
    assert "the manifest is not the one that the id names" in report.html


def test_a_replay_under_other_libraries_says_so_and_compares(
    own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = own_small.opened()
    older = software.libraries() | {"duckdb": "1.9.9"}
    monkeypatch.setattr(software, "libraries", lambda: older)
    recorded = pipeline.run(place, the_run(place).window, LATER, LATER).run
    monkeypatch.undo()
    with place.session() as session:
        replayed = replay_in(session, place.lake, recorded.id)

    words = f"recorded under duckdb 1.9.9, replayed under {software.libraries()['duckdb']}"
    assert (replayed.equal, replayed.notes) == (True, (words,))
    assert list(replayed.notes) == replayed.summary["notes"]


CORNERS = [
    {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4294967295"},
    {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "0"},
    {"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "America/St_Johns"},
]


@pytest.mark.deep
@pytest.mark.parametrize(
    "around", CORNERS[: deep(1, len(CORNERS))], ids=lambda around: around["TZ"]
)
def test_locale_time_zone_hash_seed_and_folder_change_nothing(
    small: Home, around: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = small.opened()
    run = the_run(place)
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    assert small.run(run.id, "1", "2", code=AGAIN).split() == [run.digest, "True", "()"] * 2


def test_packed_and_swept_files_change_nothing(own_small: Home) -> None:
    place = own_small.opened()
    shift = "ts + interval 1 hour as ts, seq + 999999 as seq, transfer_id || '-late' as transfer_id"
    _land(place, "transfers", _rows(place, "transfers", shift), "late")
    packed, swept = pipeline.compact(place, LATER, sweep=True)

    assert [difference.table for difference in packed] == ["transfers"]
    assert swept == 2
    assert again(place).equal


def _tampered(home: Home, statement: str) -> None:
    """Change the database as whoever owns its file can, with no foreign keys in the way."""
    with closing(sqlite3.connect(home.path / "surveillance.db")) as connection, connection:
        assert connection.execute(statement).rowcount > 0
