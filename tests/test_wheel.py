"""What is built installs, and works in an empty folder without the checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.given.installations import CHECKOUT, day_of_demo
from tests.given.probe import alone

SOURCES = ("surveillance", "rules", "templates", "pyproject.toml", "README.md", "LICENSE")
BUILD = "import sys, setuptools.build_meta as build; getattr(build, sys.argv[1])('dist')"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, because building writes beside what it builds."""
    folder = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        if (CHECKOUT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(CHECKOUT / name, folder / name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(CHECKOUT / name, folder)
    return folder


def build(source: Path, kind: str) -> Path:
    """Build a ``wheel`` or an ``sdist`` from what is installed already, and return it."""
    run(source, sys.executable, "-c", BUILD, f"build_{kind}")
    return next((source / "dist").glob("*.whl" if kind == "wheel" else "*.tar.gz"))


def run(folder: Path, *words: str | Path) -> str:
    """Run a program in a folder, and in an environment that names no checkout."""
    clean = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    done = subprocess.run(
        words, cwd=folder, env=clean, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel, built from the checkout."""
    return build(source, "wheel")


def shipped(package: Path) -> set[str]:
    """Return every file that is no code of a wheel."""
    with zipfile.ZipFile(package) as opened:
        names = opened.namelist()
    return {name for name in names if not name.endswith(".py") and ".dist-info/" not in name}


def test_a_wheel_carries_every_file_that_is_no_code(wheel: Path) -> None:
    tops = {CHECKOUT / "surveillance": "surveillance"} | {
        CHECKOUT / name: f"surveillance/shipped/{name}" for name in ("rules", "templates")
    }
    expected = {
        f"{place}/{path.relative_to(top).as_posix()}"
        for top, place in tops.items()
        for path in top.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert shipped(wheel) == expected


def test_a_wheel_of_the_source_distribution_carries_the_same(
    source: Path, wheel: Path, tmp_path: Path
) -> None:
    shutil.unpack_archive(build(source, "sdist"), tmp_path)
    assert shipped(build(next(tmp_path.iterdir()), "wheel")) == shipped(wheel)


@pytest.fixture
def package(wheel: Path, tmp_path: Path) -> Path:
    """The package, installed in a venv that sees the libraries of this one, but no checkout."""
    venv = tmp_path / "venv"
    run(tmp_path, sys.executable, "-m", "venv", "--without-pip", venv)
    pip = (sys.executable, "-m", "pip", "--python", venv)
    run(tmp_path, *pip, "install", "--no-deps", "--no-index", "--no-compile", wheel)
    (package,) = venv.glob("lib/python*/site-packages/surveillance")
    libraries = Path(pytest.__file__).parents[1]
    (package.parent / "libraries.pth").write_text(f"{libraries}\n")
    return package


def test_an_installed_wheel_demonstrates_itself_in_an_empty_folder(
    package: Path, tmp_path: Path
) -> None:
    alone(package / "shipped" / "rules")
    (package / "demo.yml").write_text(day_of_demo())
    empty, commands = tmp_path / "empty", package.parents[3] / "bin"
    empty.mkdir()

    code = run(
        empty, commands / "python", "-c", "import surveillance; print(surveillance.__file__)"
    )
    assert Path(code.strip()) == package / "__init__.py"
    summary = run(empty, commands / "surveillance", "demo")
    assert "alerts in" in summary
    (pdf,) = empty.glob(".surveillance/reports/case/*.pdf")
    assert str(pdf.relative_to(empty)) in summary
    assert [path.name for path in empty.iterdir()] == [".surveillance"]
