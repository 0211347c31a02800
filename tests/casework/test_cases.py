import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from sqlmodel import Session, col, func, select

from surveillance.canonical import canonical, digest
from surveillance.casework import cases, closings, stored
from surveillance.casework.intake import Filed
from surveillance.errors import CaseError
from surveillance.model import Severity
from surveillance.records import approvals, journal
from surveillance.records.tables import (
    Alert,
    Case,
    CaseRead,
    CaseState,
    Comment,
    Disposition,
    JournalEntry,
    Matter,
    Officer,
)
from surveillance.times import format_time
from tests.given import filing
from tests.given.filing import LATER, dossier_of, opened, taken

Staff: TypeAlias = dict[str, Officer]
Verb: TypeAlias = Callable[[Session, str, Officer], object]

VERBS: dict[str, Verb] = {
    "assign": lambda s, case, who: cases.assign(s, case, who, who, LATER),
    "comment": lambda s, case, who: cases.comment(s, case, who, "a note", LATER),
    "escalate": lambda s, case, who: cases.escalate(s, case, who, "bait", LATER),
    "close": lambda s, case, who: close(s, case, who, Disposition.CONFIRMED),
    "reopen": lambda s, case, who: closings.reopen(s, case, who, "new facts", LATER),
}
ALLOWED = {
    CaseState.OPEN: {"assign", "comment"},
    CaseState.INVESTIGATING: {"assign", "comment", "escalate", "close"},
    CaseState.ESCALATED: {"assign", "comment", "close"},
    CaseState.CLOSED: {"comment", "reopen"},
}


def close(
    session: Session,
    case_id: str,
    officer: Officer,
    disposition: Disposition = Disposition.FALSE_POSITIVE,
    reason: str = "a hedge of the desk",
) -> Case:
    return closings.dispose(session, case_id, officer, disposition, reason=reason, at=LATER)


def bring_to(session: Session, state: CaseState, officer: Officer) -> Case:
    case = opened(session)
    if state is not CaseState.OPEN:
        cases.assign(session, case.id, officer, officer, LATER)
    if state is CaseState.ESCALATED:
        cases.escalate(session, case.id, officer, "bait", LATER)
    if state is CaseState.CLOSED:
        close(session, case.id, officer)
    return case


# --- filing ---


def test_a_hit_becomes_an_alert_that_keeps_its_dossier(session: Session) -> None:
    dossier = dossier_of(score=80.0)
    assert filing.file(session, [dossier], LATER) == Filed(alerts_new=1, cases_opened=1)
    alert = session.exec(select(Alert)).one()
    assert (alert.id, alert.score, alert.filed_at) == (dossier.hit.id, 80.0, LATER)
    assert stored.dossier_of(session, alert) == dossier
    assert len(alert.dossier) < 10_000
    assert alert.dossier_digest == digest(canonical(dossier))


def test_filing_twice_adds_nothing(session: Session) -> None:
    batch = [dossier_of(seconds=1), dossier_of(seconds=2), dossier_of("OWN-2", "T-2")]
    filing.file(session, batch, LATER)
    session.commit()
    head = journal.head(session)
    assert filing.file(session, batch, LATER + timedelta(days=1)) == Filed(hits_known=3)
    assert journal.head(session) == head


def test_the_same_hit_twice_in_a_batch_is_one_alert(session: Session) -> None:
    assert filing.file(session, [dossier_of(), dossier_of()], LATER) == Filed(
        alerts_new=1, hits_known=1, cases_opened=1
    )


def test_a_second_version_of_a_rule_opens_no_second_alert(session: Session) -> None:
    dossier = dossier_of()
    filing.file(session, [dossier], LATER)
    newer = replace(dossier, hit=replace(dossier.hit, version=4, score=90.0))
    assert filing.file(session, [newer], LATER).hits_known == 1


def test_what_scores_below_the_alert_line_is_not_filed(session: Session) -> None:
    batch = [dossier_of(score=49.99), dossier_of(score=60.0, seconds=1)]
    assert filing.file(session, batch, LATER) == Filed(alerts_new=1, below_line=1, cases_opened=1)


def test_alerts_of_one_owner_join_one_case(session: Session) -> None:
    first = opened(session, dossier_of("OWN-1", "T-1"))
    second = opened(session, dossier_of("OWN-1", "T-2", seconds=5))
    other = opened(session, dossier_of("OWN-2", "T-3"))
    assert first.id == second.id != other.id


