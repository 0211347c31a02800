"""OpenSanctions' matcher over labelled pairs: run in a venv that has nomenklatura.

``python -m benchmarks.screening.peer PAIRS.csv > scores.json`` writes a score a pair, in order.
"""

import csv
import json
import sys
from pathlib import Path

MATCHER = "logic-v2"


def main() -> None:
    """Write the scores of the pairs of a file."""
    from followthemoney import model
    from nomenklatura.matching import get_algorithm

    algorithm = get_algorithm(MATCHER)
    settings = algorithm.default_config()
    scores = []
    with Path(sys.argv[1]).open(encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file)):
            # What it knows of an entity is cached by its id, so each is another.
            sides = [
                model.get_proxy({"id": f"{side}-{number}", "schema": row["schema"],
                                 "properties": {"name": [row[side]]}})
                for side in ("name1", "name2")
            ]  # fmt: skip
            scores.append(algorithm.compare(*sides, settings).score)
    json.dump(scores, sys.stdout)


if __name__ == "__main__":
    main()
