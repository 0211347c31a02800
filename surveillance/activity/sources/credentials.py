"""Credentials that customers presented: checked while they are read, and only digests land.

One file of JSON lines holds what was presented: ``ts``, ``trader_id``, ``kind``, ``nonce`` and
``presentation``, an SD-JWT VC; keys of issuers and status lists lie beside it. What a credential
says never gets into the lake, nor into quarantine: a line that cannot be read is set aside by its
number. A presentation whose nonce was taken before is reused: who sends it need not be its holder.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from surveillance.activity.batch import ORIGIN, Batch, Landed, never
from surveillance.activity.catalogue import TABLES
from surveillance.activity.venue import Venue
from surveillance.activity.venue.raw import files_of
from surveillance.canonical import digest
from surveillance.credentials.check import Checked, Known, check
from surveillance.credentials.status import State
from surveillance.errors import SourceAbort, SurveillanceError
from surveillance.model import Window
from surveillance.times import parse_time
from surveillance.yamlfile import Part

_TABLE = "kyc_credentials"


class Keys(Part):
    """What to read, and what to check it against."""

    presentations: str
    """Pattern of the files of what was presented, JSON lines."""
    issuers: str
    """File of the issuers that are trusted: a JSON object of issuer to JWK Set."""
    statuses: str | None = None
    """File of status list tokens: a JSON object of address to token."""
    audience: str
    """What the venue calls itself when it asks for a proof."""


def pull(venue: Venue, window: Window | None = None, landed: Landed = never) -> Iterator[Batch]:
    """Yield the checks of what was presented, one batch a file.

    Raises:
        SourceAbort: a file is not there, or keys cannot be read.
    """
    keys = venue.settings(Keys)
    known = Known(
        issuers=_issuers(venue.folder / keys.issuers),
        statuses=_object(venue.folder / keys.statuses) if keys.statuses else {},
        audience=keys.audience,
    )
    taken: set[str] = set()
    for path in files_of(venue.folder, keys.presentations):
        yield _batch(venue, path, known, window, taken)


def _batch(venue: Venue, path: Path, known: Known, window: Window | None, taken: set[str]) -> Batch:
    body = path.read_bytes()
    rows: list[dict[str, Any]] = []
    faults: list[dict[str, str]] = []
    for number, line in enumerate(body.decode("utf-8", "replace").splitlines(), 1):
        origin = f"{path.name}:{number}"
        try:
            row = _row(json.loads(line), known, taken)
        except (ValueError, KeyError, TypeError, SurveillanceError):
            reason = "expected ts, trader_id, nonce and presentation, was another line"
            faults.append({"reason": reason, "row": "not kept", ORIGIN: origin})
            continue
        if window is None or window.start <= row["ts"] < window.end:
            rows.append({**row, ORIGIN: origin})
    statuses = sorted(sha256(each.encode()).hexdigest() for each in known.statuses.values())
    name = digest([venue.text, path.name, sha256(body).hexdigest(), statuses])
    lines = pa.Table.from_pylist(faults, schema=_FAULTS)
    return Batch(
        venue.name,
        name,
        {_TABLE: _arrow(rows)} if rows else {},
        {"presentations": lines} if faults else {},
    )


_FAULTS = pa.schema({name: pa.string() for name in ("reason", "row", ORIGIN)})


def _row(line: dict[str, Any], known: Known, taken: set[str]) -> dict[str, Any]:
    at, nonce = parse_time(line["ts"]), str(line["nonce"])
    checked = check(str(line["presentation"]), nonce, known, at.timestamp())
    state = _once(checked, nonce, taken)
    until = checked.valid_until
    return {
        "ts": at,
        "trader_id": str(line["trader_id"]),
        "credential_id": checked.credential_id,
        "issuer": checked.issuer or None,
        "kind": str(line.get("kind") or "identity"),
        "valid_until": None if until is None else datetime.fromtimestamp(until, UTC),
        "status": state.value,
        "nullifier": checked.nullifier or None,
    }


def _once(checked: Checked, nonce: str, taken: set[str]) -> State:
    used = sha256(nonce.encode()).hexdigest()
    is_again = used in taken
    taken.add(used)
    return State.REUSED if is_again and checked.state is State.VALID else checked.state


def _arrow(rows: list[dict[str, Any]]) -> pa.Table:
    kinds = {"TIMESTAMP": pa.timestamp("us", tz="UTC")}
    columns = {name: kinds.get(kind, pa.string()) for name, kind in TABLES[_TABLE].schema.items()}
    return pa.Table.from_pylist(rows, schema=pa.schema({**columns, ORIGIN: pa.string()}))


def _issuers(path: Path) -> dict[str, KeySet]:
    try:
        return {name: KeySet.import_key_set(keys) for name, keys in _object(path).items()}
    except (JoseError, ValueError, TypeError, KeyError):
        raise SourceAbort(f"expected a JWK Set for each issuer in {path}, was another") from None


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as wrong:
        raise SourceAbort(f"expected a JSON object in {path}, was: {wrong}") from None
    if not isinstance(found, dict):
        raise SourceAbort(f"expected a JSON object in {path}, was another value")
    return found