def test_a_trader_hit_joins_the_case_of_the_owner_its_dossier_names(session: Session) -> None:
    owners = opened(session, dossier_of("OWN-1", "T-1"))
    by_trader = dossier_of("OWN-1", "T-1", seconds=5)
    by_trader = replace(by_trader, hit=replace(by_trader.hit, owner_id=None))
    assert opened(session, by_trader).id == owners.id


def test_an_owner_found_out_later_joins_the_case_of_the_trader(session: Session) -> None:
    unknown = opened(session, dossier_of(None, "T-1"))
    known = opened(session, replace(dossier_of("OWN-1", "T-2"), accounts=("T-1", "T-2")))
    assert known.id == unknown.id
    assert (known.subject, known.owner_id) == ("T-1", "OWN-1")
    assert opened(session, dossier_of("OWN-1", "T-9", seconds=9)).id == unknown.id


def test_a_hit_on_an_instrument_draws_in_no_trader(session: Session) -> None:
    traders = opened(session, dossier_of(None, "T-1"))
    market = dossier_of(None, None)
    market = replace(market, subject={}, accounts=("T-1",))
    assert opened(session, market).id != traders.id
    assert opened(session, market).subject == "BTC-PERP"


def test_an_alert_on_a_closed_subject_opens_a_case_that_names_the_earlier(
    session: Session, staff: Staff
) -> None:
    first = taken(session, staff["officer-1"])
    close(session, first.id, staff["officer-1"])
    second = opened(session, dossier_of(seconds=60))
    assert second.id != first.id
    assert second.earlier_id == first.id


@pytest.mark.parametrize(
    ("severity", "priority"),
    [
        (Severity.LOW, 10.0),
        (Severity.MEDIUM, 25.0),
        (Severity.HIGH, 40.0),
        (Severity.CRITICAL, 70.0),
    ],
)
def test_priority_is_how_likely_the_case_is_productive(
    session: Session, severity: Severity, priority: float
) -> None:
    assert opened(session, dossier_of(score=75.0, severity=severity)).priority == priority


def test_what_officers_decide_of_a_rule_moves_the_priority_of_later_cases(
    session: Session, staff: Staff
) -> None:
    first = taken(session, staff["officer-1"], dossier_of(score=75.0))
    close(session, first.id, staff["officer-1"])
    later = opened(session, dossier_of("OWN-2", "T-2", score=75.0))
    assert later.priority == pytest.approx(first.priority * 10 / 11, abs=0.01)


def test_priority_is_of_all_alerts_together(session: Session) -> None:
    batch = [
        dossier_of(score=75.0, severity=Severity.CRITICAL),
        dossier_of(score=75.0, severity=Severity.MEDIUM, seconds=2),
    ]
    assert opened(session, *batch).priority > 70.0


def test_the_journal_holds_the_digest_of_each_dossier(session: Session) -> None:
    case = opened(session)
    entry = session.exec(select(JournalEntry)).one()
    alert = session.exec(select(Alert)).one()
    assert (entry.actor, entry.verb, entry.subject) == ("system", "file", f"case:{case.id}")
    assert json.loads(entry.detail)["dossier"] == alert.dossier_digest


# --- verbs ---


@pytest.mark.parametrize("state", CaseState)
def test_a_verb_the_state_does_not_allow_changes_nothing(
    session: Session, staff: Staff, state: CaseState
) -> None:
    case = bring_to(session, state, staff["officer-1"])
    session.commit()
    before, head = case.model_dump(), journal.head(session)
    for verb in VERBS.keys() - ALLOWED[state]:
        with pytest.raises(CaseError, match=r"expected .*, was "):
            VERBS[verb](session, case.id, staff["supervisor-1"])
    session.commit()
    assert (case.model_dump(), journal.head(session)) == (before, head)


@pytest.mark.parametrize("state", CaseState)
def test_a_verb_the_state_allows_is_journalled(
    session: Session, staff: Staff, state: CaseState
) -> None:
    case_id = bring_to(session, state, staff["supervisor-1"]).id
    session.commit()
    head = journal.head(session)
    for verb in ALLOWED[state]:
        VERBS[verb](session, case_id, staff["supervisor-1"])
        entry = session.get_one(JournalEntry, head.seq + 1)
        assert (entry.actor, entry.subject) == ("supervisor-1", f"case:{case_id}")
        session.rollback()


