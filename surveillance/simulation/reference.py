"""What is known before the span begins: accounts, identities, staff, terms, addresses; and the
calendar of settlements, funding times and news.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from surveillance.simulation.abuse.laundering import SANCTIONED
from surveillance.simulation.ledger import Ledger, exact, usd
from surveillance.simulation.people import Person
from surveillance.simulation.venue.events import PublicEvent
from surveillance.simulation.venue.market import Market
from surveillance.simulation.venue.money import (
    EXCHANGES,
    LISTED,
    MIXER,
    Till,
    address,
    listed_name,
)
from surveillance.simulation.venue.paths import STEP
from surveillance.simulation.venue.terms import UNIT
from surveillance.times import DAY, HOUR, MINUTE

_INACTIVE = 90
"""Days without an act after which the venue notes an account as asleep."""
_WORK = ("engineer", "teacher", "trader", "nurse", "clerk", "consultant", "driver", "retired")
_LIMITS = {"BTC": 500, "ETH": 1_000, "DRIFT": 1_500_000}
_VOLUMES = {"BTC": 1_000, "ETH": 20_000, "DRIFT": 15_000_000}
"""Contracts a day of a coin at a share of one."""
_DUTIES = {
    "client_orders positions": "sales desk",
    "accounts": "support",
    "transfers accounts": "operations",
    "": "research",
    "logs": "engineering",
    "listings": "listings",
    "margins": "risk",
    "rfqs": "blocks",
    "stops": "operations",
    "liquidations": "risk",
    "stops liquidations": "risk",
}


class _CalendarRow(NamedTuple):
    """One public event or appointment; times in microseconds since the start."""

    ts: int
    name: str
    kind: str
    instrument: str | None
    asset: str | None
    text: str | None
    known_at: int | None = None


def accounts(ledger: Ledger, people: list[Person]) -> pa.Table:
    """Write the accounts, each from the day it was opened, and from when it counts as asleep."""
    states = [(_opened(person), person) for person in people]
    states += [
        (_INACTIVE * DAY - person.asleep * DAY, person) for person in people if person.asleep
    ]
    whole = [person for _, person in states]
    others = {"linked_to": [person.linked for person in whole],
              "copies": [person.copies for person in whole]}  # fmt: skip
    return pa.table({
        "ts": ledger.times([ts for ts, _ in states]),
        "trader_id": pa.array([person.trader_id for person in whole]),
        "owner_id": pa.array([person.owner_id for person in whole]),
        "kind": pa.array([person.kind for person in whole]),
        "opened_at": ledger.times([_opened(person) for person in whole]),
        "last_active_at": ledger.times(
            [-person.asleep * DAY if ts > _opened(person) else None for ts, person in states]
        ),
        "country": pa.array([person.country for person in whole]),
        **{name: pa.array([None if other is None else people[other].trader_id
                           for other in whom], pa.string()) for name, whom in others.items()},
        "status": pa.array(["open"] * len(whole)),
    })  # fmt: skip


def _opened(person: Person) -> int:
    return HOUR * 9 - person.opened * DAY


def kyc(ledger: Ledger, people: list[Person], chance: np.random.Generator) -> pa.Table:
    """Write the identity of each holder, in neutral names; sub-accounts repeat their owner's."""
    owners = {person.owner: person for person in reversed(people)}
    holders = [owners[person.owner] for person in people]
    born = chance.integers(1955, 2005, len(people))
    work = chance.integers(0, len(_WORK), len(people))
    valid = chance.integers(120, 3000, len(people))
    income = [holder.earns or holder.income for holder in holders]
    return pa.table({
        "ts": ledger.times([HOUR * 9 - person.opened * DAY for person in people]),
        "trader_id": ledger.traders,
        "name": pa.array([holder.name for holder in holders]),
        "entity": pa.array(["legal" if holder.legal else "natural" for holder in holders]),
        "birth_date": pa.array(
            [None if holder.legal else f"{born[holder.number]}-{holder.owner % 12 + 1:02d}-15"
             for holder in holders], pa.string()
        ),
        "lei": pa.array(
            [f"SIMULATED{holder.owner:09d}{holder.owner % 97:02d}" if holder.legal else None
             for holder in holders], pa.string()
        ),
        "nationality": pa.array([holder.country for holder in holders]),
        "residence": pa.array([holder.country for holder in holders]),
        "occupation": pa.array(
            ["company" if holder.legal else _WORK[work[holder.number]] for holder in holders]
        ),
        "income": usd(income),
        "expected_volume": usd([each * 5 for each in income]),
        "tier": pa.array(["enhanced" if holder.legal else "standard" for holder in holders]),
        "status": pa.array(["verified"] * len(people)),
        "document_expires_at": ledger.times(
            [_document_days(holder, int(valid[holder.number])) * DAY for holder in holders]
        ),
        "risk_rating": pa.array(["medium" if holder.scale > 4 else "low" for holder in holders]),
    })  # fmt: skip


