"""What goes wrong outside is explained in a line, ends with 2, and loses nothing."""

from pathlib import Path

import pytest

from surveillance import cli, waiting
from tests.given.installations import Home, copied
from tests.given.typed import Explain, Say


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("pull", "none.yml"), "expected a file, was none.yml, which does not exist"),
        (("evaluate", "", "--labels", "none"), "expected a file, was none"),
        (("evaluate", "", "--labels", ".", "--venue", "none"), "expected a file, was none"),
        (("hits", "zzz"), "expected one run that begins with 'zzz', was none"),
        (("risk", "zzz"), "expected one run that begins with 'zzz', was none"),
        (("replay", "zzz"), "expected one run that begins with 'zzz', was none"),
        (("completeness", "zzz"), "expected one run that begins with 'zzz', was none"),
        (("canaries", "zzz"), "expected one run that begins with 'zzz', was none"),
        (("remarks", "zzz"), "expected one run that begins with 'zzz', was none"),
        (("replay", "", "--with", "busy_payer@9"), "was 9"),
        (("replay", "", "--with", "busy_payer"), "expected RULE@VERSION"),
        (("run", "--from", "2026-03-02"), "expected both --from and --to, or neither"),
        (("run", "--from", "monday", "--to", "2026-03-03"), "expected a time such as"),
        (
            ("run", "--from", "2026-03-03", "--to", "2026-03-02"),
            "that ends after it starts",
        ),
        (("run", "--from", "2026-03-02", "--to", "2026-03-03", "--as-of", "x"), "was 'x'"),
        (("segments", "calibrate", "--until", "soon"), "expected a time such as"),
        (("rules", "show", "luck"), "expected a rule of busy_payer; was 'luck'"),
        (("rules", "test", "luck"), "expected a rule of busy_payer; was 'luck'"),
        (("rules", "show", "busy_payer", "--version", "9"), "was 9"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_words_that_make_no_sense_are_explained(
    explain: Explain, small: Home, words: tuple[str, ...], message: str
) -> None:
    assert message in explain(small, *words)


def test_nothing_to_calibrate_or_show_is_explained(
    explain: Explain, tmp_path: Path, small: Home
) -> None:
    empty = Home(tmp_path / "home", small.rules)

    assert "expected activity in the lake, was none" in explain(empty, "segments", "calibrate")
    assert "expected calibrated segments, was none" in explain(empty, "segments", "show")
    assert "expected activity that no run has judged" in explain(empty, "run")


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("kyc_aml/busy_payer.yml", "id: [", "busy_payer.yml:1:"),
        ("kyc_aml/busy_payer.yml", "id: busy_payer\n", "busy_payer.yml:1:1"),
        ("features.yml", "features: {}\n", "features.yml:1:"),
        ("segments.yml", "seed: x\n", "segments.yml:1:"),
        ("rules.lock", "{", "rules.lock:1:1"),
    ],
)
def test_a_broken_file_of_the_rules_folder_is_named_with_its_place(
    say: Say, own_pulled: Home, name: str, text: str, place: str
) -> None:
    from tests.given.probe import alone

    alone(own_pulled.rules)
    (own_pulled.rules / name).write_text(text)

    for words in (("run",), ("rules", "check")):
        output = say(own_pulled, *words, expect=2).error
        assert place in output
        assert "Traceback" not in output
    assert say(own_pulled, "runs", "--json").json == []


def test_an_absent_file_of_the_rules_folder_is_named(explain: Explain, own_pulled: Home) -> None:
    (own_pulled.rules / "features.yml").unlink()

    assert "features.yml:1:1: expected a readable UTF-8 file" in explain(own_pulled, "run")


def test_every_fault_of_a_venue_file_is_named(say: Say, own_small: Home) -> None:
    venue = own_small.path / "venue.yml"
    venue.write_text("venue: Shop!\nsource: psychic\n")
    output = say(own_small, "pull", venue, expect=2).error

    assert f"{venue}:1:" in output
    assert f"{venue}:2:" in output


