"""Installations of one simulated day, made once for all tests and copied by those that change it.

The rules are some of the shipped ones, with a lock of their own: tests judge by the rules as they
stand, and every new process reads them. All of them are in ``test_all_rules``.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from filelock import FileLock
from sqlmodel import Session

from surveillance import demo, pipeline, waiting
from surveillance.activity import sources
from surveillance.activity.lake import Lake
from surveillance.activity.sources import synthetic
from surveillance.config import HOME_NOTE, load_settings
from surveillance.governance import lifecycle, publishing
from surveillance.installation import Installation, open_installation
from surveillance.model import Run
from surveillance.proof import runs
from surveillance.records import identity, officers
from surveillance.records.tables import Officer, Role
from surveillance.rules.book import load_rulebook
from surveillance.rules.lock import write_lock
from surveillance.times import parse_time
from tests.given import probe
from tests.given.activities import land_day

CHECKOUT = Path(__file__).parents[2]
VENUE = Path(__file__).parents[1] / "venues" / "samples" / "synthetic" / "venue.yml"
DAY = parse_time("2026-03-02")
NEXT = parse_time("2026-03-03")
PULLED = parse_time("2026-03-03T06:00:00Z")
"""When the day was pulled and judged."""
LATER = parse_time("2026-03-04T06:00:00Z")
Once: TypeAlias = Callable[[str, Callable[[Path], object]], Path]
"""Makes what is named in an empty folder, unless it is there, and returns the folder."""
SOME = (
    "ahead_of_client_order",
    "fan_in",
    "fleeting_orders",
    "layering",
    "marking_the_close",
    "pass_through",
    "sanctioned_address",
    "self_matched_trades",
    "spoofing",
    "strange_order_flow",
    "strange_transfers",
    "structuring",
)
"""One rule at least of every shape and family."""
FEW = "      - cancel_ratio\n      - fill_ratio\n      - order_size\n      - order_imbalance\n"
"""What strange order flow is told by, of fifteen."""
PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Home:
    """Where an installation and its rules are."""

    path: Path
    rules: Path

    @classmethod
    def within(cls, folder: Path) -> "Home":
        """Return what was made in a folder."""
        return cls(folder / "home", folder / "rules")

    def opened(self, **settings: object) -> Installation:
        """Open it, with other settings if any are given."""
        return open_installation(load_settings(self.path, rules=self.rules, **settings))

    def run(self, *words: str, expect: int = 0, code: str = "") -> str:
        """Run the command line, or a program, in a new process, and return what it wrote."""
        start = [sys.executable, *(["-c", code] if code else ["-m", "surveillance"])]
        home = [] if code else ["--home", str(self.path)]
        done = subprocess.run(
            [*start, *home, *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            env={
                **os.environ,
                "SURVEILLANCE_RULES": str(self.rules),
                "HOME_UNDER_TEST": str(self.path),
            },
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout


def copied(home: Home, folder: Path) -> Home:
    """Copy an installation, rules and all, into an empty folder.

    What a reader beside us keeps for a moment is left out; nobody writes to a shared home.
    """
    passing = shutil.ignore_patterns("*-wal", "*-shm", ".lock", ".spill")
    shutil.copytree(home.path, folder / "home", ignore=passing)
    shutil.copytree(home.rules, folder / "rules")
    return Home.within(folder)


def the_run(place: Installation) -> Run:
    """Return the latest run of an installation."""
    with place.session() as session:
        return runs.load(session, runs.listed(session)[0].id)


def enrol(session: Session) -> None:
    """Add one officer of each role, named as the role; whoever runs the tests plays them all."""
    for role in (Role.ADMIN, Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR):
        admin = session.get(Officer, "admin")
        added = officers.enrol(session, admin, role.value, PASSWORD, role, at=PULLED)
        session.flush()
        identity.map_user(
            session, admin or added, added, identity.keyboard().os_user, PULLED,
            is_demonstration=True,
        )  # fmt: skip


def put_in_shadow(place: Installation, version: int = 2, at: datetime = LATER) -> None:
    """Publish what is new in the folder, and run the probe's version in shadow from now on."""
    publishing.publish(place, "officer", "It asks for more.", at)
    with place.session() as session:
        officer = session.get_one(Officer, "officer")
        lifecycle.shadow(session, "busy_payer", version, officer, "To see what it finds.", at)


