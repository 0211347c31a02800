"""Officers: who may sign in, and as what.

Passwords are kept as Argon2id hashes, and tries to sign in are throttled. Only the journal says why
one was refused: whoever guesses learns nothing from the answer, nor from the time it takes.
"""

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlmodel import Session, col, func, select

from surveillance.errors import CaseError, SurveillanceError
from surveillance.records import database, journal, throttle
from surveillance.records.tables import Officer, Role

SHORTEST = 12
"""Characters a password needs at least."""

_HARD_ENOUGH, _LOOKED_AT = 3, 72
"""Score of zxcvbn from 0 to 4 that is asked for, and how many characters it looks at."""
_ID = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
_OURS = frozenset({journal.SYSTEM, "unknown"})
_HASHER = PasswordHasher()


def enrol(
    session: Session,
    admin: Officer | None,
    officer_id: str,
    password: str,
    role: Role,
    *,
    at: datetime,
    name: str = "",
    position: str = "",
    email: str = "",
) -> Officer:
    """Add an officer, as an admin; the very first needs no admin and must be one."""
    database.lock(session.connection())
    _may_enrol(session, admin, role)
    officer_id = _new_id(officer_id)
    if session.get(Officer, officer_id):
        raise CaseError(f"expected the id of nobody, was {officer_id!r}")
    officer = Officer(
        id=officer_id,
        name=name,
        position=position,
        email=email,
        role=role,
        password_hash=_hash(password, (officer_id, name, email)),
        created_at=at,
    )
    session.add(officer)
    detail = {"role": role, "name": name, "position": position, "email": email}
    _journal(session, admin or officer, "enrol", officer, detail, at=at)
    return officer


def system(session: Session, at: datetime) -> Officer:
    """Return who proposes where no officer does: nobody who could ever sign in or decide."""
    database.lock(session.connection())
    officer = session.get(Officer, journal.SYSTEM)
    if officer is None:
        officer = Officer(
            id=journal.SYSTEM,
            name="The schedule",
            role=Role.OFFICER,
            active=False,
            password_hash=_HASHER.hash(secrets.token_hex(32)),
            created_at=at,
        )
        session.add(officer)
        detail = {"role": officer.role, "active": False}
        journal.append(session, journal.SYSTEM, "enrol", f"officer:{officer.id}", detail, at=at)
    return officer


def sign_in(
    session: Session, officer_id: str, password: str, at: datetime, address: str = ""
) -> Officer | None:
    """Return the officer, or None where id or password is wrong or ``address`` must wait.

    Commit either way: the failure counts.
    """
    officer = session.get(Officer, officer_id) or session.get(Officer, normal(officer_id))
    is_right = _matches(officer.password_hash if officer else _decoy(), password)
    database.lock(session.connection())
    known = "" if officer is None else officer.id
    if reason := _objection(session, officer, is_right, address, at):
        throttle.failed(session, known, address, at)
        _refused(session, known or "unknown", reason, at)
        return None
    assert officer is not None  # noqa: S101 - else there was an objection
    throttle.succeeded(session, officer.id, address, at)
    _journal(session, officer, "sign_in", officer, {}, at=at)
    return officer


def sign_in_by(
    session: Session, officer: Officer | None, provider: str, at: datetime, address: str
) -> Officer | None:
    """Return an officer whom a provider named, if there is one who is active; commit either way."""
    database.lock(session.connection())
    if officer is None or not officer.active:
        known = officer.id if officer else "unknown"
        _refused(session, known, f"named by {provider}, and no active officer", at)
        return None
    throttle.succeeded(session, officer.id, address, at)
    _journal(session, officer, "sign_in", officer, {"provider": provider}, at=at)
    return officer


def set_password(
    session: Session, actor: Officer, officer_id: str, password: str, at: datetime
) -> None:
    """Change one's own password, or as an admin anybody's, and lift a lock."""
    if actor.id != officer_id:
        actor.require(Role.ADMIN)
    actor.require(*Role)
    officer = _officer(session, officer_id)
    officer.password_hash = _hash(password, (officer.id, officer.name, officer.email))
    throttle.forgive(session, officer.id)
    _journal(session, actor, "set_password", officer, {}, at=at)


def set_role(session: Session, admin: Officer, officer_id: str, role: Role, at: datetime) -> None:
    """Change what an officer may do; the last admin stays one."""
    admin.require(Role.ADMIN)
    officer = _officer(session, officer_id)
    if role is not Role.ADMIN:
        _leave_an_admin(session, officer)
    detail = {"was": officer.role, "is": role}
    officer.role = role
    _journal(session, admin, "set_role", officer, detail, at=at)


