"""The page on what commands cost: written from what was measured, and from nothing else."""

import json
from pathlib import Path

from benchmarks.commands import page

FOLDER = Path(page.__file__).parent


def test_the_page_is_what_the_results_say() -> None:
    results = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == page.written(results)


def test_an_aim_that_is_missed_is_said_to_be() -> None:
    results = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    seconds = {name: [9.0, 0.1 if name == "cases list" else 99.0] for name in page.AIMS}
    rows = page.written(results | {"seconds": seconds}).splitlines()
    assert "| cases list | 9.00 | 0.10 | ≤ 0.5 | yes |" in rows
    assert "| rules test spoofing | 9.00 | 99.00 | ≤ 1 | **no** |" in rows
    assert "| rules check | 9.00 | 99.00 | – | – |" in rows


def test_filing_is_measured_by_the_alert() -> None:
    results = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    filed = {"alerts": 200, "hits": 300, "dossiers": 1.0, "filing": 0.5, "bytes": 4_000_000}
    rows = page.written(results | {"filing": {"a week": filed | {"evidence": 0}}}).splitlines()
    assert "| a week | 200 | 1.5 | 5.0 | 2.5 | yes | 0.0 | 20.0 | **no** |" in rows
