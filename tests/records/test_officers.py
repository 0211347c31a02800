import json
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlmodel import Session, col, select

from surveillance.errors import CaseError
from surveillance.records import journal, officers, throttle
from surveillance.records.tables import JournalEntry, Officer, Role
from tests.given.dossiers import NOON

SECRET = "correct horse battery"


@pytest.fixture
def admin(session: Session) -> Officer:
    """The first officer, who is an admin."""
    return officers.enrol(session, None, "admin-1", SECRET, Role.ADMIN, at=NOON)


@pytest.fixture
def officer(session: Session, admin: Officer) -> Officer:
    """An officer the admin enrolled."""
    return officers.enrol(
        session, admin, "officer-1", SECRET, Role.OFFICER, at=NOON, name="Officer One"
    )


def last(session: Session) -> JournalEntry:
    return session.exec(select(JournalEntry).order_by(col(JournalEntry.seq).desc())).all()[0]


def test_outside_the_tests_a_hash_is_as_strong_as_its_library_advises(
    strong: PasswordHasher,
) -> None:
    assert extract_parameters(strong.hash(SECRET)) == RFC_9106_LOW_MEMORY


def test_the_first_officer_needs_nobody_and_must_be_an_admin(session: Session) -> None:
    with pytest.raises(CaseError, match="expected the first officer to be an admin, was officer"):
        officers.enrol(session, None, "officer-1", SECRET, Role.OFFICER, at=NOON)
    officers.enrol(session, None, "admin-1", SECRET, Role.ADMIN, at=NOON)
    with pytest.raises(CaseError, match="expected an admin to enrol officers, was nobody"):
        officers.enrol(session, None, "admin-2", SECRET, Role.ADMIN, at=NOON)


def test_only_an_admin_enrols(session: Session, officer: Officer) -> None:
    with pytest.raises(CaseError, match="expected admin, was officer-1"):
        officers.enrol(session, officer, "officer-2", SECRET, Role.OFFICER, at=NOON)


def test_an_id_is_given_once(session: Session, admin: Officer, officer: Officer) -> None:
    with pytest.raises(CaseError, match="expected the id of nobody, was 'officer-1'"):
        officers.enrol(session, admin, "officer-1", SECRET, Role.AUDITOR, at=NOON)


def test_a_short_password_is_refused(session: Session) -> None:
    with pytest.raises(CaseError, match="expected a password of 12 characters, was 11"):
        officers.enrol(session, None, "admin-1", "x" * 11, Role.ADMIN, at=NOON)


def test_the_right_password_signs_in(session: Session, officer: Officer) -> None:
    assert officers.sign_in(session, "officer-1", SECRET, NOON) is officer
    assert (last(session).verb, last(session).actor) == ("sign_in", "officer-1")


@pytest.mark.parametrize(
    ("who", "password", "reason"),
    [
        ("officer-1", "wrong horse battery", "wrong password"),
        ("nobody", SECRET, "no such officer"),
        ("officer-1", "", "wrong password"),
    ],
)
def test_a_wrong_sign_in_says_why_only_to_the_journal(
    session: Session, officer: Officer, who: str, password: str, reason: str
) -> None:
    assert officers.sign_in(session, who, password, NOON) is None
    entry = last(session)
    assert (entry.verb, json.loads(entry.detail)) == ("sign_in_refused", {"reason": reason})
    assert "horse" not in entry.detail + entry.subject + entry.actor


def test_five_wrong_passwords_from_one_address_end_its_tries_for_a_while(
    session: Session, officer: Officer
) -> None:
    for _ in range(throttle.TRIES):
        officers.sign_in(session, "officer-1", "wrong horse battery", NOON, "192.0.2.1")
    soon = NOON + throttle.WAIT - timedelta(microseconds=1)
    assert officers.sign_in(session, "officer-1", SECRET, soon, "192.0.2.1") is None
    assert officers.sign_in(session, "officer-1", SECRET, soon, "192.0.2.2") is officer
    after = soon + throttle.WAIT
    assert officers.sign_in(session, "officer-1", SECRET, after, "192.0.2.1") is officer


def test_one_address_may_not_try_many_accounts(session: Session, officer: Officer) -> None:
    for number in range(throttle.OF_ADDRESS):
        officers.sign_in(session, f"guess-{number}", SECRET, NOON, "192.0.2.1")
    assert officers.sign_in(session, "officer-1", SECRET, NOON, "192.0.2.1") is None
    assert officers.sign_in(session, "officer-1", SECRET, NOON, "192.0.2.2") is officer


def test_strangers_everywhere_do_not_lock_an_officer_out(
    session: Session, officer: Officer
) -> None:
    officers.sign_in(session, "officer-1", SECRET, NOON, "192.0.2.1")
    for number in range(throttle.OF_ACCOUNT):
        officers.sign_in(session, "officer-1", "wrong horse battery", NOON, f"198.51.100.{number}")
    assert officers.sign_in(session, "officer-1", SECRET, NOON, "203.0.113.9") is None
    assert officers.sign_in(session, "officer-1", SECRET, NOON, "192.0.2.1") is officer


