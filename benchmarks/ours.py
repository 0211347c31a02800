"""What is measured of this product: a view of the lake is opened and judged, as in a run.

Facts are not kept, or made and kept (``keeps`` and ``fresh``), or there already (``keeps``); before
some a row lands late.
"""

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import costs
from benchmarks.hits import HOUR, HitRow, summary

_FIRES = 50


def ready(job: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Import what is needed, read the rules, and return the work."""
    import pandas  # noqa: F401 - Arrow imports it sooner or later; a peer's is not counted

    from surveillance.activity.lake import Lake
    from surveillance.detection.detect import detect
    from surveillance.model import Window
    from surveillance.proof import runs

    if job.get("fresh"):
        shutil.rmtree(Path(job["lake"]) / ".kept", ignore_errors=True)
    if job.get("late") == job["lake"]:
        _land_late(job)
    book, models = _book(job), _models(job)
    start, end, as_of = (datetime.fromisoformat(job[name]) for name in ("from", "to", "as_of"))
    window = Window(start, end)

    def work() -> dict[str, Any]:
        lake = Lake(Path(job["lake"]))
        back, keeps = window.back_to(book.reach), job.get("keeps", False)
        with costs.told() as spent, lake.view(back, as_of, None, keeps=keeps) as view:
            if job["do"] == "open":
                return {}
            if job["do"] == "run":
                return _whole(runs.judge(view, window, book, models).verdicts) | {"spent": spent}
            verdicts = detect(
                book, view, window, models.peers(view), models.judge(models.peers(view))
            )
        hits = summary([_hit_rows(verdict) for verdict in verdicts]) if "texts" in job else {}
        return _whole(verdicts) | hits | {"spent": spent}

    return work


def _land_late(job: dict[str, Any]) -> None:
    """Land an order that is nobody's and of which nothing follows, an hour before the end."""
    import pyarrow as pa

    from benchmarks.market import instrument_of
    from surveillance.activity.batch import Batch
    from surveillance.activity.lake import Lake

    at, name = datetime.fromisoformat(job["late_at"]), f"late{os.getpid()}"
    order = {
        "ts": at.replace(tzinfo=None), "seq": os.getpid(), "instrument": instrument_of(0),
        "trader_id": name, "order_id": name, "event": "new", "side": "buy", "type": "limit",
        "price": "1", "quantity": "1",
    }  # fmt: skip
    batch = Batch("late", name, {"orders": pa.Table.from_pylist([order])})
    Lake(Path(job["lake"])).land(batch, datetime.fromisoformat(job["as_of"]) - timedelta(days=1))


def _book(job: dict[str, Any]) -> Any:
    from surveillance.rules.book import Rulebook, load_rulebook, read_rulebook

    if "texts" in job:
        return read_rulebook(job["texts"])
    book = load_rulebook(Path(job["rules"]))
    kept = job.get("only") or list(book.entries)
    return Rulebook({name: book.entries[name] for name in kept})


def _models(job: dict[str, Any]) -> Any:
    from surveillance.detection import anomaly, feature_file

    definitions = feature_file.parse(Path("rules/features.yml").read_text(), "features.yml")
    kept = job.get("models")
    if not kept:
        return anomaly.Models(definitions)
    manifest = json.loads((Path(kept) / "models.json").read_text())
    return anomaly.load(manifest, lambda name: (Path(kept) / name).read_bytes())


def _hit_rows(verdict: Any) -> list[HitRow]:
    return [
        (
            hit.subject,
            hit.instrument or "",
            int(hit.at.timestamp()) * 1_000_000 // HOUR,
            [name for ids in hit.evidence.values() for name in ids],
        )
        for hit in verdict.hits
        if hit.score >= _FIRES
    ]


def _whole(verdicts: Any) -> dict[str, Any]:
    """Return the digest over all verdicts, and what each rule found."""
    from surveillance.proof.runs import verdicts_digest

    by_rule = {
        verdict.rule_id: {
            "outcome": verdict.outcome.value,
            "reason": verdict.reason,
            "subjects": sorted(
                {
                    name
                    for hit in verdict.hits
                    for name in (hit.owner_id, hit.trader_id)
                    if name and hit.score >= _FIRES
                }
            ),
        }
        for verdict in verdicts
    }
    total = sum(hit.score >= _FIRES for verdict in verdicts for hit in verdict.hits)
    return {"hits": total, "digest": verdicts_digest(verdicts)[:16], "verdicts": by_rule}


def fit(lake: Path, end: datetime, as_of: datetime, folder: Path) -> None:
    """Make segments and detectors once, on the last day, for runs to take as given."""
    from surveillance.activity.lake import Lake
    from surveillance.canonical import digest
    from surveillance.detection import anomaly, feature_file, segments
    from surveillance.model import Window
    from surveillance.rules.book import load_rulebook

    definitions = feature_file.load(Path("rules/features.yml"))
    definition = segments.load(Path("rules/segments.yml"))
    with Lake(lake).view(Window(end - timedelta(days=1), end), as_of) as view:
        model = anomaly.calibrate(view, definitions, definition, None)
        fitted = anomaly.fit(load_rulebook(Path("rules")), view, end, definitions, model)
    models = anomaly.Models(definitions, model, 1, fitted)
    folder.mkdir(parents=True, exist_ok=True)
    for _, body in models.artefacts():
        (folder / digest(body)).write_bytes(body)
    (folder / "models.json").write_text(json.dumps(models.pins()))
