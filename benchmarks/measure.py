"""How a thing is measured: a process of its own, in turn with the others; the median counts.

CPU seconds are the user and system time of all threads of the finished process, as the operating
system counted them; memory is the most it held at once. What a process needed before the work
(its interpreter, libraries, the text of its rules) is set apart by the process itself.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

_PATIENCE = 5.0
"""Seconds of a run after which one is enough."""
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Case:
    """One thing to measure: what is asked, of whom, on which lake, and the job that says so."""

    task: str
    who: str
    lake: str
    pack: str
    python: Path
    job: Mapping[str, Any]
    seconds: float

    @property
    def key(self) -> str:
        """Name the case among all."""
        return f"{self.task}/{self.pack}/{self.lake}/{self.who}"


@dataclass(frozen=True)
class Finished:
    """One finished process: seconds, MiB, and its answer, or why it failed."""

    cpu: float
    wall: float
    memory: float
    answer: Mapping[str, Any]
    failed: str = ""


def measured(
    cases: Sequence[Case], warm: Mapping[str, Any], times: int, progress: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """Run cases in turn, A B C A B C, so often, and return for each what came of it.

    Of each kind one is run first with ``warm`` put into its job, a small lake, and not counted.
    A case that failed, or took long, is not run again, nor is one that rests on what it made.
    """
    for case in {_kind(case): case for case in cases}.values():
        progress(f"warming up {case.key}")
        run_once(replace(case, job={**case.job, **warm, "fresh": False, "keeps": False}))
    runs: dict[str, list[Finished]] = {case.key: [] for case in cases}
    loads: dict[str, float] = dict.fromkeys(runs, 0.0)
    for _ in range(times):
        was_made = True
        for case in cases:
            # What is kept is what was made just before, and no other rule's.
            was_made = was_made if _rests(case) else True
            if not was_made or any(run.failed or run.wall > _PATIENCE for run in runs[case.key]):
                was_made = False
                continue
            progress(case.key)
            loads[case.key] = max(loads[case.key], os.getloadavg()[0])
            runs[case.key].append(run_once(case))
    return {key: _summary(runs, loads[key]) for key, runs in runs.items()}


def _rests(case: Case) -> bool:
    """Tell whether a case rests on what the one before it has made."""
    return bool(case.job.get("keeps")) and not case.job.get("fresh")


def _kind(case: Case) -> tuple[object, ...]:
    return case.python, *(str(case.job.get(name)) for name in ("module", "engine", "do"))


def run_once(case: Case) -> Finished:
    """Run one case in a cold process."""
    if not case.python.exists():
        return Finished(0, 0, 0, {}, "not installed")
    with tempfile.TemporaryFile() as job, tempfile.TemporaryFile() as out, \
            tempfile.TemporaryFile() as err:  # fmt: skip
        job.write(json.dumps(case.job).encode())
        job.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [str(case.python), "-m", "benchmarks.child"],
            stdin=job, stdout=out, stderr=err, cwd=ROOT, env=_environment(),
        )  # fmt: skip
        late = threading.Timer(case.seconds, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        out.seek(0), err.seek(0)
        failed = _why(process.returncode, err.read().decode(errors="replace"), wall, case.seconds)
        answer = {} if failed else json.loads(out.read())
        return Finished(
            usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, answer, failed
        )


def _environment() -> dict[str, str]:
    """Keep compiled modules even where this machine says not to; a first start is not measured."""
    inherited = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }
    compiled = str(Path(tempfile.gettempdir()) / "surveillance-benchmarks-compiled")
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": compiled,
        "PYTHONHASHSEED": "0",
    }


def _why(code: int, errors: str, wall: float, seconds: float) -> str:
    if code == 0:
        return ""
    if wall >= seconds:
        return f"not done in {seconds:.0f} s"
    if "ModuleNotFoundError" in errors:
        return "not installed"
    last = (errors.strip().splitlines() or [f"exit {code}"])[-1]
    out_of_memory = "MemoryError" in errors or "Out of Memory" in errors or code < 0
    return "out of memory" if out_of_memory else last[:160]


def _summary(runs: Sequence[Finished], load: float) -> dict[str, Any]:
    failed = next((run.failed for run in runs if run.failed), "")
    summary: dict[str, Any] = {"runs": len(runs), "load": round(load, 1)}
    if failed:
        return summary | {"failed": failed}
    answer = {key: value for key, value in runs[0].answer.items() if key != "start"}
    if any(run.answer.get("digest") != answer.get("digest") for run in runs):
        return summary | {"failed": "another digest the second time"}
    start = median(run.answer["start"] for run in runs)
    return summary | {
        "cpu": round(median(run.cpu - run.answer["start"] for run in runs), 3),
        "start": round(start, 3),
        "wall": round(median(run.wall for run in runs), 3),
        "memory": round(max(run.memory for run in runs), 1),
        **answer,
    }
