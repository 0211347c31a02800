"""Suppressions: agreed by two, ended by a date, and whatever they hid is counted."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from surveillance.casework import suppressions
from surveillance.casework.suppressions import SuppressionState, SuppressionSummary
from surveillance.errors import CaseError
from surveillance.governance import lifecycle
from surveillance.model import Dossier
from surveillance.records import journal
from surveillance.records.tables import Alert, JournalEntry, Officer, Suppressed, Suppression
from tests.given import filing
from tests.given.dossiers import NOON, after
from tests.given.filing import LATER, dossier_of
from tests.given.rulebooks import DAY, HOUR, book, entry

Staff = dict[str, Officer]
RULE = "spoofing"
WHY = "Its engine repeats a known fault until release 4."
UNTIL = NOON + DAY


@pytest.fixture(autouse=True)
def published(session: Session) -> None:
    """Two rules that are published."""
    lifecycle.adopt(session, book(entry(name=RULE), entry(name="layering")), NOON - DAY)


def proposed(session: Session, staff: Staff, subject: str = "OWN-1") -> int:
    row = suppressions.propose(
        session, staff["officer-1"], RULE, subject, until=UNTIL, reason=WHY, at=NOON
    )
    return row.id or 0


def granted(session: Session, staff: Staff, subject: str = "OWN-1") -> int:
    number = proposed(session, staff, subject)
    suppressions.grant(session, number, staff["supervisor-1"], NOON)
    return number


def filed(session: Session, *dossiers: Dossier) -> tuple[int, int]:
    counts = filing.file(session, dossiers, LATER)
    return counts.alerts_new, counts.suppressed


def only(session: Session) -> SuppressionSummary:
    [line] = suppressions.listed(session, LATER)
    return line


def test_what_is_covered_is_not_filed_but_recorded_and_counted(
    session: Session, staff: Staff
) -> None:
    granted(session, staff)
    hidden = dossier_of(seconds=60)
    assert filed(session, hidden, dossier_of("OWN-2", "T-2", seconds=61)) == (1, 1)

    assert session.get(Alert, hidden.hit.id) is None
    row = session.get_one(Suppressed, hidden.hit.id)
    assert (row.run_id, row.score, row.at) == (hidden.run_id, 80.0, after(60))
    line = only(session)
    assert (line.state, line.hidden, line.last_hidden_at) == (
        SuppressionState.IN_FORCE,
        1,
        after(60),
    )


def test_filing_again_hides_and_counts_it_once(session: Session, staff: Staff) -> None:
    granted(session, staff)
    assert filed(session, dossier_of(seconds=60)) == (0, 1)
    entries = journal.head(session)
    assert filed(session, dossier_of(seconds=60)) == (0, 1)

    assert only(session).hidden == 1
    assert journal.head(session) == entries


@pytest.mark.parametrize("subject", ["OWN-1", "T-1"])
def test_it_covers_the_trader_or_the_owner(session: Session, staff: Staff, subject: str) -> None:
    granted(session, staff, subject)
    assert filed(session, dossier_of(seconds=60)) == (0, 1)


def test_it_covers_an_owner_that_only_the_dossier_knows(session: Session, staff: Staff) -> None:
    granted(session, staff)
    known = dossier_of(None, "T-9", seconds=60)
    assert filed(session, known) == (1, 0)
    behind = dossier_of("OWN-1", "T-9", seconds=61, owner_id=None)
    assert behind.hit.owner_id is None
    assert filed(session, behind) == (0, 1)


@pytest.mark.parametrize(
    "other", [dossier_of("OWN-2", "T-2", seconds=60), dossier_of(seconds=60, rule_id="layering")]
)
def test_other_subjects_and_other_rules_are_filed(
    session: Session, staff: Staff, other: Dossier
) -> None:
    granted(session, staff)
    assert filed(session, other) == (1, 0)


def test_nothing_is_hidden_while_it_waits_or_once_it_is_refused(
    session: Session, staff: Staff
) -> None:
    number = proposed(session, staff)
    assert filed(session, dossier_of(seconds=60)) == (1, 0)
    suppressions.refuse(session, number, staff["supervisor-1"], "No ground.", NOON)
    assert filed(session, dossier_of(seconds=61)) == (1, 0)
    assert (only(session).state, only(session).decision) == (SuppressionState.REFUSED, "No ground.")


def test_what_was_filed_before_stays_filed(session: Session, staff: Staff) -> None:
    assert filed(session, dossier_of(seconds=60)) == (1, 0)
    granted(session, staff)
    assert filed(session, dossier_of(seconds=60)) == (0, 0)
    assert session.exec(select(Suppressed)).all() == []


@pytest.mark.parametrize(("before", "expected"), [(1, (0, 1)), (0, (1, 0)), (-1, (1, 0))])
def test_it_expires_at_its_date_by_the_time_of_the_activity(
    session: Session, staff: Staff, before: int, expected: tuple[int, int]
) -> None:
    granted(session, staff)
    hit = dossier_of(at=UNTIL - timedelta(microseconds=before))
    counts = filing.file(session, [hit], UNTIL + 9 * DAY)

    assert (counts.alerts_new, counts.suppressed) == expected
    [line] = suppressions.listed(session, UNTIL)
    assert (line.state, line.hidden) == (SuppressionState.EXPIRED, expected[1])


def test_it_can_be_ended_early_with_a_reason(session: Session, staff: Staff) -> None:
    number = granted(session, staff)
    with pytest.raises(CaseError, match="expected a reason"):
        suppressions.lift(session, number, staff["officer-2"], " ", LATER)
    suppressions.lift(session, number, staff["officer-2"], "Release 4 is out.", LATER)

    assert filed(session, dossier_of(at=LATER - timedelta(minutes=1))) == (0, 1)
    assert filed(session, dossier_of(at=LATER)) == (1, 0)
    assert only(session).state is SuppressionState.LIFTED
    with pytest.raises(CaseError, match="expected a suppression in force"):
        suppressions.lift(session, number, staff["officer-2"], "Again.", LATER)


def test_four_eyes_agree(session: Session, staff: Staff) -> None:
    row = suppressions.propose(
        session, staff["supervisor-1"], RULE, "OWN-1", until=UNTIL, reason=WHY, at=NOON
    )
    number = row.id or 0
    with pytest.raises(CaseError, match="expected a second officer to approve"):
        suppressions.grant(session, number, staff["supervisor-1"], NOON)
    with pytest.raises(CaseError, match="expected supervisor"):
        suppressions.grant(session, number, staff["officer-2"], NOON)
    suppressions.grant(session, number, staff["supervisor-2"], NOON)
    assert (only(session).state, only(session).decided_by) == (
        SuppressionState.IN_FORCE, "supervisor-2",
    )  # fmt: skip


@pytest.mark.parametrize("who", ["auditor-1", "admin-1"])
def test_who_works_no_cases_hides_nothing(session: Session, staff: Staff, who: str) -> None:
    number = granted(session, staff)
    with pytest.raises(CaseError, match="expected officer or supervisor"):
        suppressions.propose(session, staff[who], RULE, "OWN-2", until=UNTIL, reason=WHY, at=NOON)
    with pytest.raises(CaseError, match="expected officer or supervisor"):
        suppressions.lift(session, number, staff[who], WHY, NOON)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": NOON}, "expected a date that is to come"),
        ({"reason": "\n"}, "expected a reason"),
        ({"subject": ""}, "expected a trader or an owner"),
        ({"rule_id": "nothing"}, "expected the id of a published rule, was 'nothing'"),
        ({"subject": "OWN-1"}, "expected no suppression of spoofing on OWN-1 until then"),
    ],
)
def test_what_cannot_be_proposed_says_why(
    session: Session, staff: Staff, change: dict[str, object], message: str
) -> None:
    proposed(session, staff)
    asked = {"rule_id": RULE, "subject": "OWN-2", "until": UNTIL, "reason": WHY} | change
    with pytest.raises(CaseError, match=message):
        suppressions.propose(session, staff["officer-1"], **asked, at=NOON)  # type: ignore[arg-type]


def test_one_that_was_changed_since_is_not_granted(session: Session, staff: Staff) -> None:
    number = proposed(session, staff)
    session.get_one(Suppression, number).until = UNTIL + 99 * DAY
    with pytest.raises(CaseError, match="was changed since"):
        suppressions.grant(session, number, staff["supervisor-1"], NOON)


def test_one_whose_date_has_passed_is_not_granted(session: Session, staff: Staff) -> None:
    number = proposed(session, staff)
    with pytest.raises(CaseError, match="expected a date that is to come"):
        suppressions.grant(session, number, staff["supervisor-1"], UNTIL)


def test_every_verb_and_every_hidden_hit_is_journalled(session: Session, staff: Staff) -> None:
    number = granted(session, staff)
    filed(session, dossier_of(seconds=60))
    suppressions.lift(session, number, staff["officer-2"], "Over.", LATER + HOUR)
    about = select(JournalEntry).where(JournalEntry.subject == f"suppression:{number}")

    entries = session.exec(about.order_by(col(JournalEntry.seq)))
    assert [(entry.actor, entry.verb) for entry in entries] == [
        ("officer-1", "propose"),
        ("supervisor-1", "approve"),
        ("system", "suppress"),
        ("officer-2", "lift"),
    ]


def test_nobody_has_what_is_found_of_themselves_hidden(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    officer.known_as = "T-9"
    with pytest.raises(CaseError, match="expected a trader or owner who is not you"):
        suppressions.propose(
            session,
            officer,
            "spoofing",
            "t-9",
            until=LATER + timedelta(days=9),
            reason="x",
            at=LATER,
        )
