"""Who is at the keyboard: a user of the operating system, or a token, bound to an officer.

On the command line a name is no proof. Whoever says ``--by`` must be mapped to that officer by an
admin, or have a token of theirs; the journal keeps the user of the operating system beside the
officer, so that one person who acts as two is seen, and four eyes of one person are refused.
"""

import os
import pwd
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from surveillance.errors import CaseError
from surveillance.records import database, journal, tokens
from surveillance.records.tables import Officer, OsUser, Role

KEYBOARD = "keyboard"
"""Key of a session's ``info`` under which stands who is at the keyboard; absent on the web."""
VARIABLE = "SURVEILLANCE_TOKEN"
"""Variable of the environment with a token; as an argument everybody could read it."""
_PLAYED = "(demonstration)"


class Keyboard(NamedTuple):
    """A user of the operating system, and the token that they brought, if any."""

    os_user: str
    token: str = ""


def keyboard() -> Keyboard:
    """Return who runs this process: as the system knows them, whatever the environment says."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"uid-{number}"
    return Keyboard(name, os.environ.get(VARIABLE, ""))


def bind(session: Session, officer: Officer, at: datetime) -> None:
    """Expect that whoever is at the keyboard is an officer, and keep for the journal how so.

    Raises:
        CaseError: they are not; it says the one command to run.
    """
    hands: Keyboard | None = session.info.get(KEYBOARD)
    if hands is None:
        return
    if hands.token:
        token = tokens.verified(session, hands.token, tokens.COMMAND, at)
        if token.officer_id != officer.id:
            raise CaseError(f"expected a token of {officer.id}, was one of {token.officer_id}")
        session.info[journal.ORIGIN] = f"{hands.os_user} token:{token.id[:12]}"
        return
    mapped = session.get(OsUser, (hands.os_user, officer.id))
    if mapped is None:
        raise CaseError(
            f"expected {hands.os_user} to act as {officer.id} by an admin's leave, was none; an "
            f"admin runs: surveillance officers map {officer.id} {hands.os_user} --by ADMIN"
        )
    played = f" {_PLAYED}" if mapped.is_demonstration else ""
    session.info[journal.ORIGIN] = f"{hands.os_user}{played}"


def mine(session: Session, at: datetime) -> list[Officer]:
    """Return the officers whom whoever is at the keyboard may be; nobody on the web.

    Raises:
        CaseError: the token is none, or holds no longer.
    """
    hands: Keyboard | None = session.info.get(KEYBOARD)
    if hands is None:
        return []
    if hands.token:
        names = {tokens.verified(session, hands.token, tokens.COMMAND, at).officer_id}
    else:
        mapped = select(OsUser.officer_id).where(OsUser.os_user == hands.os_user)
        names = set(session.exec(mapped))
    known = select(Officer).where(col(Officer.id).in_(sorted(names)))
    return list(session.exec(known.order_by(col(Officer.id))))


def expect_other_hands(session: Session, verb: str, subject: str, who: str) -> None:
    """Refuse the second pair of eyes to the person who made the last such entry.

    Raises:
        CaseError: both came from one user of the operating system, who does not demonstrate.
    """
    ours, theirs = session.info.get(journal.ORIGIN, ""), journal.origin_of(session, verb, subject)
    is_same = bool(ours) and ours.split()[0] == theirs.partition(" ")[0]
    are_tokens = "token:" in ours and "token:" in theirs and ours != theirs
    if is_same and not are_tokens and _PLAYED not in ours:
        raise CaseError(
            f"expected a second person, was {ours.split()[0]}, who acted as {who} before"
        )


def map_user(
    session: Session,
    admin: Officer,
    officer: Officer,
    os_user: str,
    at: datetime,
    *,
    is_demonstration: bool = False,
) -> None:
    """Let a user of the operating system act as an officer, as an admin."""
    admin.require(Role.ADMIN)
    database.lock(session.connection())
    journal.require_text(os_user, "user of the operating system")
    row = OsUser(
        os_user=os_user, officer_id=officer.id, since=at, mapped_by=admin.id,
        is_demonstration=is_demonstration,
    )  # fmt: skip
    session.merge(row)
    detail = {"os_user": os_user, "demonstration": is_demonstration}
    journal.append(session, admin.id, "map", f"officer:{officer.id}", detail, at=at)


def unmap_user(
    session: Session, admin: Officer, officer: Officer, os_user: str, at: datetime
) -> None:
    """Take that leave back, as an admin."""
    admin.require(Role.ADMIN)
    database.lock(session.connection())
    row = session.get(OsUser, (os_user, officer.id))
    if row is None:
        raise CaseError(f"expected a user who acts as {officer.id}, was {os_user!r}")
    session.delete(row)
    journal.append(session, admin.id, "unmap", f"officer:{officer.id}", {"os_user": os_user}, at=at)


def users(session: Session) -> dict[str, list[str]]:
    """Return by officer the users of the operating system who act as them."""
    named: dict[str, list[str]] = {}
    for row in session.exec(select(OsUser).order_by(OsUser.os_user)):
        played = f" {_PLAYED}" if row.is_demonstration else ""
        named.setdefault(row.officer_id, []).append(f"{row.os_user}{played}")
    return named
