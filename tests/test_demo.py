"""The demonstration does the whole main job, and doing it again repeats nothing."""

from pathlib import Path

import pytest
from sqlmodel import select

from surveillance import demo
from surveillance.config import load_settings
from surveillance.records.tables import Alert
from surveillance.studies.watch import stress
from tests.given.installations import Home, copied, day_of_demo
from tests.given.probe import alone


@pytest.fixture
def home(pulled: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home with one rule, and a demonstration of one day."""
    copy = copied(pulled, tmp_path / "copy")
    alone(copy.rules)
    venue = tmp_path / "demo.yml"
    venue.write_text(day_of_demo())
    monkeypatch.setattr(demo, "VENUE", venue)
    return Home(tmp_path / "empty", copy.rules)


@pytest.mark.usefixtures("blank")
def test_it_pulls_judges_files_renders_and_says_what_next(home: Home) -> None:
    place, steps = home.opened(), list[str]()
    summary = demo.demonstrate(place, steps.append)

    assert "busy_payer" in steps
    assert (home.path / "labels.csv").read_text().startswith('"typology","table","id"')
    assert "alerts in" in summary
    assert "adopted as the starter rulebook; no second officer approved them" in summary
    assert "structuring" in summary
    paths = [Path(line.strip()) for line in summary.splitlines() if line.endswith(".pdf")]
    assert [path.read_bytes()[:4] for path in paths] == [b"%PDF"]
    password = summary.split("password ")[1].strip()
    assert len(password) >= 12

    again = demo.demonstrate(place, steps.append)
    assert "alerts in" not in again
    assert "adopted" not in again
    assert password not in again
    with place.session() as session:
        assert len(session.exec(select(Alert)).all()) > 0
        tested = stress.latest(session)
    assert tested is not None
    assert tested.test.traders


def test_its_settings_are_written_once_and_name_a_simulated_institution(tmp_path: Path) -> None:
    demo.furnish(tmp_path)
    settings = load_settings(tmp_path)
    assert settings.institution.name == "Simulated Venue"
    assert settings.reports == tmp_path / "reports"
    (tmp_path / "config.toml").write_text("tick_minutes = 30\n", encoding="utf-8")
    demo.furnish(tmp_path)
    assert load_settings(tmp_path).tick_minutes == 30