def test_a_wrong_setting_is_named(explain: Explain, own_small: Home) -> None:
    (own_small.path / "config.toml").write_text("tick_minutes = 0\n")
    assert "tick_minutes: Input should be greater than" in explain(own_small, "runs")
    (own_small.path / "config.toml").write_text("tick_minutes = \n")
    assert "expected a readable config.toml" in explain(own_small, "runs")


DATABASES = {
    "a corrupt file": "sqlite:///{folder}/corrupt.db",
    "a folder": "sqlite:///{folder}",
    "a folder that is not there": "sqlite:///{folder}/none/x.db",
    "nobody who answers": "postgresql://user:secret@127.0.0.1:9/none?connect_timeout=2",
    "no address": "nothing at all",
    "no driver": "oracle://x/y",
}


@pytest.mark.parametrize("kind", DATABASES)
def test_a_database_that_does_not_open_is_explained_without_its_password(
    explain: Explain, small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    (tmp_path / "corrupt.db").write_bytes(b"not a database, but long enough to be looked at" * 40)
    monkeypatch.setenv("SURVEILLANCE_DATABASE", DATABASES[kind].format(folder=tmp_path))
    output = explain(small, "runs")

    assert "expected a database that opens, was: " in output
    assert "secret" not in output
    assert (tmp_path / "corrupt.db").read_bytes().startswith(b"not a database")


def test_a_home_that_cannot_be_made_is_explained(explain: Explain, small: Home) -> None:
    for path in ("/dev/null/home", "/proc/none/home"):
        assert "expected" in explain(Home(Path(path), small.rules), "runs")


def test_a_database_of_a_later_edition_is_explained(explain: Explain, own_small: Home) -> None:
    place = own_small.opened()
    with place.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = 'later'")
    place.engine.dispose()

    assert "expected a database of this version or of one before it, was: " in explain(
        own_small, "runs"
    )


def test_a_database_that_fails_meanwhile_is_explained(
    explain: Explain, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from surveillance.proof import runs

    def fails(session: object, **_: object) -> None:
        session.connection().exec_driver_sql("select * from nowhere")  # type: ignore[attr-defined]

    monkeypatch.setattr(runs, "listed", fails)
    assert "expected a database that works, was: no such table" in explain(own_small, "runs")


def test_a_lake_that_is_something_else_is_explained(
    explain: Explain, small: Home, tmp_path: Path
) -> None:
    home = copied(small, tmp_path)
    (home.path / "lake" / "letters").mkdir()
    assert "expected a lake or an empty folder" in explain(home, "run")


@pytest.mark.parametrize("what", ["*.parquet", "_delta_log/*.json"])
def test_a_lake_whose_files_are_broken_is_explained(
    say: Say, small: Home, tmp_path: Path, what: str
) -> None:
    home = copied(small, tmp_path)
    for path in (home.path / "lake" / "transfers").glob(what):
        path.write_bytes(b"broken")

    output = say(home, "replay", "", expect=1).out
    assert "replayed nothing: what the run rests on is not as it was" in output
    assert "transfers" in output
    window = ("--from", "2026-03-02", "--to", "2026-03-03")
    assert say(home, "run", *window, expect=2).error.startswith("error: expected ")


def test_what_cannot_be_explained_keeps_its_traceback(
    small: Home, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(place: object, at: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(waiting, "pending", wrong)
    with pytest.raises(ZeroDivisionError):
        say(small, "run")


def test_a_full_or_read_only_disk_is_explained(
    explain: Explain, small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(place: object, at: object) -> None:
        raise OSError(28, "No space left on device", "lake/x.parquet")

    monkeypatch.setattr(waiting, "pending", full)
    assert "No space left on device: 'lake/x.parquet'" in explain(small, "run")
    assert cli.main.__doc__
