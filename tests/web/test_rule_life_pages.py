"""The life of rules and suppressions on a screen: who may do what, and what an auditor reads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from surveillance.governance import lifecycle
from surveillance.model import Window
from surveillance.records.tables import JournalEntry, Officer, RuleStep, Suppressed
from tests.given import filing
from tests.given.floor import case_of, spoofing
from tests.given.rulebooks import book, entry, shadowed, studied
from tests.given.visitor import Visitor
from tests.web.test_case_page import EVIL

Visit = Callable[..., Visitor]
RULE = "spoofing"
PAGE = f"/rules/{RULE}"
NOW = datetime.now(UTC)


@pytest.fixture
def published(database: Engine) -> Engine:
    """A rule whose second version has been in shadow for two days, with all that is asked for."""
    began = NOW - timedelta(days=9)
    second = entry(2, name=RULE)
    with Session(database, expire_on_commit=False) as session:
        author = session.get_one(Officer, "supervisor-1")
        lifecycle.adopt(session, book(entry(name=RULE)), began)
        shadow = began + timedelta(days=7)
        lifecycle.publish(session, [second], author, f"Too loud. {EVIL}", shadow)
        lifecycle.shadow(session, RULE, 2, author, "Backtested.", shadow)
        studied(session, second, Window(began, shadow))
        shadowed(session, second, Window(shadow, NOW))
        session.commit()
    return database


def step_count(database: Engine) -> int:
    with Session(database) as session:
        return session.exec(select(func.count()).select_from(RuleStep)).one()


def test_an_auditor_reads_the_whole_history_and_changes_nothing(
    visit: Visit, published: Engine
) -> None:
    auditor = visit("auditor-1")
    page = auditor.get(PAGE).text
    for words in (
        "Too loud.",
        "Backtested.",
        "no second officer approved it",
        "7 d 0 h",
        "2 d 0 h",
    ):
        assert words in page
    assert "<script>alert" not in page
    assert "<textarea" not in page
    before = step_count(published)
    for verb in ("2/shadow", "2/approve", "2/refuse", "1/retire"):
        assert auditor.post(f"{PAGE}/{verb}", reason="x").status_code == 403
    assert step_count(published) == before


def test_a_list_says_which_version_is_in_force_and_how_far_the_latest_has_come(
    visit: Visit, published: Engine
) -> None:
    page = visit("officer-1").get("/rules").text
    assert '<td class="number">1</td><td>2 <span class="state shadow">shadow</span></td>' in page


def test_the_author_may_not_approve_and_the_second_officer_may(
    visit: Visit, published: Engine
) -> None:
    author = visit("supervisor-1")
    assert f"{PAGE}/2/approve" not in author.get(PAGE).text
    refused = author.post(f"{PAGE}/2/approve")
    assert refused.status_code == 409
    assert "a second officer to approve it, was its author" in refused.text

    other = visit("supervisor-2")
    assert f'action="{PAGE}/2/approve"' in other.get(PAGE).text
    assert other.post(f"{PAGE}/2/approve").headers["location"] == f"{PAGE}?version=2"
    with Session(published) as session:
        assert lifecycle.active(session, datetime.now(UTC)) == {RULE: 2}
    assert "approved by supervisor-2" in visit("auditor-1").get(PAGE).text


def test_what_is_lacking_is_listed_and_there_is_no_button(visit: Visit, published: Engine) -> None:
    with Session(published) as session:
        officer = session.get_one(Officer, "officer-1")
        lifecycle.publish(session, [entry(3, name=RULE)], officer, "Again.", NOW)
        session.commit()
    boss = visit("supervisor-2")
    page = boss.get(f"{PAGE}?version=3").text
    assert "<li>a backtest of 5 days of activity, was 0.0" in page
    assert f"{PAGE}/3/approve" not in page
    assert boss.post(f"{PAGE}/3/approve").status_code == 409
    assert boss.post(f"{PAGE}/3/shadow", reason="Now.").status_code == 409
    assert boss.post(f"{PAGE}/2/refuse", reason="Loud.").status_code == 303
    assert visit("officer-2").post(f"{PAGE}/3/shadow", reason="Now.").status_code == 303


def test_only_what_is_in_force_is_retired_and_a_page_left_open_retires_nothing_else(
    visit: Visit, published: Engine
) -> None:
    boss = visit("supervisor-2")
    assert f"{PAGE}/1/retire" in boss.get(f"{PAGE}?version=1").text
    boss.post(f"{PAGE}/2/approve")
    assert boss.post(f"{PAGE}/1/retire", reason="Old page.").status_code == 409
    assert boss.post(f"{PAGE}/2/retire", reason="Noise.").status_code == 303
    with Session(published) as session:
        assert lifecycle.active(session, datetime.now(UTC)) == {}


def test_two_versions_stand_side_by_side_with_the_words_above(
    visit: Visit, published: Engine
) -> None:
    auditor = visit("auditor-1")
    page = auditor.get(f"{PAGE}/diff?a=1&b=2").text
    assert "<li>parameter least: 3 → 4 transfers (alone, fires less often or the same)</li>" in page
    assert '<td class="removed">  least: {value: 3,' in page
    assert '<td class="added">  least: {value: 4,' in page
    assert "fires more often" in auditor.get(f"{PAGE}/diff?a=2&b=1").text
    assert "The two texts are the same" in auditor.get(f"{PAGE}/diff?a=2&b=2").text
    for query, status in (("a=1&b=7", 404), ("a=1", 400), ("a=0&b=1", 400), ("a=x&b=1", 400)):
        assert auditor.get(f"{PAGE}/diff?{query}").status_code == status
    assert auditor.get("/rules/none/diff?a=1&b=2").status_code == 404


def test_runs_in_shadow_are_listed_apart(visit: Visit, published: Engine) -> None:
    auditor = visit("auditor-1")
    assert "No run yet" in auditor.get("/runs").text
    assert "The latest 1 of 1 runs of rules in shadow" in auditor.get("/runs?mode=shadow").text
    assert auditor.get("/runs?mode=other").status_code == 400


def test_a_suppression_is_proposed_from_a_case_agreed_by_another_and_counted(
    visit: Visit, published: Engine
) -> None:
    with Session(published) as session:
        case = case_of(session, "OWN-1042").id
    officer, boss = visit("officer-1"), visit("supervisor-1")
    page = officer.get(f"/cases/{case}").text
    assert "<option>OWN-1042</option><option>T-1042</option>" in page
    fields = {"rule_id": RULE, "subject": "OWN-1042", "until": "2099-01-01"}
    assert officer.post("/suppressions", **fields, reason=f"Known. {EVIL}").status_code == 303
    assert "/suppressions/1/approve" not in officer.get("/suppressions").text
    assert officer.post("/suppressions/1/approve").status_code == 403
    assert boss.post("/suppressions/1/approve").status_code == 303
    with Session(published) as session:
        counts = filing.file(session, [spoofing("T-1042", 90.0, seconds=7777)], datetime.now(UTC))
        session.commit()
        assert counts.suppressed == len(session.exec(select(Suppressed)).all()) == 1

    auditor = visit("auditor-1")
    page = auditor.get("/suppressions").text
    assert "Suppressions: 1; hits hidden: 1" in page
    assert "<script>alert" not in page
    assert "<textarea" not in page
    assert auditor.post("/suppressions/1/lift", reason="x").status_code == 403
    assert officer.post("/suppressions/1/lift", reason="Release 4.").status_code == 303
    assert '<span class="state lifted">' in auditor.get("/suppressions").text
    with Session(published) as session:
        about = select(JournalEntry.verb).where(JournalEntry.subject == "suppression:1")
        verbs = session.exec(about.order_by(col(JournalEntry.seq))).all()
    assert verbs == ["propose", "approve", "suppress", "lift"]


def test_a_proposal_may_be_refused_or_taken_back(visit: Visit, published: Engine) -> None:
    officer, other = visit("officer-1"), visit("officer-2")
    fields = {"rule_id": RULE, "subject": "OWN-1042", "until": "2099-01-01", "reason": "Known."}
    officer.post("/suppressions", **fields)
    assert officer.post("/suppressions", **fields).status_code == 409
    assert other.post("/suppressions/1/refuse", reason="No.").status_code == 409
    assert officer.post("/suppressions/1/refuse", reason="A mistake.").status_code == 303
    page = other.get("/suppressions").text
    assert '<span class="state refused">refused</span>' in page
    assert "A mistake." in page
    assert officer.post("/suppressions/7/lift", reason="x").status_code == 404
    assert officer.post("/suppressions", **{**fields, "until": "soon"}).status_code == 400
