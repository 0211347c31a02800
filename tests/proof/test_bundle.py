"""A bundle proves its run to a stranger, and a stranger's bundle can do no harm."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveillance import pipeline
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.proof import bundle
from surveillance.proof.bundle.parcel import SUMS
from surveillance.proof.replay import Replay
from surveillance.records import journal
from tests.given.installations import LATER, VENUE, Home, copied, the_run
from tests.given.typed import Say

Files = dict[str, bytes]


def exported(place: Installation, to: Path) -> Path:
    with place.session() as session:
        return bundle.export(session, place.lake, the_run(place).id, to).path


@pytest.fixture(scope="module")
def evidence(small: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a day judged by one rule; not to be changed."""
    place = small.opened()
    return exported(place, tmp_path_factory.mktemp("evidence") / "evidence.zip")


@pytest.fixture(scope="module")
def whole(judged: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of a day judged by all rules, with segments and a detector; not to be changed."""
    return exported(judged.opened(), tmp_path_factory.mktemp("whole") / "whole.zip")


def unzipped(path: Path) -> Files:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files, to: Path, **how: int) -> Path:
    with zipfile.ZipFile(to, "w", **how) as archive:  # type: ignore[call-overload]
        for name, body in files.items():
            archive.writestr(name, body)
    return to


def resealed(files: Files, to: Path) -> Path:
    """Zip files whose sums somebody made anew."""
    sums = (f"{sha256(body).hexdigest()}  {name}\n" for name, body in files.items() if name != SUMS)
    return zipped(files | {SUMS: "".join(sums).encode()}, to)


def words(replayed: Replay) -> str:
    return " ".join(
        f"{difference.subject} {difference.measure} {difference.after}"
        for difference in replayed.differences
    )


def test_a_bundle_verifies_by_itself(evidence: Path, small: Home) -> None:
    run = the_run(small.opened())
    replayed = bundle.verify(evidence, threads=1)

    assert (replayed.equal, replayed.differences, replayed.notes) == (True, (), ())
    assert replayed.digest == replayed.recorded_digest == run.digest
    assert sum(len(verdict.hits) for verdict in run.verdicts) > 5


def test_the_same_run_gives_the_same_bytes_packed_or_not(
    evidence: Path, own_small: Home, tmp_path: Path
) -> None:
    place = own_small.opened()
    pipeline.pull(place, VENUE, None, LATER)
    pipeline.compact(place, LATER, sweep=True)

    assert exported(place, tmp_path / "again.zip").read_bytes() == evidence.read_bytes()


def test_a_run_with_segments_and_detectors_verifies(whole: Path) -> None:
    assert len([name for name in unzipped(whole) if name.startswith("artefacts/")]) == 3
    assert bundle.verify(whole).equal


def test_it_verifies_on_a_machine_without_anything(evidence: Path, tmp_path: Path) -> None:
    """Another process, an empty folder, no settings, no home, another language and time zone."""
    around = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "TZ": "Asia/Tokyo",
        "SURVEILLANCE_HOME": "/nonexistent",
    }
    done = subprocess.run(
        [sys.executable, "-B", "-m", "surveillance", "replay", "verify", evidence, "--json"],
        capture_output=True, text=True, check=True, timeout=180, cwd=tmp_path, env=around,
    )  # fmt: skip
    output = json.loads(done.stdout)

    assert (output["equal"], output["differences"]) == (True, [])
    assert list(tmp_path.iterdir()) == []


def test_its_sums_are_those_of_standard_tools(evidence: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(evidence) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(["sha256sum", "-c", SUMS], cwd=tmp_path, check=False, capture_output=True)

    assert done.returncode == 0
    assert done.stdout.count(b": OK") == len(unzipped(evidence)) - 1


def test_it_says_how_to_check_it_and_that_it_is_confidential(evidence: Path, small: Home) -> None:
    output = unzipped(evidence)["README.txt"].decode()

    assert the_run(small.opened()).digest in output
    assert "sha256sum -c SHA256SUMS" in output
    assert "surveillance replay verify" in output
    assert "personal data" in output


@pytest.mark.parametrize(
    "name", ["manifest.json", "run.json", "journal.json", "activity/transfers.parquet", "rules/"]
)
def test_a_changed_file_is_named(evidence: Path, tmp_path: Path, name: str) -> None:
    files = unzipped(evidence)
    (name,) = [each for each in files if each.startswith(name)]
    replayed = bundle.verify(zipped(files | {name: files[name] + b" "}, tmp_path / "changed.zip"))

    assert (replayed.equal, replayed.digest) == (False, "")
    assert f"{name} sha256 {sha256(files[name] + b' ').hexdigest()}" in words(replayed)


def test_a_flipped_byte_anywhere_is_named(evidence: Path, tmp_path: Path) -> None:
    path = tmp_path / "flipped.zip"
    body = bytearray(evidence.read_bytes())
    with zipfile.ZipFile(evidence) as archive:
        at = archive.getinfo("activity/transfers.parquet").header_offset + 500
    body[at] ^= 1
    path.write_bytes(body)
    replayed = bundle.verify(path)

    assert not replayed.equal
    assert "activity/transfers.parquet sha256 unreadable: Bad CRC-32" in words(replayed)


def test_a_missing_file_is_named(evidence: Path, tmp_path: Path) -> None:
    files = unzipped(evidence)
    del files["activity/transfers.parquet"]

    replayed = bundle.verify(zipped(files, tmp_path / "less.zip"))
    assert "activity/transfers.parquet sha256 missing" in words(replayed)


def _less(rows: pa.Table) -> pa.Table:
    return rows.slice(1)


def _richer(rows: pa.Table) -> pa.Table:
    place = rows.column_names.index("trader_id")
    return rows.set_column(place, "trader_id", pa.array(["X"] * len(rows)))


@pytest.mark.parametrize("change", [_less, _richer])
def test_forged_activity_under_new_sums_gives_other_verdicts(
    evidence: Path, tmp_path: Path, change: Callable[[pa.Table], pa.Table]
) -> None:
    files, part = unzipped(evidence), tmp_path / "t.parquet"
    part.write_bytes(files["activity/transfers.parquet"])
    pq.write_table(change(pq.read_table(part)), part)
    files["activity/transfers.parquet"] = part.read_bytes()
    replayed = bundle.verify(resealed(files, tmp_path / "forged.zip"))

    assert not replayed.equal
    assert {difference.kind for difference in replayed.differences} & {
        "activity",
        "lost",
        "changed",
    }


def test_a_forged_verdict_under_new_sums_is_named(evidence: Path, tmp_path: Path) -> None:
    files = unzipped(evidence)
    run = json.loads(files["run.json"])
    hit = run["verdicts"][0]["hits"].pop(0)
    files["run.json"] = json.dumps(run).encode()
    replayed = bundle.verify(resealed(files, tmp_path / "forged.zip"))

    assert {difference.kind for difference in replayed.differences} == {"record", "gained"}
    assert hit["owner_id"] in words(replayed)


def test_a_forged_rule_under_new_sums_is_not_what_the_manifest_pins(
    evidence: Path, tmp_path: Path
) -> None:
    files = unzipped(evidence)
    (name,) = [name for name in files if name.startswith("rules/")]
    files[name] = files[name].replace(b"value: 3", b"value: 9")
    replayed = bundle.verify(resealed(files, tmp_path / "forged.zip"))

    assert replayed.digest == ""
    [difference] = replayed.differences
    assert (difference.rule_id, difference.measure) == ("busy_payer", "text of version 1")


def test_a_forged_digest_has_the_journal_entry_against_it(evidence: Path, tmp_path: Path) -> None:
    files = unzipped(evidence)
    entry = json.loads(files["journal.json"])
    entry["detail"] = entry["detail"].replace("digest", "digits")
    files["journal.json"] = json.dumps(entry).encode()

    replayed = bundle.verify(resealed(files, tmp_path / "forged.zip"))
    assert "the journal entry is not sealed" in words(replayed)


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/etc/escaped", "rules/../../escaped.yml", "activity/..\\x.parquet", "a.pkl"],
)
def test_a_file_that_would_land_elsewhere_is_refused(
    evidence: Path, tmp_path: Path, name: str
) -> None:
    path = zipped(unzipped(evidence) | {name: b"x"}, tmp_path / "hostile.zip")

    with pytest.raises(SurveillanceError, match="expected the files of a bundle"):
        bundle.verify(path)
    assert not (tmp_path.parent / "escaped").exists()


def test_a_bomb_is_refused_before_it_unpacks(evidence: Path, tmp_path: Path) -> None:
    files = unzipped(evidence) | {"activity/book.parquet": bytes(30_000_000)}
    path = zipped(files, tmp_path / "bomb.zip", compression=zipfile.ZIP_DEFLATED)

    with pytest.raises(SurveillanceError, match="neither compressed nor encrypted"):
        bundle.verify(path)


def test_a_file_that_lies_about_its_size_is_refused(evidence: Path, tmp_path: Path) -> None:
    body = evidence.read_bytes()
    at = body.rindex(b"PK\x01\x02")
    path = tmp_path / "liar.zip"
    path.write_bytes(body[: at + 20] + b"\xff\xff\xff\x7f" * 2 + body[at + 28 :])

    with pytest.raises(SurveillanceError, match="expected files no larger than the bundle"):
        bundle.verify(path)


def test_a_table_that_claims_too_many_rows_is_refused(evidence: Path, tmp_path: Path) -> None:
    part = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"ts": pa.nulls(3_000_000)}), part)
    files = unzipped(evidence) | {"activity/transfers.parquet": part.read_bytes()}

    with pytest.raises(SurveillanceError, match=r"expected at most \d+ rows in transfers.parquet"):
        bundle.verify(resealed(files, tmp_path / "hostile.zip"))


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("manifest.json", b"[]"),
        ("manifest.json", b"{"),
        ("run.json", b"{}"),
        ("run.json", b"[" * 100_000),
        ("journal.json", b"3"),
        ("activity/landed.json", b'"x"'),
        ("activity/transfers.parquet", b"PAR1"),
    ],
)
def test_a_malformed_part_is_explained(
    evidence: Path, tmp_path: Path, name: str, body: bytes
) -> None:
    with pytest.raises(SurveillanceError, match="expected"):
        bundle.verify(resealed(unzipped(evidence) | {name: body}, tmp_path / "hostile.zip"))


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_something_else_is_no_bundle(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(body)

    with pytest.raises(SurveillanceError, match="expected"):
        bundle.verify(tmp_path / "x.zip")


def test_a_model_is_read_as_data_and_never_run(whole: Path, tmp_path: Path) -> None:
    """Bytes that would run code when unpickled are pinned as a model by a hostile manifest."""
    files = unzipped(whole)
    trap = tmp_path / "ran"
    body = f"cos\nsystem\n(S'touch {trap}'\ntR.".encode()
    manifest = json.loads(files["manifest.json"])
    manifest["detectors"] = dict.fromkeys(manifest["detectors"], sha256(body).hexdigest())
    files["manifest.json"] = json.dumps(manifest).encode()
    files[f"artefacts/{sha256(body).hexdigest()}"] = body
    replayed = bundle.verify(resealed(files, tmp_path / "hostile.zip"))

    assert (replayed.equal, replayed.digest) == (False, "")
    assert not trap.exists()


def test_a_run_whose_activity_was_changed_is_not_exported(own_small: Home, tmp_path: Path) -> None:
    (path,) = (own_small.path / "lake" / "transfers").glob("*.parquet")
    body = bytearray(path.read_bytes())
    body[99] ^= 1
    path.write_bytes(body)

    with pytest.raises(SurveillanceError, match="sha256"):
        exported(own_small.opened(), tmp_path / "x.zip")
    assert list(tmp_path.glob("*.zip*")) == []


def test_the_command_line_exports_verifies_and_journals(
    small: Home, tmp_path: Path, say: Say
) -> None:
    home = copied(small, tmp_path / "own")
    run = the_run(home.opened()).id
    path = tmp_path / "e.zip"
    output = say(home, "replay", "export", run[:6], "--to", path, "--json").json

    assert output["sha256"] == sha256(path.read_bytes()).hexdigest()
    assert "equal" in say(home, "replay", "verify", path).out
    with home.opened().session() as session:
        [(subject, detail)] = journal.entries(session, "export")
    assert (subject, detail["sha256"]) == (f"run:{run}", output["sha256"])
    shutil.copy(path, tmp_path / "cut.zip")
    os.truncate(tmp_path / "cut.zip", 5000)
    say(home, "replay", "verify", tmp_path / "cut.zip", expect=2)