def make_pulled(folder: Path) -> Home:
    """Pull the simulated day, and write what is true of it beside."""
    home = Home.within(folder)
    shutil.copytree(CHECKOUT / "rules", home.rules)
    (home.rules / "rules.lock").unlink(missing_ok=True)
    for path in home.rules.glob("*/*.yml"):
        if path.stem not in SOME:
            path.unlink()
    weekly = home.rules / "manipulation" / "strange_order_flow.yml"
    # A day of activity is fitted on, and a budget of weeks would leave none for six hours.
    daily = weekly.read_text().replace("7d", "6h")
    daily = daily.replace("false_alerts: 1\n", "false_alerts: 200\n")
    # Every feature is taken of twice as many windows as there are hops: a few show the same.
    weekly.write_text(re.sub(r"(?<=    features:\n)(      - .*\n)+", FEW, daily))
    write_lock(load_rulebook(home.rules), home.rules)
    place = home.opened()
    pipeline.pull(place, VENUE, None, PULLED)
    place.engine.dispose()
    write_labels(home.path)
    return home


def day_of_demo() -> str:
    """Return the venue file of the demonstration, of one day and few traders."""
    return VENUE.read_text() + demo.VENUE.read_text().partition("abuse: true")[2]


def write_labels(folder: Path) -> None:
    """Write the abuse hidden in the simulated day as ``labels.csv``."""
    import pyarrow.csv

    pyarrow.csv.write_csv(synthetic.labels(sources.load(VENUE)), folder / "labels.csv")


def make_judged(pulled: Home, folder: Path) -> Home:
    """Judge the day of a pulled installation, and enrol its officers."""
    return _judged(copied(pulled, folder))


def make_small(pulled: Home, folder: Path) -> Home:
    """Judge the day of a pulled installation by one rule, and enrol its officers."""
    home = copied(pulled, folder)
    probe.alone(home.rules)
    return _judged(home)


def _judged(home: Home) -> Home:
    place = home.opened()
    window = waiting.pending(place, PULLED)
    assert window is not None
    pipeline.run(place, window, PULLED, PULLED, moves_watermark=True)
    with place.session() as session:
        enrol(session)
    place.engine.dispose()
    return home


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """Make something once for all processes of a test session."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder = root / name
        with FileLock(root / f"{name}.lock"):
            if not folder.exists():
                unfinished = root / f"{name}.unfinished"
                shutil.rmtree(unfinished, ignore_errors=True)
                unfinished.mkdir()
                make(unfinished)
                # The home in it would take itself for a copy of where it was made.
                for note in unfinished.rglob(HOME_NOTE):
                    note.unlink()
                unfinished.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def day_lake(shared: Once) -> Lake:
    """A lake with one simulated day of a small venue; not to be changed."""
    return Lake(shared("day", lambda folder: land_day(folder / "lake")) / "lake")


@pytest.fixture(scope="session")
def pulled(shared: Once) -> Home:
    """Activity of one day, and no run yet; not to be changed."""
    return Home.within(shared("pulled", make_pulled))


@pytest.fixture(scope="session")
def judged(pulled: Home, shared: Once) -> Home:
    """A day judged and filed; not to be changed."""
    return Home.within(shared("judged", lambda folder: make_judged(pulled, folder)))


@pytest.fixture(scope="session")
def small(pulled: Home, shared: Once) -> Home:
    """A day judged by one rule only, the probe; not to be changed."""
    return Home.within(shared("small", lambda folder: make_small(pulled, folder)))


@pytest.fixture(scope="session")
def place(judged: Home) -> Iterator[Installation]:
    """The judged installation, open; not to be changed."""
    opened = judged.opened()
    yield opened
    opened.engine.dispose()


@pytest.fixture
def own_pulled(pulled: Home, tmp_path: Path) -> Home:
    """A copy of the pulled installation, to be changed."""
    return copied(pulled, tmp_path)


@pytest.fixture
def own_judged(judged: Home, tmp_path: Path) -> Home:
    """A copy of the judged installation, to be changed."""
    return copied(judged, tmp_path)


@pytest.fixture
def own_small(small: Home, tmp_path: Path) -> Home:
    """A copy of the installation judged by one rule, to be changed."""
    return copied(small, tmp_path)