def _document_days(holder: Person, drawn: int) -> int:
    return drawn if holder.document_days is None else holder.document_days


def watchlist(ledger: Ledger, market: Market) -> pa.Table:
    """Write a simulated list of names that are plainly no people's, and its next version.

    The next version, on the second day, has one entry more.
    """
    entries = [(at, number, name) for at, count in ((-20 * DAY, LISTED - 1), (DAY, LISTED))
               for number, name in enumerate(map(listed_name, range(count)), 1)
               if at < market.end]  # fmt: skip
    return pa.table({
        "ts": ledger.times([at for at, _, _ in entries]),
        "list": pa.array(["simulated list"] * len(entries)),
        "entry_id": pa.array([f"SL{number:03d}" for _, number, _ in entries]),
        "name_id": pa.array([""] * len(entries)),
        "name": pa.array([name for _, _, name in entries]),
        "entity": pa.array(["natural"] * len(entries)),
        "country": pa.array([None] * len(entries), pa.string()),
    })  # fmt: skip


def credentials(ledger: Ledger, till: Till) -> pa.Table:
    """Write what checks of credentials said, in time order."""
    rows = sorted(till.checks)
    return pa.table({
        "ts": ledger.times([row.ts for row in rows]),
        "trader_id": pa.array([till.people[row.trader].trader_id for row in rows], pa.string()),
        "credential_id": pa.array([f"{row.trader:064x}" for row in rows], pa.string()),
        "issuer": pa.array(["simulated issuer"] * len(rows), pa.string()),
        "kind": pa.array(["identity"] * len(rows), pa.string()),
        "status": pa.array([row.status for row in rows], pa.string()),
    })  # fmt: skip


def staff(ledger: Ledger, people: list[Person]) -> pa.Table:
    """Write the employees who declared an account, or run one of the house's."""
    rows = [person for person in people if person.role in ("staff", "house") or person.access]
    return pa.table({
        "ts": ledger.times([-30 * DAY] * len(rows)),
        "employee_id": pa.array([f"EM{number + 1:03d}" for number, _ in enumerate(rows)]),
        "trader_id": pa.array([person.trader_id for person in rows]),
        "role": pa.array(["house desk" if person.role == "house"
                          else _DUTIES.get(person.access, "operations") for person in rows]),
        "access": pa.array([person.access for person in rows]),
    })  # fmt: skip


