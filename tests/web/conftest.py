"""A web application on a furnished database of each test's own, and people who visit it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from surveillance.config import Settings
from surveillance.records.database import engine
from surveillance.web import create_app
from tests.given.floor import furnish
from tests.given.visitor import Visitor


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A SQLite file with staff and cases, to be copied."""
    path = tmp_path_factory.mktemp("web") / "furnished.db"
    shutil.copy(sqlite_template, path)
    opened = engine(f"sqlite:///{path}")
    furnish(opened, datetime.now(UTC))
    opened.dispose()
    return path


@pytest.fixture
def settings(tmp_path: Path, furnished: Path) -> Settings:
    """Settings of a home with the furnished database."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(furnished, home / "surveillance.db")
    return Settings(home=home)


@pytest.fixture
def app(settings: Settings) -> Iterator[FastAPI]:
    """The application."""
    application = create_app(settings)
    yield application
    application.state.engine.dispose()


@pytest.fixture
def database(app: FastAPI) -> Engine:
    """The database of the application."""
    engine: Engine = app.state.engine
    return engine


@pytest.fixture
def visit(app: FastAPI) -> Callable[[str], Visitor]:
    """Sign somebody in, each in a browser of their own; nobody for an empty name."""

    def signed_in(name: str = "") -> Visitor:
        visitor = Visitor(app)
        if name:
            visitor.sign_in(name)
        return visitor

    return signed_in
