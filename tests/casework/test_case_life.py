"""Whatever officers do with cases, in whatever order, some things stay true."""

import json
import re
from functools import cache
from typing import Any

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.casework import cases, closings, filings, intake, queue
from surveillance.errors import CaseError
from surveillance.records import database, journal
from surveillance.records.tables import (
    Alert,
    Approval,
    Case,
    CaseState,
    Disposition,
    FilingState,
    JournalEntry,
    Role,
)
from tests.given import filing
from tests.given.depth import deep
from tests.given.filing import LATER, dossier_of, enrol_staff, taken

WORKERS = st.sampled_from(["officer-1", "supervisor-1", "supervisor-2"])
PEOPLE = WORKERS | WORKERS | st.sampled_from(["officer-2", "auditor-1", "admin-1"])
REASONS = st.sampled_from(["a hedge of the desk", "layers pulled", "six times", "  "])
DISPOSITIONS = st.sampled_from(Disposition) | st.just(Disposition.REPORTED)
PATHS = {
    (CaseState.OPEN, CaseState.INVESTIGATING),
    (CaseState.INVESTIGATING, CaseState.ESCALATED),
    (CaseState.INVESTIGATING, CaseState.CLOSED),
    (CaseState.ESCALATED, CaseState.CLOSED),
    (CaseState.CLOSED, CaseState.INVESTIGATING),
}


@cache
def template() -> Engine:
    engine = database.engine("sqlite://")
    database.migrate(engine)
    return engine


