"""Others doing the same, one module each: as their own manuals would have it written.

They import nothing of this product, and run in an environment of their own
(``benchmarks/requirements.lock``).
"""

import glob
from typing import Any


def files(job: dict[str, Any], table: str) -> list[str]:
    """Return the Parquet files of a table of the lake that a job is done on."""
    return sorted(glob.glob(f"{job['lake']}/{table}/*.parquet"))