def set_known_as(
    session: Session, admin: Officer, officer_id: str, names: str, at: datetime
) -> None:
    """Write down by which names, one a line, activity knows an officer and theirs.

    A case that names one of them is not there for the officer. The journal holds no name.
    """
    admin.require(Role.ADMIN)
    officer = _officer(session, officer_id)
    listed = list(dict.fromkeys(name for line in names.splitlines() if (name := line.strip())))
    officer.known_as = "\n".join(listed) or None
    _journal(session, admin, "set_known_as", officer, {"names": str(len(listed))}, at=at)


def deactivate(session: Session, admin: Officer, officer_id: str, at: datetime) -> None:
    """Shut an officer out; what they did stays, and so does the last admin."""
    admin.require(Role.ADMIN)
    officer = _officer(session, officer_id)
    _leave_an_admin(session, officer)
    officer.active = False
    _journal(session, admin, "deactivate", officer, {}, at=at)


def named(session: Session, officer_id: str) -> Officer:
    """Return an officer by id.

    Raises:
        SurveillanceError: there is none of that id.
    """
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise SurveillanceError(
            f"expected the id of an officer, was {officer_id!r}; see: surveillance officers list"
        )
    return officer


def _may_enrol(session: Session, admin: Officer | None, role: Role) -> None:
    if admin is not None:
        return admin.require(Role.ADMIN)
    if (
        session.exec(select(Officer.id).where(Officer.id != journal.SYSTEM).limit(1)).first()
        is not None
    ):
        raise CaseError("expected an admin to enrol officers, was nobody")
    if role is not Role.ADMIN:
        raise CaseError(f"expected the first officer to be an admin, was {role}")
    return None


def _officer(session: Session, officer_id: str) -> Officer:
    database.lock(session.connection())
    officer = session.get(Officer, officer_id, populate_existing=True)
    if officer is None:
        raise CaseError(f"expected the id of an officer, was {officer_id!r}")
    return officer


def _leave_an_admin(session: Session, leaver: Officer) -> None:
    others = select(func.count()).where(
        Officer.role == Role.ADMIN, col(Officer.active).is_(True), Officer.id != leaver.id
    )
    if leaver.role is Role.ADMIN and session.exec(others).one() == 0:
        raise CaseError(f"expected another active admin to remain, was only {leaver.id}")


def _objection(
    session: Session, officer: Officer | None, is_right: bool, address: str, at: datetime
) -> str:
    if throttle.is_throttled(session, officer.id if officer else "", address, at):
        return "too many tries"
    if officer is None:
        return "no such officer"
    session.refresh(officer)
    if not officer.active:
        return "not active"
    return "" if is_right else "wrong password"


def _refused(session: Session, officer_id: str, reason: str, at: datetime) -> None:
    detail = {"reason": reason}
    journal.append(session, "unknown", "sign_in_refused", f"officer:{officer_id}", detail, at=at)


def _hash(password: str, known: Sequence[str]) -> str:
    """Hash a password that is long and hard to guess, for one who knows the officer too."""
    from zxcvbn import zxcvbn  # reads lists of words, which takes a while

    if len(password) < SHORTEST:
        raise CaseError(f"expected a password of {SHORTEST} characters, was {len(password)}")
    judged = zxcvbn(password[:_LOOKED_AT], [*filter(None, known), "surveillance"])
    if judged["score"] < _HARD_ENOUGH:
        why = judged["feedback"]["warning"] or "it is guessed in too few tries"
        raise CaseError(f"expected a password that is hard to guess, was one that is not: {why}")
    return _HASHER.hash(password)


def normal(officer_id: str) -> str:
    """Return the one way to write an id: compatible forms are one, and so are cases of letters."""
    return unicodedata.normalize("NFKC", officer_id).casefold().strip()


def _new_id(officer_id: str) -> str:
    """Return a new id as it is kept: of letters that look like no others, and none of ours."""
    kept = normal(officer_id)
    if not _ID.fullmatch(kept) or kept in _OURS:
        raise CaseError(
            f"expected an id of the letters a-z, digits and . _ @ -, was {officer_id!r}"
        )
    return kept


def _matches(hashed: str, password: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except VerifyMismatchError:
        return False


@cache
def _decoy() -> str:
    return _HASHER.hash("nobody's")


def _journal(
    session: Session,
    actor: Officer,
    verb: str,
    officer: Officer,
    detail: Mapping[str, str],
    *,
    at: datetime,
) -> None:
    session.add(officer)
    journal.append(session, actor.id, verb, f"officer:{officer.id}", detail, at=at)
