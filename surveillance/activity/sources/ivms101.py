"""Travel rule messages: IVMS101 as JSON lines, checked while they are read.

A line has ``ts``, ``transfer_id``, ``trader_id`` and ``message``. What is of no such form lands as
a message that is not valid, for that is a finding; a line of no transfer goes to quarantine.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from surveillance.activity.batch import ORIGIN, Batch, Landed, never
from surveillance.activity.catalogue import TABLES
from surveillance.activity.venue import Venue
from surveillance.activity.venue.raw import files_of
from surveillance.canonical import digest
from surveillance.credentials import ivms101
from surveillance.errors import SurveillanceError
from surveillance.model import Window
from surveillance.times import parse_time
from surveillance.yamlfile import Part

_TABLE = "travel_rule_messages"
_FAULTS = pa.schema({name: pa.string() for name in ("reason", "row", ORIGIN)})


class Keys(Part):
    """What to read."""

    messages: str
    """Pattern of the files of messages, JSON lines."""


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield the messages, one batch a file.

    Raises:
        SourceAbort: there is no file.
    """
    for path in files_of(venue.folder, venue.settings(Keys).messages):
        yield _batch(venue, path, window)


def _batch(venue: Venue, path: Path, window: Window | None) -> Batch:
    body = path.read_bytes()
    rows: list[dict[str, Any]] = []
    faults: list[dict[str, str]] = []
    for number, line in enumerate(body.decode("utf-8", "replace").splitlines(), 1):
        origin = f"{path.name}:{number}"
        try:
            row = _row(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError, SurveillanceError):
            reason = "expected ts, transfer_id, trader_id and message, was another line"
            faults.append({"reason": reason, "row": line, ORIGIN: origin})
            continue
        if window is None or window.start <= row["ts"] < window.end:
            rows.append({**row, ORIGIN: origin})
    tables = {_TABLE: _arrow(rows)} if rows else {}
    lines = {"messages": pa.Table.from_pylist(faults, schema=_FAULTS)} if faults else {}
    return Batch(
        venue.name, digest([venue.text, path.name, sha256(body).hexdigest()]), tables, lines
    )


def _row(line: dict[str, Any]) -> dict[str, Any]:
    found = ivms101.read(line["message"])
    return {
        "ts": parse_time(line["ts"]),
        "transfer_id": str(line["transfer_id"]),
        "trader_id": str(line["trader_id"]),
        "is_valid": found.is_valid,
        "missing": ", ".join(found.missing) or None,
        "originator_name": found.originator or None,
        "beneficiary_name": found.beneficiary or None,
    }


def _arrow(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"TIMESTAMP": pa.timestamp("us", tz="UTC"), "BOOLEAN": pa.bool_()}
    columns = {name: kinds.get(kind, pa.string()) for name, kind in TABLES[_TABLE].schema.items()}
    return pa.Table.from_pylist(rows, schema=pa.schema({**columns, ORIGIN: pa.string()}))
