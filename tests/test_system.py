"""Packages of Debian that are missing are installed where that is allowed, or named."""

import subprocess
from pathlib import Path

from tests.given.installations import CHECKOUT

APT_GET = """\
echo "$@" >> $HERE/orders
if [ $1 = install ]; then cp $HERE/true $HERE/chromium; cp $HERE/true $HERE/pdftoppm; fi
"""
INSTALL = "install -y --no-install-recommends"
BY_HAND = f"As root: apt-get update && apt-get {INSTALL}"
PANGO = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class Machine:
    """A folder of commands, all that this machine has; ``apt-get`` brings a browser and Poppler."""

    def __init__(self, folder: Path, user: int) -> None:
        self.folder = folder
        for name in ("python3", "true", "qpdf", "openssl"):
            self.has(name, "")
        self.has("id", f"echo {user}")
        self.has("apt-get", APT_GET)
        for name in ("env", "cp"):
            (folder / name).symlink_to(f"/usr/bin/{name}")

    def has(self, name: str, script: str) -> None:
        """Give the machine a command."""
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)

    def asked(self, goal: str, expect: int = 0) -> str:
        """Ask whether the machine has what a goal needs, and return what it says."""
        done = subprocess.run(
            ["/bin/sh", CHECKOUT / ".ci" / "system", goal],
            env={"PATH": str(self.folder), "HERE": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def orders(self) -> list[str]:
        """What apt-get was told to do."""
        path = self.folder / "orders"
        return path.read_text().splitlines() if path.exists() else []


def test_root_gets_what_is_missing_and_hears_why_and_then_nothing_more(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=0)
    orders = ["update -qq", f"{INSTALL} chromium poppler-utils -qq"]

    assert machine.asked("test") == (
        "installing Debian packages for tests of screens, tests of PDFs: chromium poppler-utils\n"
    )
    assert machine.orders == orders
    assert machine.asked("test") == ""
    assert machine.orders == orders


def test_a_demonstration_needs_no_browser(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=1000)
    assert machine.asked("demo") == ""
    machine.has("python3", "case $2 in *CDLL*) exit 1;; esac")
    assert machine.asked("demo", expect=1) == (
        f"Debian packages are missing for PDF reports. {BY_HAND} {PANGO}\n"
    )
    assert machine.orders == []


def test_sudo_without_a_password_will_do(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=1000)
    machine.has("sudo", '[ $1 = -n ] && shift && exec "$@"')
    machine.asked("test")
    assert machine.orders[-1] == f"{INSTALL} chromium poppler-utils -qq"


def test_with_a_password_the_one_command_is_named_and_nothing_installed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=1000)
    machine.has("sudo", "echo a password is required >&2; exit 1")
    assert machine.asked("test", expect=1) == (
        "Debian packages are missing for tests of screens, tests of PDFs. "
        f"{BY_HAND} chromium poppler-utils\n"
    )
    assert machine.orders == []


def test_what_an_install_did_not_bring_is_named(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=0)
    machine.has("python3", "case $2 in *ensurepip*) exit 1;; esac")
    assert "expected python3-venv to be there after: apt-get" in machine.asked("demo", expect=1)


def test_an_old_python_is_refused_before_anything_is_installed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, user=0)
    machine.has("python3", "case $2 in *version_info*) exit 1;; esac")
    assert "expected Python 3.11 or later" in machine.asked("test", expect=1)
    assert machine.orders == []
