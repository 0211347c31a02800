"""The command that measures everyday commands and writes the page.

``python -m benchmarks.commands --home HOME`` takes an installation that ``surveillance demo`` has
made, and leaves it as it is; without one it makes one first.
"""

import argparse
import compileall
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import machine
from benchmarks.commands import page
from surveillance import software
from surveillance.config import Settings
from surveillance.studies.measure.week import rulebook_digest

HERE = Path(__file__).parent
_VENUE = """venue: two-trades
source: files
files: {executions: {glob: "trades.csv", format: csv}}
tables:
  trades: |
    select cast(at as timestamp) as ts, _line as seq, trade_id, instrument, price, quantity,
      buyer as buyer_id, seller as seller_id
    from executions
"""
_SENDERS = 500
_MANY = """venue: many-senders
source: files
files:
  sent: {glob: "sent.csv", format: csv}
  listed: {glob: "listed.csv", format: csv}
tables:
  transfers: |
    select cast(at as timestamp) as ts, _line as seq, transfer_id, trader_id, 'out' as direction,
      'USDT' as asset, 5000 as amount, 5000 as usd, address
    from sent
  address_labels: |
    select cast(at as timestamp) as ts, address, 'sanctioned' as category, 'OFAC' as source
    from listed
"""
_TRADES = """at,trade_id,instrument,price,quantity,buyer,seller
2026-03-02 10:00:00,T1,BTC-PERP,50000,0.5,A,B
2026-03-02 10:05:00,T2,BTC-PERP,50010,0.25,B,A
"""


def main() -> None:
    """Measure, and write ``results.json`` and ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commands", description=__doc__)
    parser.add_argument("--home", type=Path, help="a home that the demonstration made")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    given = parser.parse_args()
    before = os.getloadavg()[0]
    with TemporaryDirectory(prefix="commands-") as scratch:
        measure = _Measure(Path(scratch), given.home)
        seconds, filing = measure.all(), measure.filing()
    results = {
        "command": "python -m benchmarks.commands",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "code": software.code(),
        "rules": rulebook_digest(Settings().rules),
        "machine": machine.described(),
        "load": [before, os.getloadavg()[0]],
        "seconds": seconds,
        "filing": filing,
    }
    text = json.dumps(results, indent=1, sort_keys=True)
    (given.out / "results.json").write_text(text + "\n", encoding="utf-8")
    (given.out / "README.md").write_text(page.written(results), encoding="utf-8")


class _Measure:
    """Commands on copies of homes in a scratch folder, with a cache that is theirs alone."""

    def __init__(self, scratch: Path, home: Path | None) -> None:
        self.scratch, self.cache = scratch, scratch / "cache"
        self.home = scratch / "week"
        # As it is installed: modules are compiled once, whatever the environment says of that.
        compileall.compile_dir(HERE.parents[1] / "surveillance", quiet=1)
        if home is None:
            self._spent("surveillance", "--home", self.home, "demo")
        else:
            shutil.copytree(home, self.home)

    def all(self) -> dict[str, list[float]]:
        """Return the CPU seconds of each command: the first time, and again."""
        week = ("surveillance", "--home", self.home)
        return {
            "rules check": self._twice(lambda: self._spent("surveillance", "rules", "check")),
            "rules test spoofing": self._twice(
                lambda: self._spent("surveillance", "rules", "test", "spoofing")
            ),
            "rules list": self._twice(lambda: self._spent(*week, "rules", "list")),
            "cases list": self._twice(lambda: self._spent(*week, "cases", "list")),
            "run, two trades": self._twice(self._two_trades),
            **self._ticks(),
        }

    def filing(self) -> dict[str, dict[str, float]]:
        """Return what filing costs: the demonstration's week, and many alerts of one rule."""
        return {
            "the demonstration": self._filed(self.home),
            "one rule": self._filed(self._many_senders()),
        }

    def _filed(self, home: Path) -> dict[str, float]:
        filed: dict[str, float] = json.loads(self._run("benchmarks.commands.filing", home))
        return filed

    def _many_senders(self) -> Path:
        """Return a home of many traders, each of whom pays to one sanctioned address once."""
        sent = [
            f"2026-03-02 {10 + n // 60:02}:{n % 60:02}:00,X{n},P{n},0xbad\n"
            for n in range(_SENDERS)
        ]
        return self._pulled(
            "many",
            {
                "venue.yml": _MANY,
                "sent.csv": "at,transfer_id,trader_id,address\n" + "".join(sent),
                "listed.csv": "at,address\n2026-01-01 00:00:00,0xbad\n",
            },
        )

    def _twice(self, measured: Callable[[], float]) -> list[float]:
        shutil.rmtree(self.cache, ignore_errors=True)
        return [measured(), measured()]

    def _two_trades(self) -> float:
        home = self._pulled("two", {"venue.yml": _VENUE, "trades.csv": _TRADES})
        return self._spent("surveillance", "--home", home, "run")

    def _pulled(self, name: str, files: dict[str, str]) -> Path:
        """Return a home into which files of a venue were pulled."""
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for file, content in files.items():
            (folder / file).write_text(content, encoding="utf-8")
        home = folder / "home"
        pull = ("pull", folder / "venue.yml", "--folder", folder)
        self._spent("surveillance", "--home", home, *pull)
        return home

    def _ticks(self) -> dict[str, list[float]]:
        """Return ticks of a process with an empty cache, and the first of one after it."""
        shutil.rmtree(self.cache, ignore_errors=True)
        ticks = ("benchmarks.commands.tick", self.home)
        empty: list[float] = json.loads(self._run(*ticks))
        after: list[float] = json.loads(self._run(*ticks, len(empty)))
        return {
            "tick, the first of a process": [empty[0], after[0]],
            "tick, a quiet quarter hour": [empty[0], empty[-1]],
        }

    def _spent(self, *words: object) -> float:
        before = _used()
        self._run(*words)
        return _used() - before

    def _run(self, *words: object) -> Any:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", *map(str, words)],
            cwd=HERE.parents[1],
            env={**os.environ, "SURVEILLANCE_CACHE": str(self.cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"expected {words} to end well, was: {done.stdout}{done.stderr}")
        return done.stdout


def _used() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()
