"""An installation knows what belongs to it, and keeps it to itself."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from surveillance import pipeline
from surveillance.config import load_settings
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation, open_installation
from surveillance.records import journal
from tests.given.installations import LATER, PULLED, VENUE, Home, copied


def write(place: Installation, entries: int = 1) -> None:
    """Write into the journal."""
    with place.session() as session:
        for number in range(entries):
            journal.append(session, journal.SYSTEM, "note", f"test:{number}", {}, at=LATER)


def put_back(home: Home, older: Path) -> None:
    """Put the database of an older copy in the place of a home's."""
    for path in home.path.glob("surveillance.db*"):
        path.unlink()
    shutil.copy(older / "surveillance.db", home.path)


def test_a_deleted_database_is_noticed(own_small: Home) -> None:
    own_small.opened().engine.dispose()
    for path in own_small.path.glob("surveillance.db*"):
        path.unlink()

    with pytest.raises(SurveillanceError, match=r"was an empty one, and \d+ entries .* are gone"):
        own_small.opened()
    assert "surveillance restore" in _refusal(own_small)


def test_a_lake_that_no_journal_knows_is_refused(own_small: Home) -> None:
    """As one is that was filled before lakes were marked."""
    (own_small.path / "lake" / ".journal").unlink()
    for path in own_small.path.glob("surveillance.db*"):
        path.unlink()
    assert "was an empty one that knows none of its files" in _refusal(own_small)


def test_an_older_database_is_noticed(own_small: Home, tmp_path: Path) -> None:
    own_small.opened().engine.dispose()
    (tmp_path / "older").mkdir()
    shutil.copy(own_small.path / "surveillance.db", tmp_path / "older")
    place = own_small.opened()
    write(place)
    place.engine.dispose()
    put_back(own_small, tmp_path / "older")

    assert "was an older one, of " in _refusal(own_small)


def test_a_database_of_another_installation_is_noticed(own_small: Home, tmp_path: Path) -> None:
    own_small.opened().engine.dispose()
    other = Home(tmp_path / "other", own_small.rules).opened()
    write(other, 400)
    other.engine.dispose()
    put_back(own_small, tmp_path / "other")

    assert "was another one, whose journal differs at entry" in _refusal(own_small)


def _refusal(home: Home) -> str:
    with pytest.raises(SurveillanceError) as refused:
        home.opened()
    return str(refused.value)


def test_a_landing_that_was_cut_short_before_its_entry_is_no_reason_to_refuse(
    pulled: Home, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home", pulled.rules)
    home.opened().engine.dispose()
    shutil.copytree(pulled.path / "lake" / "accounts", home.path / "lake" / "accounts")
    shutil.copy(pulled.path / "lake" / ".keyed", home.path / "lake")

    assert pipeline.pull(home.opened(), VENUE, None, PULLED)


def test_a_copied_home_writes_into_itself(own_small: Home, tmp_path: Path) -> None:
    own_small.opened().engine.dispose()
    before = _digests(own_small.path)
    (tmp_path / "copies").mkdir()
    copy = copied(own_small, tmp_path / "copies")
    place = copy.opened()
    write(place)
    place.engine.dispose()

    assert _digests(own_small.path) == before


def _digests(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if "-shm" not in path.name}


@pytest.mark.parametrize("setting", ["lake", "reports", "database"])
def test_a_copied_home_that_names_a_place_of_the_first_is_refused(
    own_small: Home, tmp_path: Path, setting: str
) -> None:
    value = str(tmp_path / "elsewhere")
    value = f"sqlite:///{value}.db" if setting == "database" else value
    first = Home(tmp_path / "first", own_small.rules)
    first.path.mkdir()
    (first.path / "config.toml").write_text(f'{setting} = "{value}"\n')
    first.opened().engine.dispose()
    shutil.copytree(first.path, tmp_path / "second")

    with pytest.raises(SurveillanceError, match=f"was a copy of .*first.* {setting}"):
        Home(tmp_path / "second", own_small.rules).opened()
    (tmp_path / "second" / ".home").unlink()
    Home(tmp_path / "second", own_small.rules).opened()


def test_nobody_but_its_user_reads_what_is_written(tmp_path: Path, pulled: Home) -> None:
    home = Home(tmp_path / "home", pulled.rules)
    (tmp_path / "people.csv").write_text("id,opened\nAnna,2026-03-02\n")
    (tmp_path / "shop.yml").write_text(
        "venue: shop\nsource: files\nfiles: {t: {glob: people.csv}}\ntables:\n"
        "  accounts: select opened as ts, id as trader_id, id as owner_id from t\n"
    )
    home.run("pull", str(tmp_path / "shop.yml"))

    loose = [path for path in (home.path, *home.path.rglob("*")) if path.stat().st_mode & 0o077]
    assert loose == []
    assert any(home.path.rglob("*.parquet"))


def test_of_two_first_runs_one_waits(tmp_path: Path) -> None:
    """Four processes open a home that is not there."""
    code = (
        "import sys; from pathlib import Path; from surveillance.config import load_settings; "
        "from surveillance.installation import open_installation; "
        "open_installation(load_settings(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "home")]
    started = [subprocess.Popen(command, env=os.environ.copy()) for _ in range(4)]

    assert [process.wait(timeout=120) for process in started] == [0] * 4
    open_installation(load_settings(tmp_path / "home"))