def instruments(ledger: Ledger, market: Market) -> pa.Table:
    """Write the terms of everything traded."""
    terms = market.instruments
    return pa.table({
        "ts": ledger.times([-60 * DAY] * len(terms)),
        "instrument": ledger.names,
        "kind": pa.array([row.kind for row in terms]),
        "underlying": pa.array([row.underlying for row in terms]),
        "quote": pa.array(["USD"] * len(terms)),
        "expires_at": pa.array(
            [row.expires_at and row.expires_at.replace(tzinfo=None) for row in terms],
            pa.timestamp("us"),
        ),
        "strike": exact([row.strike for row in terms], UNIT),
        "option_kind": pa.array([row.right for row in terms], pa.string()),
        "settlement": pa.array(["linear"] * len(terms)),
        "multiplier": exact([1] * len(terms), UNIT),
        "tick": exact([row.tick for row in terms], 1),
        "lot": exact([row.lot for row in terms], 1),
        "position_limit": exact([_LIMITS[row.underlying] for row in terms], UNIT),
        "daily_volume": exact([_VOLUMES[row.underlying] * round(row.share * 1000) for row in terms],
                              UNIT // 1000),
    })  # fmt: skip


def address_labels(ledger: Ledger, people: list[Person]) -> pa.Table:
    """Write what is known of addresses: a simulated list, and whose the hosted ones are."""
    rows = [(place, "sanctioned", "simulated list", "Listed party") for place in SANCTIONED]
    rows.append((MIXER, "mixer", "simulated analytics", "Mixing service"))
    for name in EXCHANGES:
        rows += [(address("hosted", name, person.owner), "exchange", "simulated analytics", name)
                 for person in people if person.linked is None]  # fmt: skip
    places, category, source, entity = (list(column) for column in zip(*rows, strict=True))
    return pa.table({
        "ts": ledger.times([-20 * DAY] * len(rows)),
        "address": pa.array(places),
        "category": pa.array(category),
        "source": pa.array(source),
        "entity": pa.array(entity),
        "confidence": exact([1] * len(rows), UNIT),
    })  # fmt: skip


def events(ledger: Ledger, market: Market) -> pa.Table:
    """Write the calendar of the span, in time order."""
    rows = [*_appointments(market), *map(_announced, market.events)]
    rows.sort(key=lambda row: (row.ts, row.name))
    begins = market.settings.opens
    ids = [f"{row.name}-{begins + timedelta(microseconds=row.ts):%Y%m%dT%H%M}" for row in rows]
    return pa.table({
        "ts": ledger.times([row.ts for row in rows]),
        "event_id": pa.array(ids),
        "kind": pa.array([row.kind for row in rows]),
        "instrument": pa.array([row.instrument for row in rows], pa.string()),
        "asset": pa.array([row.asset for row in rows], pa.string()),
        "known_at": ledger.times([row.known_at for row in rows]),
        "text": pa.array([row.text for row in rows], pa.string()),
    })  # fmt: skip


def _announced(event: PublicEvent) -> _CalendarRow:
    name = f"{event.kind}-{event.asset or event.instrument}"
    return _CalendarRow(
        event.ts, name, event.kind, event.instrument, event.asset, event.text, event.known_at
    )


def _appointments(market: Market) -> Iterator[_CalendarRow]:
    """Yield settlements, funding times and fixings: what everybody knows long before."""
    for terms in market.instruments:
        what, last = (terms.name, terms.underlying), terms.expires or market.end
        settlement, funding = f"settlement-{terms.name}", f"funding-{terms.name}"
        if terms.kind in ("perpetual", "future"):
            for at in range(8 * HOUR, min(market.end, last), DAY):
                yield _CalendarRow(at, settlement, "settlement", *what, "Daily settlement")
        if terms.kind == "perpetual":
            for at in range(0, market.end, 8 * HOUR):
                yield _CalendarRow(at, funding, "funding", *what, "Funding time")
        if terms.expires == market.expiry:
            steps = slice((last - 30 * MINUTE) // STEP, last // STEP)
            price = float(market.index[terms.underlying][steps].mean())
            yield _CalendarRow(last, settlement, "settlement", *what, f"Expiry at {price:.2f}")
    for asset in ("BTC", "ETH"):
        for at in range(16 * HOUR, market.end, DAY):
            yield _CalendarRow(at, f"fixing-{asset}", "fixing", None, asset, "Daily fixing")
