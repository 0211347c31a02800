"""Ticks in one process, as the scheduler makes them: prints the CPU seconds of each as JSON.

``python -m benchmarks.commands.tick HOME [PASSED]``, whose days must have been judged: a quarter
hour in which everything was filed before is quiet, whatever happened in it. ``PASSED`` quarter
hours were judged by a process before.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from surveillance import pipeline
from surveillance.config import load_settings
from surveillance.installation import open_installation
from surveillance.model import Window

_TICKS = 3
_QUARTER = timedelta(minutes=15)
_BEFORE_THE_END = timedelta(hours=20)


def main() -> None:
    """Judge quarter hours of the last day of activity, one after another."""
    place = open_installation(load_settings(Path(sys.argv[1])))
    landed = place.lake.span()
    if landed is None:
        raise SystemExit("expected an installation with activity, was one without")
    hour = (landed.end - _BEFORE_THE_END).replace(minute=0, second=0, microsecond=0)
    passed, seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 0, []
    for number in range(_TICKS):
        start = hour + (passed + number) * _QUARTER
        now, began = datetime.now(UTC), time.process_time()
        pipeline.run(place, Window(start, start + _QUARTER), now, now)
        seconds.append(time.process_time() - began)
    sys.stdout.write(json.dumps(seconds))


if __name__ == "__main__":
    main()
