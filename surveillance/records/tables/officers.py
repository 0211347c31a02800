"""Tables of people: who may sign in, as what, and who is signed in."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text
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
    """Someone who signs in; ``name``, ``position`` and ``email`` go into reports they file.

    ``known_as`` are the names that activity knows them and theirs by, one a line: employee number,
    accounts, relatives. A case that names one of them is not there for them.
    """

    __tablename__ = "officers"

    id: str = Field(primary_key=True)
    name: str = ""
    position: str = ""
    email: str = ""
    role: Role = Field(sa_type=choice(Role, "role"))
    active: bool = True
    password_hash: str = Field(repr=False)
    created_at: datetime
    known_as: str | None = Field(default=None, sa_type=Text, repr=False)

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


class SignInTry(Row, table=True):
    """What tries to sign in as somebody from one address came to; nobody's own id is empty."""

    __tablename__ = "sign_in_tries"

    officer_id: str = Field(primary_key=True)
    address: str = Field(primary_key=True)
    failures: int = 0
    failed_at: datetime | None = Field(default=None, index=True)
    succeeded_at: datetime | None = None


class OsUser(Row, table=True):
    """A user of the operating system who acts as an officer on the command line.

    With ``is_demonstration`` one person plays all officers, and four eyes are two roles of theirs.
    """

    __tablename__ = "os_users"

    os_user: str = Field(primary_key=True)
    officer_id: str = Field(primary_key=True, foreign_key="officers.id")
    since: datetime
    mapped_by: str
    is_demonstration: bool = False


class Token(Row, table=True):
    """What a program or a command line proves with that it acts for an officer.

    ``id`` is the SHA-256 of the token, which is shown once; ``scopes`` are words with spaces.
    """

    __tablename__ = "tokens"

    id: str = Field(primary_key=True)
    officer_id: str = Field(foreign_key="officers.id", index=True)
    name: str
    scopes: str
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
