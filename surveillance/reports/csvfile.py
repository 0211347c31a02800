"""Evidence rows as CSV, for whoever opens a report in a spreadsheet; evidence.json is exact.

Clients choose texts such as the id of an order. One that a spreadsheet would run as a formula gets
an apostrophe before it; numbers stay as they are.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence

from surveillance.reports.exhibits import columns_of

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def written(table: str, rows: Sequence[Mapping[str, str | None]]) -> bytes:
    """Return rows of a table as CSV with a heading, columns as the catalogue orders them."""
    columns = columns_of(table, rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe(row.get(name) or "") for name in columns] for row in rows)
    return text.getvalue().encode()


def safe(value: str) -> str:
    """Return a cell that no spreadsheet runs."""
    is_formula = _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return f"'{value}" if is_formula else value
