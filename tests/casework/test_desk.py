"""What an officer's day needs beside the verbs: who may know, what is kept, and second looks."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from surveillance.casework import (
    attachments,
    cases,
    closings,
    drafts,
    links,
    parties,
    queue,
    reviews,
    revisions,
    views,
)
from surveillance.casework.policy import Policy
from surveillance.casework.question import Due, Question
from surveillance.errors import CaseError
from surveillance.model import Severity
from surveillance.records.tables import CaseState, Disposition, Officer
from tests.given.dossiers import dossier
from tests.given.filing import LATER, dossier_of, file, opened, taken

DAY = timedelta(days=1)
NOTHING = Disposition.FALSE_POSITIVE
Staff = dict[str, Officer]


def about(session: Session, words: str, viewer: Officer | None = None) -> list[str]:
    question = Question(states=tuple(CaseState), about=words)
    page = queue.queue(session, question, now=LATER, viewer=viewer)
    return sorted(case.subject for case in page.cases)


def test_a_case_is_not_there_for_whoever_is_named_in_it(session: Session, staff: Staff) -> None:
    officer, other = staff["officer-1"], staff["officer-2"]
    case = opened(session, dossier_of("OWN-9", "T-9", severity=Severity.CRITICAL))
    opened(session, dossier_of("OWN-1", "T-1"))
    officer.known_as = "E-77\nt-9"
    session.add(officer)
    session.commit()
    assert parties.is_hidden(session, case.id, officer)
    with pytest.raises(cases.NoCase, match="expected the id of a case"):
        cases.read(session, case.id, officer, LATER)
    with pytest.raises(cases.NoCase, match="expected the id of a case"):
        cases.comment(session, case.id, officer, "mine", LATER)
    with pytest.raises(cases.NoCase, match="expected the id of a case"):
        cases.assign(session, case.id, officer, officer, LATER)
    with pytest.raises(CaseError, match="expected an officer who may work on this case"):
        cases.assign(session, case.id, other, officer, LATER)
    assert about(session, "", officer) == ["OWN-1"]
    assert about(session, "own-9", officer) == []
    assert about(session, "own-9", other) == ["OWN-9"]
    assert queue.next_case(session, officer, now=LATER) != case.id
    assert sum(queue.backlog(session, now=LATER, viewer=officer).by_state.values()) == 1


def test_whom_a_finding_names_by_what_it_measured_does_not_see_it(
    session: Session, staff: Staff
) -> None:
    officer, other = staff["officer-1"], staff["officer-2"]
    linked = dossier_of(
        "OWN-9",
        "T-9",
        measures={"others": "OWN-0632, OWN-2995", "days": 7},
        sentence="seems to be one person with OWN-2995: both signed in from device DV0632",
    )
    case = opened(session, linked)
    officer.known_as = "own-2995"
    session.add(officer)
    session.commit()
    assert parties.is_hidden(session, case.id, officer)
    assert about(session, "own-2995", officer) == []
    assert about(session, "own-2995", other) == ["OWN-9"]
    assert about(session, "dv0632", other) == ["OWN-9"]


def test_a_supervisor_keeps_a_case_from_somebody(session: Session, staff: Staff) -> None:
    case = opened(session)
    cases.restrict(session, case.id, staff["supervisor-1"], staff["officer-2"], "kin", LATER)
    assert parties.hidden_ids(session, staff["officer-2"]) == {case.id}
    assert not parties.is_hidden(session, case.id, staff["officer-1"])


@pytest.mark.parametrize(
    "words",
    ["own-1042", "SPOOF", "btc-p", "account holder", "critical", "Unassigned", "open spoofing",
     "overdue"],
)  # fmt: skip
def test_a_case_is_found_by_whatever_people_type(
    session: Session, staff: Staff, words: str
) -> None:
    found = dossier_of(
        "OWN-1042", "T-1042", severity=Severity.CRITICAL, typology="spoofing", instrument="BTC-PERP"
    )
    named = dossier(hit=found.hit, subject={"name": "Account Holder"}, accounts=("T-1042",))
    file(session, [named], LATER - 3 * DAY)
    other = dossier_of("OWN-2", "T-2", rule_id="layers", typology="layering", instrument="ETH-PERP")
    rule = {"title": "Layers"}
    taken(
        session,
        staff["officer-1"],
        dossier(hit=other.hit, rule=rule, rows={}, subject={}, accounts=("T-2",)),
    )
    assert about(session, words) == ["OWN-1042"]


def test_what_is_due_sleeps_or_was_done_on_a_day_is_asked_for(
    session: Session, staff: Staff
) -> None:
    urgent = opened(session, dossier_of("A", "T-1", severity=Severity.CRITICAL))
    opened(session, dossier_of("B", "T-2", severity=Severity.LOW))
    later = LATER + 2 * DAY
    overdue = queue.queue(session, Question(due=Due.OVERDUE), now=later)
    assert [case.subject for case in overdue.cases] == ["A"]
    assert queue.backlog(session, now=later).overdue == 1
    cases.snooze(session, urgent.id, staff["officer-1"], later, "the desk answers", LATER)
    awake = queue.queue(session, Question(snoozed=False), now=LATER)
    assert [case.subject for case in awake.cases] == ["B"]
    assert queue.queue(session, Question(acted_from=later), now=LATER).total == 0
    assert queue.queue(session, Question(typology="spoofing"), now=LATER).total == 2
    assert queue.queue(session, Question(instrument="nothing"), now=LATER).total == 0


def test_a_case_that_a_colleague_changed_says_who_and_when(session: Session, staff: Staff) -> None:
    case = opened(session)
    seen = revisions.latest(session, case.id)
    cases.assign(session, case.id, staff["officer-2"], staff["officer-2"], LATER)
    with pytest.raises(CaseError, match="assign by officer-2 at 2026-03-02 13:00:00 UTC"):
        revisions.expect_unchanged(session, case.id, staff["officer-1"], seen)
    revisions.expect_unchanged(session, case.id, staff["officer-2"], seen)
    revisions.expect_unchanged(
        session, case.id, staff["officer-1"], revisions.latest(session, case.id)
    )


def test_a_severity_that_asks_for_it_is_closed_by_two(session: Session, staff: Staff) -> None:
    officer, policy = staff["officer-1"], Policy(frozenset({"critical"}), 100)
    case = taken(session, officer, dossier_of(severity=Severity.CRITICAL))
    closings.dispose(session, case.id, officer, NOTHING, reason="a hedge", at=LATER, policy=policy)
    assert (case.state, case.proposed) == (CaseState.INVESTIGATING, NOTHING)
    closings.approve(session, case.id, staff["supervisor-1"], LATER, policy)
    assert (case.state, case.disposition) == (CaseState.CLOSED, NOTHING)
    assert reviews.due(session, staff["supervisor-1"]) == []
    assert reviews.due(session, staff["supervisor-2"]) == [case]
    reviews.review(
        session, case.id, staff["supervisor-2"], agrees=False, reason="no hedge", at=LATER
    )
    assert reviews.due(session, staff["supervisor-2"]) == []


def test_a_draft_is_kept_until_it_is_sent(session: Session, staff: Staff) -> None:
    officer, case = staff["officer-1"], opened(session)
    drafts.keep(session, officer, case.id, {"reason": "half a", "comment": " "}, LATER)
    session.flush()
    assert {
        name: kept.text for name, kept in drafts.of_case(session, officer, case.id).items()
    } == {"reason": "half a"}
    assert drafts.of_case(session, staff["officer-2"], case.id) == {}
    drafts.forget(session, officer, case.id, "reason")
    assert drafts.of_case(session, officer, case.id) == {}
    with pytest.raises(CaseError, match="expected a field of a case"):
        drafts.keep(session, officer, case.id, {"password": "x"}, LATER)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("a.exe", b"MZ", "expected a file that ends in"),
        ("a.pdf", b"MZ", "to be application/pdf"),
        ("a.txt", b"\xff\xfe", "to be text in UTF-8"),
        ("a.txt", b"", "expected a file of 1 to"),
        ("a.png", b"0" * (attachments.LARGEST + 1), "expected a file of 1 to"),
    ],
)
def test_a_file_is_bounded_and_what_it_says(
    session: Session, staff: Staff, name: str, body: bytes, message: str
) -> None:
    with pytest.raises(CaseError, match=message):
        attachments.attach(session, opened(session).id, staff["officer-1"], name, body, LATER)


def test_a_file_bears_a_plain_name_and_its_digest(session: Session, staff: Staff) -> None:
    case = opened(session)
    row = attachments.attach(
        session, case.id, staff["officer-1"], "C:\\x\\<b>.pdf", b"%PDF-1.7", LATER
    )
    assert (row.name, row.media_type, row.size, len(row.sha256)) == (
        "_b_.pdf", "application/pdf", 8, 64,
    )  # fmt: skip
    assert attachments.of_case(session, case.id) == [row]


def test_links_stand_on_both_cases_but_for_those_who_may_not_know(
    session: Session, staff: Staff
) -> None:
    officer, other = staff["officer-1"], staff["officer-2"]
    one, two = opened(session, dossier_of("A", "T-1")), opened(session, dossier_of("B", "T-2"))
    links.link(session, one.id, officer, two.id, "one address", LATER)
    assert [each.case.id for each in links.of_case(session, two.id, officer)] == [one.id]
    other.known_as = "T-2"
    session.add(other)
    assert links.of_case(session, one.id, other) == []
    for second, message in ((two.id, "not linked yet"), (one.id, "expected another case")):
        with pytest.raises(CaseError, match=message):
            links.link(session, one.id, officer, second, "again", LATER)


def test_a_view_is_an_officers_own(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    views.save(session, officer, "mine", "assignee=officer-1")
    views.save(session, officer, "mine", "due=overdue")
    session.flush()
    [view] = views.of_officer(session, officer)
    assert view.question == "due=overdue"
    assert views.of_officer(session, staff["officer-2"]) == []
    views.drop(session, officer, "mine")
    session.flush()
    assert views.of_officer(session, officer) == []
