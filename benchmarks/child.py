"""One measured thing in a process of its own: ``python -m benchmarks.child``, the job on its input.

What a job needs beforehand, such as its libraries and the text of its rules, is made ready first;
the clock of the process tells that apart from the work, and both are reported.
"""

import importlib
import json
import resource
import sys
import time
from typing import Any


def main() -> None:
    """Do the job, and write what came of it as JSON."""
    job: dict[str, Any] = json.load(sys.stdin)
    if job.get("memory"):
        resource.setrlimit(resource.RLIMIT_AS, (job["memory"], job["memory"]))
    work = importlib.import_module(f"benchmarks.{job['module']}").ready(job)
    start = time.process_time()
    answer = work()
    json.dump({"start": start, **answer}, sys.stdout)


if __name__ == "__main__":
    main()
