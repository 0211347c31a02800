"""The command that puts the tasks to every engine, simulates a day, and writes the page.

``python -m benchmarks.machines --lake 1M``; engines that are not installed are left out. What a
message costs is taken from the page of the benchmark; ``--costs`` takes it anew, and nothing else.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import activity, machine
from benchmarks.__main__ import WORK
from benchmarks.machines import page
from benchmarks.machines.engines import ENGINES
from benchmarks.plan import KEPT, MADE
from benchmarks.stamp import stamp

HERE = Path(__file__).parent
_DAY = "10M"
_FROM = {
    "landing": "[landing](../README.md#landing), 50M",
    "facts": f"[rulebook](../README.md#the-shipped-rulebook), {_DAY}",
}


def main() -> None:
    """Measure, and write ``results.json`` and ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machines", description=__doc__)
    parser.add_argument("--lake", default="1M", help="which lake: %(default)s")
    parser.add_argument("--work", type=Path, default=WORK, help="folder of lakes: %(default)s")
    parser.add_argument("--python", default=sys.executable, help="Python that has the engines")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    parser.add_argument("--costs", action="store_true", help="measure no engine again")
    asked = parser.parse_args()
    results = _known() if asked.costs else _measured(asked)
    results |= {"costs": _costs(), "from": _FROM}
    text = json.dumps(results, indent=1, sort_keys=True)
    (asked.out / "results.json").write_text(text + "\n", encoding="utf-8")
    (asked.out / "README.md").write_text(page.written(results), encoding="utf-8")


def _known() -> dict[str, Any]:
    known: dict[str, Any] = json.loads((HERE / "results.json").read_text(encoding="utf-8"))
    return known


def _measured(asked: argparse.Namespace) -> dict[str, Any]:
    before = os.getloadavg()[0]
    root = activity.lake(asked.work, asked.lake) / "lake"
    told = {name: _told(asked.python, name, root) for name in ENGINES}
    return {
        "command": f"python -m benchmarks.machines --lake {asked.lake}",
        "stamp": stamp(),
        "machine": machine.described(),
        "load": [before, os.getloadavg()[0]],
        "engines": {name: each for name, each in told.items() if each},
    }


def _told(python: str, engine: str, root: Path) -> dict[str, Any]:
    """Return what an engine took, nothing where it is not installed."""
    done = subprocess.run(  # noqa: S603
        [python, "-m", "benchmarks.machines.engines", engine, str(root)],
        cwd=HERE.parents[1], capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(HERE.parents[1]), "RAY_USAGE_STATS_ENABLED": "0"},
    )  # fmt: skip
    if "ModuleNotFoundError" in done.stderr:
        return {}
    if done.returncode:
        raise SystemExit(f"expected {engine} to end well, was: {done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _costs() -> dict[str, float]:
    """Return what landing and making facts of a million messages costs, and judging them."""
    known = json.loads((HERE.parent / "results.json").read_text(encoding="utf-8"))
    landed, day = known["lakes"]["50M"], known["lakes"][_DAY]["rows"]["orders"] / 1e6
    made, kept = (known["cases"][f"rulebook/one/{_DAY}/{way}"]["cpu"] for way in (MADE, KEPT))
    return {
        "landing": landed["cpu_s"] / landed["rows"]["orders"] * 1e6,
        "facts": (made - kept) / day,
        "rules": kept,
    }


if __name__ == "__main__":
    main()
