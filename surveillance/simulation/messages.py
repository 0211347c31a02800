"""What institutions tell one another of a transfer, as the travel rule asks: payer and payee."""

from typing import NamedTuple

import pyarrow as pa

from surveillance.simulation.ledger import Ledger, in_time, named
from surveillance.simulation.venue.money import Message, Till, Transfer


class _Sent(NamedTuple):
    """A message about the transfer of one place, with the name of the customer in it."""

    ts: int
    place: int
    transfer: Transfer
    message: Message
    name: str


def travel_rule_messages(ledger: Ledger, till: Till) -> pa.Table:
    """Write the messages about all transfers from or to an institution, in time order."""
    rows = _sent(till)
    sides = {
        side: pa.array([row.name if row.transfer.direction == way else row.transfer.vasp
                        for row in rows], pa.string())
        for side, way in (("originator_name", "out"), ("beneficiary_name", "in"))
    }  # fmt: skip
    traders = [till.people[row.transfer.trader].trader_id for row in rows]
    return pa.table({
        "ts": ledger.times([row.ts for row in rows]),
        "transfer_id": named("TF", [row.place for row in rows]),
        "trader_id": pa.array(traders, pa.string()),
        "is_valid": pa.array([True] * len(rows)),
        "missing": pa.array([row.message.missing for row in rows], pa.string()),
        **sides,
    })  # fmt: skip


def _sent(till: Till) -> list[_Sent]:
    holders = {person.owner: person for person in reversed(till.people)}
    rows = []
    for place, number in enumerate(in_time(till), 1):
        transfer = till.rows[number]
        message = till.message(number)
        if message is not None:
            name = message.name or holders[till.people[transfer.trader].owner].name
            rows.append(_Sent(transfer.ts + message.late, place, transfer, message, name))
    return sorted(rows, key=lambda row: row[:2])
