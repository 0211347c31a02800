"""Tables of people: who may sign in, as what, and who is signed in."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field

from surveillance.errors import CaseError
from surveillance.records.tables.row import Row, choice


class Role(StrEnum):
    """What an officer may do: auditors change nothing, admins see no case."""

    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Officer(Row, table=True):
    """Someone who signs in; ``name``, ``position`` and ``email`` go into reports they file."""

    __tablename__ = "officers"

    id: str = Field(primary_key=True)
    name: str = ""
    position: str = ""
    email: str = ""
    role: Role = Field(sa_type=choice(Role, "role"))
    active: bool = True
    password_hash: str = Field(repr=False)
    failures: int = 0
    locked_until: datetime | None = None
    created_at: datetime

    def require(self, *roles: Role) -> None:
        """Raise a CaseError unless this officer is active and has one of ``roles``."""
        if not self.active or self.role not in roles:
            was = self.role if self.active else f"{self.role}, no longer active"
            raise CaseError(f"expected {' or '.join(roles)}, was {self.id} ({was})")


class SignIn(Row, table=True):
    """Somebody who is signed in: ``id`` is the SHA-256 of the token that only their browser has."""

    __tablename__ = "sign_ins"

    id: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    begun_at: datetime
    seen_at: datetime
