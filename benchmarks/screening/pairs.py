"""Labelled pairs of names: F1 of ours and of a peer on one half, thresholds fixed on the other."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from surveillance.screening.names import read
from surveillance.screening.screen import ALIKE
from surveillance.screening.similarity import compare

_RESAMPLES, _SEED = 10_000, 7
_THEIRS = 0.7
"""Threshold that OpenSanctions recommends."""


def measured(pairs: Path, peer: Path) -> dict[str, Any]:
    """Return F1 of both on the odd rows, and the interval of the difference.

    Even rows are the half on which thresholds are fixed: ours is the product's own, theirs the one
    they recommend, and the best of theirs there besides.
    """
    with pairs.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    true = np.array([row["is_match"] == "true" for row in rows])
    ours = np.array([_score(row) for row in rows])
    theirs = np.array(json.loads(peer.read_text(encoding="utf-8")))
    odd = np.arange(len(rows)) % 2 == 1
    best = max(np.unique(theirs).tolist(), key=lambda line: f1(theirs[~odd] >= line, true[~odd]))
    verdicts = {
        "ours": ours >= ALIKE,
        "theirs, as recommended": theirs >= _THEIRS,
        "theirs, at their best line of the tuning half": theirs >= best,
    }
    return {
        "pairs": len(rows),
        "lines": {"ours": ALIKE, "recommended": _THEIRS, "best": round(best, 3)},
        "f1": {
            name: {
                "tuning half": round(f1(said[~odd], true[~odd]), 3),
                "other half": round(f1(said[odd], true[odd]), 3),
                "whole": round(f1(said, true), 3),
            }
            for name, said in verdicts.items()
        },
        "ahead": {
            name: _ahead(verdicts["ours"][odd], said[odd], true[odd])
            for name, said in verdicts.items()
            if name != "ours"
        },
    }


def _score(row: dict[str, str]) -> float:
    is_company = row["schema"] != "Person"
    one, other = (read(row[side], is_company=is_company) for side in ("name1", "name2"))
    return compare(one, other).score


def f1(said: Any, true: Any) -> float:
    """Return the harmonic mean of precision and recall."""
    right = int((said & true).sum())
    return 2 * right / max(int(said.sum()) + int(true.sum()), 1)


def _ahead(ours: Any, theirs: Any, true: Any) -> list[float]:
    """Return the difference of F1 and its 95 % interval, pairs drawn again with both verdicts."""
    chance = np.random.default_rng(_SEED)
    draws = chance.integers(0, len(true), (_RESAMPLES, len(true)))
    gaps = [f1(ours[draw], true[draw]) - f1(theirs[draw], true[draw]) for draw in draws]
    low, high = np.percentile(gaps, [2.5, 97.5]).tolist()
    return [round(each, 3) for each in (f1(ours, true) - f1(theirs, true), low, high)]
