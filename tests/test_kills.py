"""Whenever a process is killed, the next one loses nothing and does nothing twice."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from surveillance.config import HOME_NOTE
from surveillance.records import database
from tests.given import kills
from tests.given.depth import deep
from tests.given.kills import JOBS, Place

DATABASES = ("sqlite", "postgresql")
EACH_TIME = ("pull", "judge")
"""What is killed each time, at a few places; everything is in depth, everywhere."""
DONE = tuple(JOBS) if deep(1, 2) > 1 else EACH_TIME
STEPS = {"pull more": "pull", "judge": "run", "judge again": "run"}
"""What a job is a step of, where it is not named so."""
FILES = (" alerts", " cases")
"""Tables with which a run begins to file what it found."""
LEAST = 200 if DONE != EACH_TIME else 100
"""How many places there are at least, on each database."""


@dataclass
class Life:
    """An installation before each of its jobs, and what each came to undisturbed."""

    folder: Path
    server: str
    """Address of the server, empty for SQLite."""
    _numbers: Iterator[int] = field(default_factory=count)
    _before: dict[str, Place] = field(default_factory=dict)
    _after: dict[str, tuple[list[str], dict[str, list[str]]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Which database it is on."""
        return DATABASES[bool(self.server)]

    @cached_property
    def blank(self) -> Place:
        """An installation of which nothing was asked yet."""
        place = self._named("blank")
        if self.server:
            self._administer(f"CREATE DATABASE {self._name(place)}")
        kills.begin(place)
        return place

    def before(self, job: str) -> Place:
        """Return an installation in which this job is next; not to be changed."""
        if job not in self._before:
            earlier = list(JOBS)[: list(JOBS).index(job)]
            if not earlier:
                return self.blank
            self._before[job] = self._done(earlier[-1])
        return self._before[job]

    def undisturbed(self, job: str) -> tuple[list[str], dict[str, list[str]]]:
        """Return what a job writes, in order, and what an installation holds after it."""
        if job not in self._after:
            self._done(job)
        return self._after[job]

    def _done(self, job: str) -> Place:
        place = self.copied(self.before(job))
        writes = kills.writes(place, job)
        self._after[job] = writes, kills.holds(place, job, again=False)
        if job == "judge":
            kills.drop(place.home, 2)
        return place

    def copied(self, place: Place) -> Place:
        """Return a copy, database and all."""
        copy = self._named(f"copy_{next(self._numbers)}")
        shutil.copytree(place.home, copy.home, ignore=shutil.ignore_patterns(HOME_NOTE))
        if self.server:
            self._administer(f"CREATE DATABASE {self._name(copy)} TEMPLATE {self._name(place)}")
        return copy

    def dropped(self, place: Place) -> None:
        """Let go of a copy."""
        shutil.rmtree(place.home)
        if self.server:
            self._administer(f"DROP DATABASE {self._name(place)} WITH (FORCE)")

    def _named(self, name: str) -> Place:
        home = self.folder / name / "home"
        url = f"sqlite:///{home}/surveillance.db"
        if self.server:
            own = make_url(self.server).set(database=f"kills_{os.getpid()}_{name}")
            url = own.render_as_string(hide_password=False)
        return Place(home, url)

    def _name(self, place: Place) -> str:
        return str(make_url(place.database).database)

    def _administer(self, statement: str) -> None:
        made = database.engine(self.server)
        with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(statement))
        made.dispose()


@pytest.fixture(scope="module", params=DATABASES)
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Life:
    """The life of an installation on each database."""
    is_file = request.param == "sqlite"
    server = "" if is_file else request.getfixturevalue("postgres")
    return Life(tmp_path_factory.mktemp("life"), server)


def places(writes: list[str]) -> list[tuple[int, bool]]:
    """Return where a job can be killed: before its n-th write, and half way through a file."""
    half = [(n, True) for n, write in enumerate(writes, 1) if write.startswith(("open", "copied"))]
    return [*((n, False) for n in range(1, len(writes) + 1)), *half]


def steps(job: str, writes: list[str]) -> list[str]:
    """Name the step that each write of a job is of."""
    named = STEPS.get(job, job)
    filed = [n for n, write in enumerate(writes) if any(table in write for table in FILES)]
    if named != "run" or not filed:
        return [named] * len(writes)
    return ["run"] * filed[0] + ["filing"] * (len(writes) - filed[0])


@pytest.mark.deep
@pytest.mark.parametrize("job", DONE)
def test_what_a_killed_job_left_undone_is_done_by_the_next_and_nothing_twice(
    life: Life, job: str, record_property: Callable[[str, object], None]
) -> None:
    writes, expected = life.undisturbed(job)
    at, of = places(writes), steps(job, writes)
    wanted = min(len(at), deep(2, len(at)))
    counts: dict[str, Counter[str]] = {step: Counter() for step in of}
    wrong = {}
    for n in range(wanted):
        write, half = at[(2 * n + 1) * len(at) // (2 * wanted)]
        copy = life.copied(life.before(job))
        kills.killed(copy, job, write, half=half)
        lost, double = differences(expected, kills.holds(copy, job, again=True))
        counts[of[write - 1]].update(kills=1, lost=len(lost), double=len(double))
        wrong[f"{'half of' if half else 'before'} {write}: {writes[write - 1]}"] = lost + double
        life.dropped(copy)
    for step, counted in counts.items():
        record_property("kills", {"database": life.name, "step": step, **counted})
    assert {place: said for place, said in wrong.items() if said} == {}


@pytest.mark.deep
def test_there_are_enough_places_to_be_killed_at(life: Life) -> None:
    """All of them are tried in depth."""
    assert sum(len(places(life.undisturbed(job)[0])) for job in DONE) >= LEAST


@pytest.mark.deep
@pytest.mark.parametrize("job", ["pull", "judge", "judge again"])
def test_two_who_do_the_same_at_once_do_it_once(life: Life, job: str) -> None:
    _, expected = life.undisturbed(job)
    copy = life.copied(life.before(job))
    assert kills.at_once(copy, job) == [0, 0]
    assert differences(expected, kills.holds(copy, job, again=True)) == ([], [])
    life.dropped(copy)


def differences(
    expected: dict[str, list[str]], found: dict[str, list[str]]
) -> tuple[list[str], list[str]]:
    """Say what was lost, and what is there twice, or otherwise."""
    lost, double = [], []
    for what in expected.keys() | found.keys():
        want, have = Counter(expected.get(what, ())), Counter(found.get(what, ()))
        lost += [f"{what}: lost {each}" for each in (want - have).elements()]
        double += [f"{what}: double {each}" for each in (have - want).elements()]
    return lost, double