def test_an_admin_ends_the_wait_with_a_new_password(
    session: Session, admin: Officer, officer: Officer
) -> None:
    for _ in range(throttle.TRIES):
        officers.sign_in(session, "officer-1", "wrong horse battery", NOON)
    officers.set_password(session, admin, "officer-1", "another horse battery", NOON)
    assert officers.sign_in(session, "officer-1", SECRET, NOON) is None
    assert officers.sign_in(session, "officer-1", "another horse battery", NOON) is officer


def test_one_changes_ones_own_password_and_nobody_elses(
    session: Session, admin: Officer, officer: Officer
) -> None:
    officers.set_password(session, officer, "officer-1", "another horse battery", NOON)
    with pytest.raises(CaseError, match="expected admin, was officer-1"):
        officers.set_password(session, officer, "admin-1", "another horse battery", NOON)


def test_an_officer_who_left_does_not_sign_in(
    session: Session, admin: Officer, officer: Officer
) -> None:
    officers.deactivate(session, admin, "officer-1", NOON)
    assert officers.sign_in(session, "officer-1", SECRET, NOON) is None
    with pytest.raises(CaseError, match="no longer active"):
        officers.set_password(session, officer, "officer-1", "another horse battery", NOON)


def test_a_change_of_role_is_journalled_with_what_it_was(
    session: Session, admin: Officer, officer: Officer
) -> None:
    officers.set_role(session, admin, "officer-1", Role.SUPERVISOR, NOON)
    assert officer.role is Role.SUPERVISOR
    assert json.loads(last(session).detail) == {"was": "officer", "is": "supervisor"}
    assert last(session).actor == "admin-1"


def test_the_last_admin_stays(session: Session, admin: Officer, officer: Officer) -> None:
    with pytest.raises(CaseError, match="was only admin-1"):
        officers.deactivate(session, admin, "admin-1", NOON)
    with pytest.raises(CaseError, match="was only admin-1"):
        officers.set_role(session, admin, "admin-1", Role.OFFICER, NOON)
    officers.set_role(session, admin, "officer-1", Role.ADMIN, NOON)
    officers.deactivate(session, admin, "admin-1", NOON)
    assert not admin.active


def test_nobody_but_an_admin_manages_officers(session: Session, officer: Officer) -> None:
    with pytest.raises(CaseError, match="expected admin"):
        officers.set_role(session, officer, "officer-1", Role.ADMIN, NOON)
    with pytest.raises(CaseError, match="expected admin"):
        officers.deactivate(session, officer, "admin-1", NOON)


def test_an_officer_of_no_id_is_told(session: Session, admin: Officer) -> None:
    with pytest.raises(CaseError, match="expected the id of an officer, was 'nobody'"):
        officers.deactivate(session, admin, "nobody", NOON)


def test_no_password_reaches_the_journal_and_it_verifies(
    session: Session, admin: Officer, officer: Officer
) -> None:
    officers.set_password(session, officer, "officer-1", "another horse battery", NOON)
    officers.sign_in(session, "officer-1", "another horse battery", NOON)
    session.commit()
    entries = session.exec(select(JournalEntry)).all()
    assert not any("horse" in entry.model_dump_json() for entry in entries)
    assert not any("argon2" in entry.model_dump_json() for entry in entries)
    assert journal.verify(session).ok
    assert officer.password_hash.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("typed", "kept"), [("Desk-1", "desk-1"), ("ｄｅｓｋ-1", "desk-1"), (" desk-1 ", "desk-1")]
)
def test_an_id_is_kept_in_one_way(session: Session, admin: Officer, typed: str, kept: str) -> None:
    added = officers.enrol(session, admin, typed, SECRET, Role.OFFICER, at=NOON)
    assert added.id == kept
    assert officers.sign_in(session, typed, SECRET, NOON) is added
    with pytest.raises(CaseError, match="expected the id of nobody"):
        officers.enrol(session, admin, kept.upper(), SECRET, Role.OFFICER, at=NOON)


@pytest.mark.parametrize(
    "odd", ["", "аdmin-1", "desk\u200b1", "desk 1", "desk\n1", "system", "unknown", "x" * 65, "ı"]
)
def test_an_id_that_looks_like_another_is_refused(
    session: Session, admin: Officer, odd: str
) -> None:
    with pytest.raises(CaseError, match="expected an id"):
        officers.enrol(session, admin, odd, SECRET, Role.OFFICER, at=NOON)


@pytest.mark.parametrize("weak", ["password1234", "aaaaaaaaaaaa", "officer-7officer-7"])
def test_a_password_that_is_guessed_soon_is_refused(
    session: Session, admin: Officer, weak: str
) -> None:
    with pytest.raises(CaseError, match="expected a password that is hard to guess"):
        officers.enrol(session, admin, "officer-7", weak, Role.OFFICER, at=NOON)