@pytest.mark.parametrize("state", CaseState)
def test_auditors_and_admins_change_nothing(
    session: Session, staff: Staff, state: CaseState
) -> None:
    case = bring_to(session, state, staff["officer-1"])
    session.commit()
    for who in ("auditor-1", "admin-1"):
        for verb in VERBS.values():
            with pytest.raises(CaseError, match=f"was {who}"):
                verb(session, case.id, staff[who])
    assert not session.dirty
    assert not session.new


def test_a_verb_on_no_case_says_so(session: Session, staff: Staff) -> None:
    for verb in VERBS.values():
        with pytest.raises(CaseError, match="expected the id of a case, was 'nowhere'"):
            verb(session, "nowhere", staff["supervisor-1"])


def test_taking_a_case_begins_the_investigation(session: Session, staff: Staff) -> None:
    case = taken(session, staff["officer-1"])
    assert (case.state, case.assignee) == (CaseState.INVESTIGATING, "officer-1")


def test_handing_a_case_on_keeps_its_state(session: Session, staff: Staff) -> None:
    case = bring_to(session, CaseState.ESCALATED, staff["officer-1"])
    cases.assign(session, case.id, staff["officer-1"], staff["officer-2"], LATER)
    assert (case.state, case.assignee) == (CaseState.ESCALATED, "officer-2")


def test_a_case_is_assigned_to_no_auditor(session: Session, staff: Staff) -> None:
    case = opened(session)
    with pytest.raises(CaseError, match="expected officer or supervisor"):
        cases.assign(session, case.id, staff["officer-1"], staff["auditor-1"], LATER)


@pytest.mark.parametrize("disposition", Disposition)
def test_nothing_closes_without_a_reason(
    session: Session, staff: Staff, disposition: Disposition
) -> None:
    case = taken(session, staff["officer-1"])
    for reason in ("", " \n\t", "\x00"):
        with pytest.raises(CaseError, match="expected a reason, was"):
            close(session, case.id, staff["officer-1"], disposition, reason)
    assert case.state is CaseState.INVESTIGATING


def test_an_empty_comment_is_refused(session: Session, staff: Staff) -> None:
    case = opened(session)
    with pytest.raises(CaseError, match="expected a comment"):
        cases.comment(session, case.id, staff["officer-1"], " ", LATER)


def test_a_comment_is_kept_with_its_author(session: Session, staff: Staff) -> None:
    case = opened(session)
    cases.comment(session, case.id, staff["officer-1"], "asked the desk", LATER)
    note = session.exec(select(Comment)).one()
    assert (note.officer_id, note.at, note.text) == ("officer-1", LATER, "asked the desk")


def test_the_clock_starts_with_the_first_escalation_and_never_moves(
    session: Session, staff: Staff
) -> None:
    officer = staff["officer-1"]
    case = taken(session, officer)
    cases.escalate(session, case.id, officer, "bait", LATER)
    close(session, case.id, officer, Disposition.NO_FURTHER_ACTION)
    closings.reopen(session, case.id, officer, "more", LATER + timedelta(days=1))
    cases.escalate(session, case.id, officer, "bait", LATER + timedelta(days=2))
    assert case.suspicion_formed_at == LATER


@pytest.mark.parametrize(
    ("disposition", "formed"),
    [
        (Disposition.FALSE_POSITIVE, None),
        (Disposition.NO_FURTHER_ACTION, None),
        (Disposition.CONFIRMED, LATER),
    ],
)
def test_suspicion_is_formed_by_confirming(
    session: Session, staff: Staff, disposition: Disposition, formed: object
) -> None:
    case = taken(session, staff["officer-1"])
    close(session, case.id, staff["officer-1"], disposition)
    assert case.suspicion_formed_at == formed


def test_a_closed_case_says_who_when_and_why(session: Session, staff: Staff) -> None:
    case = taken(session, staff["officer-1"])
    close(session, case.id, staff["officer-2"], Disposition.CONFIRMED, "layers on one side")
    assert (case.state, case.disposition) == (CaseState.CLOSED, Disposition.CONFIRMED)
    assert (case.reason, case.closed_at) == ("layers on one side", LATER)
    assert case.closed_by == "officer-2"


def test_a_reopened_case_is_investigated_by_who_reopened_it(session: Session, staff: Staff) -> None:
    case = bring_to(session, CaseState.CLOSED, staff["officer-1"])
    closings.reopen(session, case.id, staff["officer-2"], "a second account", LATER)
    assert (case.state, case.assignee, case.disposition, case.reason, case.closed_at) == (
        CaseState.INVESTIGATING,
        "officer-2",
        None,
        "",
        None,
    )
    last = session.exec(select(JournalEntry).order_by(col(JournalEntry.seq).desc())).first()
    assert last is not None
    assert json.loads(last.detail)["disposition"] == "false_positive"


