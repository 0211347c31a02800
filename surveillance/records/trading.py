"""What the venues here trade, as their files said when they were last pulled.

A venue file may say that it trades spot alone. That rules on options then have nothing to judge is
no gap of the surveillance, but somebody said so, and the journal keeps who and when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from surveillance.records import database, journal

_VERB = "trade"
PRODUCTS = ("spot", "perpetual", "future", "option")
"""What a venue may trade that rules tell apart."""


@dataclass(frozen=True, slots=True)
class Trading:
    """By venue the products that its file names; none is everything."""

    venues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def without(self, products: Sequence[str]) -> str:
        """Return who says that none of some products is traded, or nothing if they may be."""
        tradable = set(products) & set(PRODUCTS)
        if not self.venues or not tradable or set(products) - tradable:
            return ""
        if any(not traded or tradable & set(traded) for traded in self.venues.values()):
            return ""
        listed = " or ".join(product for product in PRODUCTS if product in tradable)
        whose = ", ".join(sorted(self.venues))
        return f"Switched off by the venue file of {whose}: no {listed} is traded"


EVERYTHING = Trading()


def keep(session: Session, venue: str, products: Sequence[str], at: datetime) -> None:
    """Write down what a venue trades, if it said something else before, or nothing yet."""
    detail = {"products": sorted(products)}
    database.lock(session.connection())
    if journal.latest(session, _VERB, f"venue:{venue}") != detail:
        journal.append(session, journal.SYSTEM, _VERB, f"venue:{venue}", detail, at=at)


def trading(session: Session) -> Trading:
    """Return what the venues that were pulled here trade."""
    told = {
        subject.removeprefix("venue:"): tuple(detail["products"])
        for subject, detail in journal.entries(session, _VERB)
    }
    return Trading(told)
