"""On the command line a name is no proof: who is at the keyboard is bound to an officer."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from surveillance.casework import filings
from surveillance.errors import CaseError
from surveillance.records import identity, journal, tokens
from surveillance.records.identity import KEYBOARD, Keyboard
from surveillance.records.tables import FilingState, JournalEntry, Officer
from tests.given import filing
from tests.given.dossiers import NOON
from tests.given.filing import LATER, dossier_of

Staff = dict[str, Officer]


@pytest.fixture
def mapped(session: Session, staff: Staff) -> Session:
    """A session of alice, who is officer-1, and whom an admin has not mapped to anybody else."""
    identity.map_user(session, staff["admin-1"], staff["officer-1"], "alice", NOON)
    session.info[KEYBOARD] = Keyboard("alice")
    return session


def proposed(session: Session, staff: Staff) -> str:
    """Have officer-1 draft a filing of a case, and return its id."""
    case = filing.taken(session, staff["officer-1"], dossier_of())
    identity.bind(session, staff["officer-1"], LATER)
    return filing.drafted(session, case, staff["officer-1"]).id


def test_who_is_mapped_acts_and_the_journal_names_both(mapped: Session, staff: Staff) -> None:
    identity.bind(mapped, staff["officer-1"], NOON)
    entry = journal.append(mapped, "officer-1", "comment", "case:c", {}, at=NOON)
    assert (entry.actor, entry.origin) == ("officer-1", "alice")
    mapped.commit()
    assert journal.verify(mapped).ok


def test_who_is_not_mapped_is_refused_with_the_command_that_helps(
    mapped: Session, staff: Staff
) -> None:
    with pytest.raises(CaseError) as refused:
        identity.bind(mapped, staff["supervisor-1"], NOON)
    assert "surveillance officers map supervisor-1 alice --by ADMIN" in str(refused.value)


def test_who_was_unmapped_acts_no_more(mapped: Session, staff: Staff) -> None:
    identity.unmap_user(mapped, staff["admin-1"], staff["officer-1"], "alice", NOON)
    mapped.commit()
    with pytest.raises(CaseError, match="was none"):
        identity.bind(mapped, staff["officer-1"], NOON)


def test_only_an_admin_maps(session: Session, staff: Staff) -> None:
    with pytest.raises(CaseError, match="expected admin"):
        identity.map_user(session, staff["officer-1"], staff["officer-1"], "alice", NOON)


def test_one_person_is_not_four_eyes(mapped: Session, staff: Staff) -> None:
    identity.map_user(mapped, staff["admin-1"], staff["supervisor-1"], "alice", NOON)
    filing_id = proposed(mapped, staff)
    identity.bind(mapped, staff["supervisor-1"], LATER)
    with pytest.raises(CaseError, match="was alice, who acted as officer-1 before"):
        filings.approve(mapped, filing_id, staff["supervisor-1"], LATER)


def test_two_people_are(mapped: Session, staff: Staff) -> None:
    identity.map_user(mapped, staff["admin-1"], staff["supervisor-1"], "bob", NOON)
    filing_id = proposed(mapped, staff)
    mapped.info[KEYBOARD] = Keyboard("bob")
    identity.bind(mapped, staff["supervisor-1"], LATER)
    assert (
        filings.approve(mapped, filing_id, staff["supervisor-1"], LATER).state
        is FilingState.APPROVED
    )


def test_a_demonstration_lets_one_person_play_two_and_says_so(
    mapped: Session, staff: Staff
) -> None:
    identity.map_user(
        mapped, staff["admin-1"], staff["supervisor-1"], "alice", NOON, is_demonstration=True
    )
    filing_id = proposed(mapped, staff)
    identity.bind(mapped, staff["supervisor-1"], LATER)
    filings.approve(mapped, filing_id, staff["supervisor-1"], LATER)
    newest = select(JournalEntry).order_by(col(JournalEntry.seq).desc())
    assert mapped.exec(newest).first().origin == "alice (demonstration)"  # type: ignore[union-attr]


def issued(session: Session, officer: Officer, *scopes: str) -> str:
    lasts = timedelta(days=1)
    return tokens.issue(session, officer, officer, "test", scopes, lasts, NOON)


def test_a_token_of_the_officer_binds_where_nobody_is_mapped(
    session: Session, staff: Staff
) -> None:
    token = issued(session, staff["officer-1"], tokens.COMMAND)
    session.info[KEYBOARD] = Keyboard("service", token)
    identity.bind(session, staff["officer-1"], NOON)
    assert session.info[journal.ORIGIN].startswith("service token:")
    with pytest.raises(CaseError, match="expected a token of officer-2, was one of officer-1"):
        identity.bind(session, staff["officer-2"], NOON)


def test_people_who_share_a_machine_are_told_apart_by_their_tokens(
    session: Session, staff: Staff
) -> None:
    for name in ("officer-1", "supervisor-1"):
        token = issued(session, staff[name], tokens.COMMAND)
        session.info[KEYBOARD] = Keyboard("service", token)
        if name == "officer-1":
            filing_id = proposed(session, staff)
        identity.bind(session, staff[name], LATER)
    assert (
        filings.approve(session, filing_id, staff["supervisor-1"], LATER).state
        is FilingState.APPROVED
    )


@pytest.mark.parametrize("spoil", ["ended", "revoked", "left", "forged", "scope"])
def test_a_token_that_is_not_in_force_binds_nobody(
    session: Session, staff: Staff, spoil: str
) -> None:
    officer = staff["officer-1"]
    scope = tokens.READ if spoil == "scope" else tokens.COMMAND
    token, at = issued(session, officer, scope), NOON
    if spoil == "ended":
        at = NOON + timedelta(days=1)
    elif spoil == "revoked":
        tokens.revoke(session, officer, tokens.listed(session)[0].id[:8], NOON)
    elif spoil == "left":
        officer.active = False
    elif spoil == "forged":
        token += "x"
    session.info[KEYBOARD] = Keyboard("alice", token)
    with pytest.raises(CaseError, match="expected a token"):
        identity.bind(session, officer, at)


def test_a_token_is_known_by_its_digest_alone(session: Session, staff: Staff) -> None:
    token = issued(session, staff["officer-1"], tokens.READ)
    session.commit()
    written = [row.model_dump_json() for row in (*tokens.listed(session),)]
    written += [entry.model_dump_json() for entry in session.exec(select(JournalEntry))]
    assert not any(token in text for text in written)


def test_nobody_makes_a_token_of_another(session: Session, staff: Staff) -> None:
    with pytest.raises(CaseError, match="expected admin"):
        tokens.issue(
            session, staff["officer-1"], staff["supervisor-1"], "x", ["read"],
            timedelta(days=1), NOON,
        )  # fmt: skip
