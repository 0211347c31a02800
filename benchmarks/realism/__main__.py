"""The command that writes the page and its pictures."""

import argparse
import time
from pathlib import Path

from benchmarks.realism import page, recorded, simulated
from benchmarks.stamp import stamp
from surveillance.simulation.settings import SimulationSettings

HERE = Path(__file__).parent


def main() -> None:
    """Read both recordings, simulate the shipped week, and write the page beside this file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.realism", description=__doc__)
    parser.add_argument("--bitstamp", type=Path, required=True, help="folder of the orders")
    parser.add_argument("--binance", type=Path, required=True, help="folder of the feed")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to")
    asked = parser.parse_args()
    began = time.process_time()
    simulation = simulated.honest(SimulationSettings())
    seconds = time.process_time() - began
    flows = [
        simulated.flow(simulation, "BTC-PERP", "simulated BTC-PERP"),
        simulated.flow(simulation, "DRIFT-PERP", "simulated DRIFT-PERP"),
        recorded.bitstamp(asked.bitstamp),
        recorded.binance(asked.binance),
    ]
    for file, picture in page.pictures(flows).items():
        (asked.out / file).write_text(picture, encoding="utf-8")
    text = page.written(flows, simulation.during["orders"].num_rows, seconds, stamp())
    (asked.out / "README.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
