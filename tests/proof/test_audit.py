"""An audit finds whatever is not as the journal says, and names it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from surveillance import pipeline, rendering
from surveillance.activity.batch import Batch
from surveillance.installation import Installation
from surveillance.proof import audit
from surveillance.proof.runs import verdicts_digest
from surveillance.records import journal
from surveillance.records.tables import Officer
from surveillance.reports import Institution, render_replay
from tests.given.installations import LATER, Home, the_run
from tests.given.typed import Say


def findings(home: Home) -> dict[str, str]:
    """Return what is found beyond rows, which ``test_tampering`` is about."""
    place = home.opened()
    with place.session() as session:
        named = audit.findings(session, place.lake, place.settings.reports)
        said = {finding.subject: finding.message for finding in named}
    return {subject: message for subject, message in said.items() if subject[:4] != "row:"}


def tampered(home: Home, *statements: str) -> None:
    """Change the database as whoever owns its file can."""
    with closing(sqlite3.connect(home.path / "surveillance.db")) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0


def file_of(home: Home, table: str) -> Path:
    (path,) = (home.path / "lake" / table).glob("*.parquet")
    return path


def test_what_nobody_touched_is_all_well(judged: Home) -> None:
    assert findings(judged) == {}


def test_a_run_that_was_deleted_whole_is_missed(own_small: Home) -> None:
    run = the_run(own_small.opened())
    tampered(
        own_small,
        f"delete from verdicts where run_id = '{run.id}'",
        f"delete from runs where id = '{run.id}'",
    )
    assert findings(own_small) == {f"run:{run.id}": "was deleted"}


def test_a_run_that_nobody_made_is_named(own_small: Home) -> None:
    run = the_run(own_small.opened())
    tampered(
        own_small,
        'insert into runs (id, start, "end", as_of, created_at, manifest, digest, mode) '
        "select 'forged', start, \"end\", as_of, created_at, manifest, digest, mode "
        f"from runs where id = '{run.id}'",
    )
    assert findings(own_small)["run:forged"] == "the journal does not know it"


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("update verdicts set outcome = 'no_hit'", "busy_payer: the columns of the verdict"),
        ("update verdicts set body = replace(body, 'moved', 'stood')", "the verdicts are not"),
        ("update runs set manifest = replace(manifest, 'duckdb', 'duckdc')", "the manifest is not"),
        ("update runs set digest = 'ab'", "the verdicts are not"),
        ("update verdicts set body = '{'", "the verdict of busy_payer"),
    ],
)
def test_a_run_that_was_changed_is_named(own_small: Home, statement: str, message: str) -> None:
    tampered(own_small, statement)
    assert message in findings(own_small)[f"run:{the_run_id(own_small)}"]


def the_run_id(home: Home) -> str:
    with home.opened().engine.connect() as connection:
        return str(connection.execute(text("select id from runs")).scalar_one())


def test_a_run_whose_verdicts_and_digest_agree_again_is_named(own_small: Home) -> None:
    """Whoever rewrites verdict and digest together has the journal against him."""
    run = the_run(own_small.opened())
    digest = verdicts_digest(())
    tampered(
        own_small,
        "delete from verdicts",
        f"update runs set digest = '{digest}'",
    )
    assert findings(own_small) == {
        f"run:{run.id}": f"expected the digest {run.digest}, was {digest}"
    }


def test_a_changed_rule_text_is_named_as_artefact_and_rule(own_small: Home) -> None:
    name = the_run(own_small.opened()).manifest["rules"]["busy_payer"]["text"]
    tampered(own_small, f"update artefacts set body = body || x'20' where digest = '{name}'")
    named = findings(own_small)

    assert named.keys() == {f"artefact:{name}", "rule:busy_payer@1"}
    assert all("was changed (rule)" in message for message in named.values())


def test_a_rule_version_that_points_at_another_text_is_named(own_small: Home) -> None:
    tampered(own_small, "update rule_versions set digest = 'ab'")
    assert "expected a text that behaves as ab" in findings(own_small)["rule:busy_payer@1"]


def test_a_report_that_was_changed_or_deleted_is_named(
    own_small: Home, summary: dict[str, object]
) -> None:
    place = own_small.opened()
    path = certified(place, summary)
    path.write_bytes(path.read_bytes() + b" ")
    [(subject, message)] = findings(own_small).items()

    assert subject == "report replay-certificate of run:x"
    assert message.startswith(f"expected sha256 {path.stem.split('-')[-1]}, was ")
    tampered(own_small, "delete from reports")
    assert findings(own_small)[subject].endswith("was deleted")


@pytest.fixture
def summary() -> dict[str, object]:
    """What a replay says of itself."""
    return {
        "run_id": "x", "start": LATER, "end": LATER, "as_of": LATER, "recorded_digest": "a" * 64,
        "replayed_digest": "a" * 64, "lake": {}, "rules": [], "code": "1", "libraries": {},
    }  # fmt: skip


def certified(place: Installation, summary: dict[str, object]) -> Path:
    with place.session() as session:
        head = journal.head(session)
        rendered = render_replay(summary, institution=Institution(), at=LATER, journal_head=head)
        officer = session.get(Officer, "officer")
        assert officer is not None
        report = rendering.save(
            session, place.settings, rendered, subject="run:x", officer=officer, at=LATER,
            journal_head=head,
        )  # fmt: skip
        return place.settings.reports / report.path


def test_a_changed_or_deleted_file_of_activity_is_named(own_small: Home) -> None:
    path = file_of(own_small, "trades")
    body = bytearray(path.read_bytes())
    body[99] ^= 1
    path.write_bytes(body)
    assert findings(own_small)[f"activity:trades/{path.name}"].startswith("expected sha256")

    path.unlink()
    assert path.name in findings(own_small)["activity"]


def test_activity_that_was_taken_out_or_put_in_is_named(own_small: Home) -> None:
    folder, path = own_small.path / "lake" / "trades", file_of(own_small, "trades")
    other = path.with_name(path.name.replace("landed-00000001", "landed-00000002"))
    path.rename(other)
    for log in (folder / "_delta_log").glob("*.json"):
        log.write_text(log.read_text().replace(path.name, other.name))

    assert findings(own_small) == {
        f"activity:trades/{path.name}": "was deleted",
        f"activity:trades/{other.name}": "the journal does not know it",
    }


def test_packed_activity_is_known_by_the_files_it_holds(own_small: Home) -> None:
    place = own_small.opened()
    rows = pa.table({"ts": [LATER], "trader_id": ["late"]})
    landing = place.lake.land(Batch("venue", "late", {"accounts": rows}), LATER)
    pipeline.journal_landing(place, landing, LATER)
    packed, _ = pipeline.compact(place, LATER, sweep=True)

    assert [one.table for one in packed] == ["accounts"]
    assert findings(own_small) == {}
    with place.session() as session:
        session.connection().execute(text("drop trigger journal_no_delete"))
        session.connection().execute(text("delete from journal where verb = 'compact'"))
    (own_small.path / "lake" / ".journal").unlink()
    assert findings(own_small) == {
        f"activity:accounts/{packed[0].file}": "the journal does not know it",
        "trigger:journal_no_delete": "was dropped: what is written once can be changed",
    }


def test_the_command_line_names_what_is_wrong(own_small: Home, say: Say) -> None:
    assert "entries, head" in say(own_small, "journal", "verify").out
    tampered(own_small, "delete from verdicts", "delete from runs")

    assert "was deleted" in say(own_small, "journal", "verify", expect=1).out
    summary = say(own_small, "journal", "verify", "--json", expect=1).json
    assert (summary["ok"], summary["reason"]) == (False, "")
    messages = {finding["subject"]: finding["message"] for finding in summary["findings"]}
    assert [messages[name] for name in messages if name.startswith("run:")] == ["was deleted"]
    assert any(name.startswith("row:runs/") for name in messages)
