"""The command that measures screening and writes the page.

``python -m benchmarks.screening --pairs PAIRS.csv --peer scores.json --lists FOLDER``, where the
scores are those of ``benchmarks.screening.peer`` over the same pairs.
"""

import argparse
import json
from pathlib import Path

from benchmarks.screening import lists, page, pairs
from benchmarks.stamp import stamp

HERE = Path(__file__).parent


def main() -> None:
    """Measure, and write ``results.json`` and ``README.md`` beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screening", description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True, help="labelled pairs of names")
    parser.add_argument("--peer", type=Path, required=True, help="scores of the peer, in order")
    parser.add_argument("--lists", type=Path, required=True, help="folder of published lists")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to: %(default)s")
    given = parser.parse_args()
    results = {
        "command": "python -m benchmarks.screening",
        "stamp": stamp(),
        "pairs": pairs.measured(given.pairs, given.peer),
        "lists": lists.measured(HERE / "lists.yml", given.lists),
    }
    (given.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (given.out / "README.md").write_text(page.written(results), encoding="utf-8")


if __name__ == "__main__":
    main()
