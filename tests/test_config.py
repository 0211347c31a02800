"""Settings of one installation: the home, its file, the environment, and what is kept quiet."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from surveillance.config import load_settings
from surveillance.errors import SurveillanceError


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "DATABASE", "TICK_MINUTES", "INSTITUTION__NAME", "VENUES"):
        monkeypatch.delenv(f"SURVEILLANCE_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_everything_lies_below_the_home(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "home")
    assert settings.lake == tmp_path / "home" / "lake"
    assert settings.reports == tmp_path / "home" / "reports"
    assert settings.database == f"sqlite:///{tmp_path / 'home' / 'surveillance.db'}"
    assert (settings.rules / "manipulation").is_dir()
    assert settings.templates.is_dir()


def test_without_a_home_it_is_a_folder_here() -> None:
    assert load_settings().home == Path(".surveillance")


def test_the_file_in_the_home_sets_single_things(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'tick_minutes = 5\nvenues = ["a.yml"]\n[institution]\nname = "Example Venue"\n'
    )
    settings = load_settings(tmp_path)
    assert (settings.tick_minutes, settings.venues) == (5, [Path("a.yml")])
    assert settings.institution.name == "Example Venue"
    assert settings.institution.lei is None


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(
        'tick_minutes = 5\n[institution]\nname = "File"\nmic = "XOFF"\n'
    )
    monkeypatch.setenv("SURVEILLANCE_TICK_MINUTES", "7")
    monkeypatch.setenv("SURVEILLANCE_INSTITUTION__NAME", "Environment")
    settings = load_settings(tmp_path)
    assert settings.tick_minutes == 7
    assert (settings.institution.name, settings.institution.mic) == ("Environment", "XOFF")


def test_the_home_may_come_from_the_environment_and_so_does_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text("tick_minutes = 5\n")
    monkeypatch.setenv("SURVEILLANCE_HOME", str(tmp_path))
    assert load_settings().tick_minutes == 5
    assert load_settings().lake == tmp_path / "lake"


def test_what_the_caller_gives_wins_over_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURVEILLANCE_TICK_MINUTES", "7")
    assert load_settings(tmp_path, tick_minutes=9).tick_minutes == 9


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("tik_minutes = 5\n", "tik_minutes"),
        ("tick_minutes = 0\n", "tick_minutes"),
        ('[institution]\nnom = "x"\n', "institution.nom"),
        ("threads = 'many'\n", "threads"),
    ],
)
def test_a_setting_that_is_unknown_or_wrong_is_named(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(SurveillanceError, match=f"expected valid settings, was: {named}: "):
        load_settings(tmp_path)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("tick_minutes = ")
    with pytest.raises(SurveillanceError, match=r"expected a readable config\.toml"):
        load_settings(tmp_path)


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    url = "postgresql+psycopg://surveillance:hunter2@db.example/cases"
    settings = load_settings(tmp_path, database=url)
    assert settings.database == url
    for shown in (repr(settings), str(settings), f"{settings}"):
        assert "hunter2" not in shown


def test_a_wrong_password_is_not_told_in_the_message(tmp_path: Path) -> None:
    with pytest.raises(SurveillanceError) as caught:
        load_settings(tmp_path, database=["hunter2"])
    assert "hunter2" not in str(caught.value)


def test_settings_do_not_change(tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        load_settings(tmp_path).tick_minutes = 3  # type: ignore[misc]
