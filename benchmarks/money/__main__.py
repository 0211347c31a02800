"""``python -m benchmarks.money``: make a month of transfers, judge it, and write the page.

CPU seconds are of all threads together; each fact is made once, with all of its columns, and the
rules are then judged over what is there.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.machine import described
from benchmarks.money import page, transfers
from benchmarks.stamp import stamp
from surveillance.activity import facts, preparing
from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.activity.lake.view import View
from surveillance.detection import anomaly, feature_file
from surveillance.detection.detect import detect
from surveillance.model import ALERT_LINE, Window
from surveillance.rules.book import Rulebook, load_rulebook
from surveillance.rules.logic import Strange

HERE = Path(__file__).parent
_RULES = HERE.parents[1] / "rules"


def main() -> None:
    """Measure, and write ``results.json`` and ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.money", description=__doc__)
    parser.add_argument("--transfers", type=int, default=1_000_000)
    parser.add_argument("--accounts", type=int, default=50_000)
    parser.add_argument("--hub", type=int, default=100_000, help="transfers of one account")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    asked = parser.parse_args()
    sizes = {"transfers": asked.transfers, "accounts": asked.accounts, "hub": asked.hub}
    results = {
        "command": "python -m benchmarks.money",
        "stamp": stamp(),
        "machine": described(),
        "sizes": sizes,
        **_measured(**sizes),
    }
    (asked.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (asked.out / "README.md").write_text(page.written(results), encoding="utf-8")


def _measured(transfers: int, accounts: int, hub: int) -> dict[str, Any]:
    book, at = _book(), datetime(2099, 1, 1, tzinfo=UTC)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lake = Lake(Path(folder) / "lake")
        lake.land(Batch("money", "money", _tables(transfers, accounts, hub)), at)
        opened = _month()
        with lake.view(opened.back_to(book.reach), at) as view:
            made = list(_facts(view, book))
            return {"facts": made, "rules": list(_rules(view, book, opened))}


def _tables(count: int, people: int, hub: int) -> dict[str, Any]:
    moved = transfers.transfers(count, people, hub)
    return {
        "accounts": transfers.accounts(people),
        "kyc": transfers.identities(people),
        "transfers": moved,
        "address_labels": transfers.labels(moved),
    }


def _month() -> Window:
    """Return the window in which everything moved, and what rests on it is settled."""
    return Window(transfers.OPENED, transfers.OPENED + timedelta(days=transfers.DAYS + 14))


def _book() -> Rulebook:
    entries = load_rulebook(_RULES).entries.items()
    return Rulebook(
        {
            name: entry
            for name, entry in entries
            if entry.rule.risk == "kyc_aml" and not isinstance(entry.rule.detect, Strange)
        }
    )


def _facts(view: View, book: Rulebook) -> Iterator[dict[str, Any]]:
    """Make each fact that the rules read, and say what it cost."""
    wanted = sorted(set().union(*(entry.compiled.tables for entry in book.entries.values())))
    for name in facts.needed(wanted):
        began = time.process_time()
        preparing.prepare_one(view.connection, name, None, preparing.made(view.connection))
        seconds = time.process_time() - began
        (rows,) = view.connection.execute(f'select count(*) from "{name}"').fetchall()[0]
        if rows or seconds >= _SHOWN:
            yield {"name": name, "rows": rows, "seconds": round(seconds, 2)}


def _rules(view: View, book: Rulebook, window: Window) -> Iterator[dict[str, Any]]:
    """Judge by each rule over facts that are there, and say what it cost."""
    models = anomaly.Models(feature_file.load(_RULES / "features.yml"))
    peers = models.peers(view)
    for name, entry in book.entries.items():
        began = time.process_time()
        (verdict,) = detect(Rulebook({name: entry}), view, window, peers, models.judge(peers))
        seconds = time.process_time() - began
        alerts = sum(hit.score >= ALERT_LINE for hit in verdict.hits)
        yield {
            "name": name,
            "outcome": verdict.outcome.value,
            "hits": alerts,
            "seconds": round(seconds, 2),
        }


_SHOWN = 0.05
"""Seconds from which on a fact without rows is worth a line."""


if __name__ == "__main__":
    main()