def test_a_case_whose_successor_is_in_work_stays_closed(session: Session, staff: Staff) -> None:
    first = bring_to(session, CaseState.CLOSED, staff["officer-1"])
    second = opened(session, dossier_of(seconds=60))
    with pytest.raises(CaseError, match=f"was case {second.id}"):
        closings.reopen(session, first.id, staff["officer-1"], "more", LATER)


# --- four eyes ---


def test_a_case_is_reported_once_a_filing_of_it_was_sent(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    case = taken(session, officer)
    with pytest.raises(CaseError, match="expected a filing of the case that was sent, was none"):
        close(session, case.id, officer, Disposition.REPORTED)
    filing.sent(session, case, officer, staff["supervisor-1"])
    close(session, case.id, officer, Disposition.REPORTED, "spoofing")
    assert (case.state, case.disposition, case.reason, case.closed_by) == (
        CaseState.CLOSED,
        Disposition.REPORTED,
        "spoofing",
        "officer-1",
    )


def test_while_a_filing_is_under_way_the_case_does_not_close(
    session: Session, staff: Staff
) -> None:
    case = taken(session, staff["officer-1"])
    filing.drafted(session, case, staff["officer-1"])
    with pytest.raises(CaseError, match=r"expected no filing under way, was .*\.1, draft"):
        close(session, case.id, staff["officer-2"])


def test_suspicion_is_formed_when_the_officer_says(session: Session, staff: Staff) -> None:
    officer = staff["officer-1"]
    case = taken(session, officer)
    first = session.exec(select(Alert.first_act)).one()
    for moment in (first - timedelta(microseconds=1), LATER + timedelta(microseconds=1)):
        with pytest.raises(CaseError, match="expected a suspicion formed between the first act"):
            cases.escalate(session, case.id, officer, "bait", LATER, moment)
    cases.escalate(session, case.id, officer, "bait", LATER, first)
    assert case.suspicion_formed_at == first
    entry = session.exec(select(JournalEntry).where(JournalEntry.verb == "escalate")).one()
    assert json.loads(entry.detail)["suspicion_formed_at"] == format_time(first)


def test_an_approval_covers_exactly_what_was_proposed(session: Session, staff: Staff) -> None:
    what: Any = (session, staff["officer-1"], Matter.RULE, "spoofing@3")
    approvals.propose(*what, digest="abc", reason="backtested", at=LATER)
    assert not approvals.is_granted(session, Matter.RULE, "spoofing@3", "abc")
    approvals.grant(session, staff["supervisor-1"], Matter.RULE, "spoofing@3", at=LATER)
    assert approvals.is_granted(session, Matter.RULE, "spoofing@3", "abc")
    assert not approvals.is_granted(session, Matter.RULE, "spoofing@3", "abd")
    assert not approvals.is_granted(session, Matter.SEGMENTS, "spoofing@3", "abc")


def test_one_proposal_waits_at_a_time(session: Session, staff: Staff) -> None:
    what: Any = (session, staff["officer-1"], Matter.RULE, "spoofing@3")
    approvals.propose(*what, digest="abc", reason="backtested", at=LATER)
    with pytest.raises(CaseError, match="was one by officer-1"):
        approvals.propose(*what, digest="abd", reason="backtested", at=LATER)


# --- reading ---


@pytest.mark.parametrize("who", ["officer-1", "supervisor-1", "auditor-1"])
def test_every_read_of_a_case_is_logged(session: Session, staff: Staff, who: str) -> None:
    case = opened(session)
    assert cases.read(session, case.id, staff[who], LATER).id == case.id
    log = session.exec(select(CaseRead)).one()
    assert (log.case_id, log.officer_id, log.at) == (case.id, who, LATER)


def test_an_admin_reads_no_case(session: Session, staff: Staff) -> None:
    case = opened(session)
    with pytest.raises(CaseError, match="was admin-1"):
        cases.read(session, case.id, staff["admin-1"], LATER)
    assert session.exec(select(func.count()).select_from(CaseRead)).one() == 0


def test_one_who_left_reads_no_case(session: Session, staff: Staff) -> None:
    case = opened(session)
    staff["officer-1"].active = False
    with pytest.raises(CaseError, match="no longer active"):
        cases.read(session, case.id, staff["officer-1"], LATER)
