"""The menu: which pages there are, and whose work each is."""

from typing import NamedTuple

from surveillance.records.permissions import READERS
from surveillance.records.tables import Officer, Role

OVERSEERS = (Role.SUPERVISOR, Role.AUDITOR)
"""Who reads what everybody did."""


class MenuEntry(NamedTuple):
    """A page of the menu, and the roles that see it."""

    address: str
    name: str
    roles: tuple[Role, ...]


_ENTRIES = (
    MenuEntry("/queue", "Queue", READERS),
    MenuEntry("/team", "Team", OVERSEERS),
    MenuEntry("/filings", "Filings", READERS),
    MenuEntry("/screening", "Screening", READERS),
    MenuEntry("/runs", "Runs", READERS),
    MenuEntry("/rules", "Rules", READERS),
    MenuEntry("/suppressions", "Suppressions", READERS),
    MenuEntry("/segments", "Segments", READERS),
    MenuEntry("/stress", "Risk desk", READERS),
    MenuEntry("/coverage", "Coverage", READERS),
    MenuEntry("/studies", "Studies", READERS),
    MenuEntry("/tasks", "Tasks", READERS),
    MenuEntry("/journal", "Journal", OVERSEERS),
    MenuEntry("/officers", "Officers", (Role.ADMIN,)),
)


def menu(officer: Officer | None) -> list[MenuEntry]:
    """Return the pages that an officer sees; none before they have signed in."""
    return [entry for entry in _ENTRIES if officer is not None and officer.role in entry.roles]
