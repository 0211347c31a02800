"""The desk of screening: what waits for a decision, and an officer's decision on it.

A decision is written into the journal first and lands in the lake from there, as every other row
that rules read: so a run pins it, a replay sees what was decided by then, and one that was cut
short between the two lands when anybody decides next.
"""

from datetime import datetime
from typing import Any

import pyarrow as pa
from sqlmodel import Session

from surveillance import pipeline
from surveillance.activity.batch import Batch
from surveillance.activity.catalogue import TABLES
from surveillance.activity.facts import typed
from surveillance.canonical import digest
from surveillance.customers.identity import shown_window
from surveillance.customers.lists import ListMatch, ScreeningFile, screening_file
from surveillance.errors import CaseError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records import journal
from surveillance.records.permissions import WORKERS
from surveillance.records.tables import Officer
from surveillance.screening.screen import ALGORITHM
from surveillance.times import format_time, parse_time

VERB = "screen"
DECISIONS = {"true": "same_person", "false": "false_hit"}
"""What an officer says of a match, and the catalogue's word for it."""
_SHORTEST = 8


def desk(place: Installation, at: datetime) -> ScreeningFile:
    """Return what screening found of everybody since thirty days before the last activity."""
    since = shown_window(place, None, at).start
    with place.lake.view(Window(since, at), at, None, place.settings.threads) as view:
        return screening_file(view)


def decide(
    place: Installation,
    trader_id: str,
    pair: str,
    officer: Officer,
    *,
    decision: str,
    reason: str,
    at: datetime,
) -> ListMatch:
    """Decide whether a party of an account is who stands on a list, and return the match.

    ``pair`` is the digest of the match or its beginning, ``decision`` "true" or "false".

    Raises:
        CaseError: the role does not allow it, there is no such match, or no reason.
    """
    officer.require(*WORKERS)
    journal.require_text(reason, "reason")
    if decision not in DECISIONS:
        raise CaseError(f"expected true or false, was {decision!r}")
    match = _match(desk(place, at), trader_id, pair)
    detail = {
        "at": format_time(at),
        "trader_id": trader_id,
        "pair": match.row["pair"],
        "list": match.row["list"],
        "entry_id": match.row["entry_id"],
        "algorithm": ALGORITHM,
        "decision": DECISIONS[decision],
        "officer": officer.id,
        "reason": reason,
    }
    with place.session() as session:
        journal.append(session, officer.id, VERB, f"trader:{trader_id}", detail, at=at)
    land(place, at)
    return match


def _match(file: ScreeningFile, trader_id: str, pair: str) -> ListMatch:
    found = [
        match
        for match in file.matches
        if match.row["trader_id"] == trader_id
        and len(pair) >= _SHORTEST
        and match.row["pair"].startswith(pair)
    ]
    if len({match.row["pair"] for match in found}) != 1:
        raise CaseError(f"expected the pair of a match of {trader_id}, was {pair!r}")
    return found[0]


def land(place: Installation, at: datetime) -> None:
    """Land every decision of the journal that has not landed yet."""
    with place.session() as session:
        waiting = _waiting(session)
    for name, detail in waiting.items():
        landing = place.lake.land(Batch("screening", name, {TABLE: _row(detail)}), at)
        pipeline.journal_landing(place, landing, at)


TABLE = "screening_decisions"


def _waiting(session: Session) -> dict[str, dict[str, Any]]:
    landed = journal.subjects(session, "land")
    details = (detail for _, detail in journal.entries(session, VERB))
    named = {f"screening-{digest(detail)}": detail for detail in details}
    return {name: detail for name, detail in named.items() if f"batch:{name}" not in landed}


def _row(detail: dict[str, Any]) -> pa.Table:
    ts = parse_time(detail["at"]).replace(tzinfo=None)
    names = TABLES[TABLE].schema
    return typed(TABLES[TABLE], [{**{n: v for n, v in detail.items() if n in names}, "ts": ts}])
