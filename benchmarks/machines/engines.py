"""One engine that spreads tasks over processes, given the tasks that this product has.

``python -m benchmarks.machines.engines ENGINE LAKE_ROOT`` judges hours of a lake by rules, each
hour and rule one task: a pure function of the lake, without a shuffle. It prints as JSON how long
the engine took to start, for the tasks and for empty ones, and a digest of all verdicts.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from benchmarks.recipes import OPENED

WORKERS = 2
RULES = ("fleeting_orders", "layering", "quote_stuffing", "circular_trades")
HOURS = 3
EMPTY = 200


class Task(NamedTuple):
    """An hour of a lake to be judged by one rule, or nothing at all."""

    root: str
    hour: int
    rule: str


Spread: TypeAlias = Callable[[Sequence[Task]], list[str]]


def judged(task: Task) -> str:
    """Judge one hour by one rule; return the digest of its verdict."""
    if not task.rule:
        return ""
    from surveillance.activity.lake import Lake
    from surveillance.detection import anomaly, feature_file
    from surveillance.detection.detect import detect
    from surveillance.model import Window
    from surveillance.proof.runs import verdicts_digest
    from surveillance.rules.book import Rulebook, load_rule

    start = OPENED + timedelta(hours=task.hour)
    window = Window(start, start + timedelta(hours=1))
    rules = Path(__file__).parents[2] / "rules"
    book = Rulebook({task.rule: load_rule(rules, task.rule)})
    models = anomaly.Models(feature_file.load(rules / "features.yml"))
    as_of = datetime.max.replace(tzinfo=OPENED.tzinfo)
    with Lake(Path(task.root)).view(window.back_to(book.reach), as_of, None, 1) as view:
        peers = models.peers(view)
        return verdicts_digest(detect(book, view, window, peers, models.judge(peers)))


@contextmanager
def _pool() -> Iterator[Spread]:
    with ProcessPoolExecutor(WORKERS) as pool:
        yield lambda tasks: list(pool.map(judged, tasks))


@contextmanager
def _dask() -> Iterator[Spread]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield lambda tasks: list(client.gather(client.map(judged, tasks, pure=False)))


@contextmanager
def _ray() -> Iterator[Spread]:
    import ray

    ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False)
    remote = ray.remote(judged)
    yield lambda tasks: list(ray.get([remote.remote(task) for task in tasks]))
    ray.shutdown()


@contextmanager
def _spark() -> Iterator[Spread]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = SparkSession.builder.master(f"local[{WORKERS}]").getOrCreate()
    context = session.sparkContext
    yield lambda tasks: list(context.parallelize(tasks, len(tasks)).map(judged).collect())
    session.stop()


ENGINES = {"concurrent.futures": _pool, "dask": _dask, "ray": _ray, "pyspark": _spark}


def main() -> None:
    """Start an engine, spread the tasks, and print what it took."""
    name, root = sys.argv[1:]
    tasks = [Task(root, hour, rule) for rule in RULES for hour in range(HOURS)]
    began = time.perf_counter()
    with ENGINES[name]() as spread:
        spread([Task("", 0, "")] * WORKERS)
        ready, cpu = time.perf_counter(), _cpu()
        digests = spread(tasks)
        done, cpu_done = time.perf_counter(), _cpu()
        spread([Task("", 0, "")] * EMPTY)
        told: dict[str, Any] = {
            "version": "" if name == "concurrent.futures" else version(name),
            "start": {"wall": ready - began, "cpu": cpu, "mib": _mib()},
            "tasks": {"wall": done - ready, "cpu": cpu_done - cpu, "count": len(tasks)},
            "empty_ms": {
                "wall": (time.perf_counter() - done) / EMPTY * 1000,
                "cpu": (_cpu() - cpu_done) / EMPTY * 1000,
            },
            "digest": hashlib.sha256("".join(digests).encode()).hexdigest()[:16],
        }
    sys.stdout.write(json.dumps(told))


def _processes() -> list[int]:
    """Return this process and all below it."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_stat(int(folder.name))[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [os.getpid()]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def _stat(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()


def _cpu() -> float:
    """Return the CPU seconds of this process and all below it, those that have ended too."""
    ticks = sum(sum(map(int, _stat(each)[11:15])) for each in _processes())
    return ticks / os.sysconf("SC_CLK_TCK")


def _mib() -> float:
    pages = sum(int(_stat(each)[21]) for each in _processes())
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