class CaseLife(RuleBasedStateMachine):
    case_ids = Bundle("case_ids")

    def __init__(self) -> None:
        super().__init__()
        self.engine = database.engine("sqlite://")
        target, source = self.engine.raw_connection(), template().raw_connection()
        source.driver_connection.backup(target.driver_connection)  # type: ignore[union-attr]
        self.session = Session(self.engine, expire_on_commit=False)
        self.staff = enrol_staff(self.session)
        self.states: dict[str, CaseState] = {}
        self.formed: dict[str, object] = {}
        self.filed: list[Any] = []

    def teardown(self) -> None:
        self.session.close()
        self.engine.dispose()

    def attempt(self, verb: Any, who: str, *what: Any, **named: Any) -> None:
        officer = self.staff[who]
        before, refusal = journal.head(self.session), ""
        try:
            verb(self.session, what[0], officer, *what[1:], **named)
        except CaseError as error:
            refusal = str(error)
        if refusal:
            assert not self.session.dirty
            assert re.match(r"expected .+, was .+", refusal)
            assert journal.head(self.session) == before
        else:
            assert officer.role in {Role.OFFICER, Role.SUPERVISOR}
            assert journal.head(self.session).seq > before.seq
        self.session.commit()

    @initialize(target=case_ids, is_drafted=st.booleans())
    def take_a_case(self, is_drafted: bool) -> Any:
        officer = self.staff["officer-1"]
        case = taken(self.session, officer)
        if is_drafted:
            filing.drafted(self.session, case, officer)
        self.session.commit()
        self.states[case.id] = case.state
        return case.id

    @rule(
        target=case_ids,
        owner=st.sampled_from(["OWN-1", "OWN-2"]),
        seconds=st.integers(0, 5),
        score=st.sampled_from([45.0, 60.0, 99.5]),
    )
    def file(self, owner: str, seconds: int, score: float) -> Any:
        dossier = dossier_of(owner, owner.replace("OWN", "T"), seconds=seconds, score=score)
        filing.file(self.session, [dossier], LATER)
        self.session.commit()
        self.filed.append(dossier)
        alert = self.session.get(Alert, dossier.hit.id)
        is_new = alert is not None and alert.case_id not in self.states
        return alert.case_id if alert and is_new else multiple()

    @rule()
    def file_everything_again(self) -> None:
        above = [dossier for dossier in self.filed if dossier.hit.score >= 50]
        head = journal.head(self.session)
        known = [dossier for dossier in above if self.session.get(Alert, dossier.hit.id)]
        assert filing.file(self.session, known, LATER) == intake.Filed(hits_known=len(known))
        assert journal.head(self.session) == head

    @rule(case_id=case_ids, who=PEOPLE, assignee=PEOPLE)
    def assign(self, case_id: str, who: str, assignee: str) -> None:
        self.attempt(cases.assign, who, case_id, self.staff[assignee], LATER)

    @rule(case_id=case_ids, who=PEOPLE, text=REASONS)
    def comment(self, case_id: str, who: str, text: str) -> None:
        self.attempt(cases.comment, who, case_id, text, LATER)

    @rule(case_id=case_ids, who=PEOPLE, reason=REASONS)
    def escalate(self, case_id: str, who: str, reason: str) -> None:
        self.attempt(cases.escalate, who, case_id, reason, LATER)

    @rule(case_id=case_ids, who=PEOPLE, what=DISPOSITIONS, reason=REASONS)
    def dispose(self, case_id: str, who: str, what: Disposition, reason: str) -> None:
        self.attempt(closings.dispose, who, case_id, what, reason=reason, at=LATER)

    @rule(case_id=case_ids, who=WORKERS | PEOPLE)
    def approve(self, case_id: str, who: str) -> None:
        self.attempt(filings.approve, who, f"{case_id}.1", LATER)

    @rule(case_id=case_ids, who=PEOPLE, reason=REASONS)
    def refuse(self, case_id: str, who: str, reason: str) -> None:
        self.attempt(filings.refuse, who, f"{case_id}.1", reason, LATER)

    @rule(case_id=case_ids, who=WORKERS | PEOPLE, reference=REASONS)
    def send(self, case_id: str, who: str, reference: str) -> None:
        where = {"authority": "BaFin", "reference": reference}
        self.attempt(filings.sent, who, f"{case_id}.1", **where, sent_at=LATER, at=LATER)

    @rule(case_id=case_ids, who=PEOPLE, reason=REASONS)
    def reopen(self, case_id: str, who: str, reason: str) -> None:
        self.attempt(closings.reopen, who, case_id, reason, LATER)

    @invariant()
    def states_change_only_along_the_paths(self) -> None:
        for case in self.session.exec(select(Case)):
            was = self.states.get(case.id, CaseState.OPEN)
            assert was is case.state or (was, case.state) in PATHS
            self.states[case.id] = case.state

    @invariant()
    def what_is_closed_has_a_reason_and_what_is_reported_was_sent_by_two_people(self) -> None:
        for case in self.session.exec(select(Case).where(Case.state == CaseState.CLOSED)):
            assert case.disposition
            assert case.reason.strip()
            event(f"closed as {case.disposition}")
            if case.disposition is Disposition.REPORTED:
                [row] = filings.of_case(self.session, case.id)
                assert row.state is FilingState.SENT
                granted = select(Approval).where(Approval.subject == row.id)
                people = {(a.proposed_by, a.decided_by) for a in self.session.exec(granted)}
                assert people
                assert all(proposer != decider for proposer, decider in people)

    @invariant()
    def the_clock_never_moves(self) -> None:
        for case in self.session.exec(select(Case)):
            formed = self.formed.setdefault(case.id, case.suspicion_formed_at)
            assert formed in {None, case.suspicion_formed_at}
            self.formed[case.id] = case.suspicion_formed_at

    @invariant()
    def every_alert_is_on_one_case_and_in_the_journal(self) -> None:
        entries = self.session.exec(select(JournalEntry.detail).where(JournalEntry.verb == "file"))
        journalled = [json.loads(detail)["dossier"] for detail in entries]
        assert sorted(journalled) == sorted(self.session.exec(select(Alert.dossier_digest)))

    @invariant()
    def the_journal_verifies(self) -> None:
        assert journal.verify(self.session).ok

    @invariant()
    def the_backlog_counts_what_is_not_closed(self) -> None:
        in_work = sum(state is not CaseState.CLOSED for state in self.states.values())
        assert sum(queue.backlog(self.session, now=LATER).by_state.values()) == in_work
        assert queue.queue(self.session, now=LATER).total == in_work


CaseLife.TestCase.settings = settings(
    max_examples=deep(12, 30), stateful_step_count=20, deadline=None
)
TestCaseLife = CaseLife.TestCase
