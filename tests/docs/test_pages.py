"""Every command that a page shows is run, or it is said here why not."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from surveillance.cli import app
from tests.given.forked import write_client
from tests.given.installations import Home, copied
from tests.given.pages import (
    CHECKOUT,
    PAGES,
    Block,
    blocks,
    environment,
    home_of,
    missing,
    run,
)

NOT_RUN = {
    "install": "it makes a virtual environment and installs what the lock names",
    "serves": "it listens until somebody stops it",
    "ticks": "it ticks until somebody stops it",
    "screening": "it needs a list and somebody who is on it",
    "measures": "it simulates and judges weeks, for minutes",
    "key": "it needs a key to sign with",
    "waits": "it needs activity of days that come after the page was pasted",
    "server": "it needs a database server; tests/records run on one",
    "system": "it is for the service manager of the machine",
}
"""Why a block is not run, by the word that it is marked with."""
EVERY = [(page, block) for page in PAGES for block in blocks(page)]
SKIPPED = [block for _, block in EVERY if block.language == "sh" and block.skip]
MAKE = [block for _, block in EVERY if block.language == "sh" and not block.skip and block.is_make]


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the command of the product, answered by one process for all pages."""
    folder = tmp_path_factory.mktemp("commands")
    # A socket's path may be 107 bytes long, which pytest's own directories can exceed.
    with tempfile.TemporaryDirectory(prefix="docs") as short:
        address = Path(short) / "socket"
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.given.forked", str(address)], cwd=CHECKOUT
        )
        while not address.exists() and server.poll() is None:
            time.sleep(0.05)
        write_client(folder / "surveillance", address)
        yield folder
        server.terminate()
        server.wait()


@pytest.fixture
def furnished(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder like a checkout: rules, and the home that the page stands on, if it names one."""
    name = home_of(request.getfixturevalue("page"))
    home: Home = request.getfixturevalue("pulled" if name == "none" else name)
    own = copied(home, tmp_path)
    if name == "none":
        shutil.rmtree(own.path)
    else:
        own.path.rename(tmp_path / ".surveillance")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, furnished: Path, commands: Path) -> None:
    written = run(page, furnished, environment(furnished, commands))

    shown = [block for block in blocks(page) if block.language == "text"]
    assert missing(shown, written) is None, written


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_of_a_kind_that_is_known(page: Path) -> None:
    kinds = {block.language for block in blocks(page)}

    assert kinds <= {"sh", "python", "text", "toml", "yaml", ""}
    assert {block.skip for block in blocks(page)} <= {"", *NOT_RUN}


def test_every_reason_for_not_running_is_used() -> None:
    assert {block.skip for block in SKIPPED} == set(NOT_RUN)


@pytest.mark.parametrize("block", SKIPPED, ids=lambda block: f"{block.page}:{block.line}")
def test_a_command_that_is_not_run_exists_with_its_options(block: Block) -> None:
    typed = [line.split("#")[0].split() for line in block.commands]
    groups = {group.name for group in app.registered_groups}
    for words in (line[1:] for line in typed if line[0] == "surveillance"):
        names = [word for word in words if re.fullmatch(r"[a-z-]+", word)]
        command = names[: 2 if names[0] in groups else 1]
        told = CliRunner().invoke(app, [*command, "--help"])
        assert told.exit_code == 0, words
        for option in (word.split("=")[0] for word in words if word.startswith("--")):
            assert option in told.output, words


@pytest.mark.parametrize("block", [*MAKE, *SKIPPED], ids=lambda block: f"{block.page}:{block.line}")
def test_make_has_every_target_that_is_named(block: Block) -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    for line in block.commands:
        if line.startswith("make "):
            assert re.search(rf"^{line.split()[1]}:", makefile, re.MULTILINE), line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_points_at_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]*)[^)]*\)", text) if link]
    files = re.findall(r"`((?:surveillance|tests|rules|templates|docs|benchmarks)/[\w/.-]+)`", text)

    assert [link for link in links if "//" not in link and not (page.parent / link).exists()] == []
    assert [name for name in files if not (CHECKOUT / name).exists()] == []
