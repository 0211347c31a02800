"""Runs, rules, replays and the journal, on a real run of one rule over a tiny lake."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from surveillance.activity.batch import Batch
from surveillance.activity.lake import Lake
from surveillance.canonical import digest
from surveillance.config import Settings
from surveillance.detection import anomaly, feature_file
from surveillance.governance import lifecycle
from surveillance.model import Run, Window
from surveillance.proof import runs
from surveillance.records import artefacts, journal
from surveillance.records.database import engine
from surveillance.records.tables import Canary, Officer, Report, RuleVersion, Study, StudyKind
from surveillance.rules.book import read_rulebook
from surveillance.studies.store import tuning_of
from tests.given.visitor import Visitor
from tests.web.test_case_page import EVIL

Visit = Callable[..., Visitor]
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
RULE = """\
id: own_trades
version: 1
title: Own Trades
risk: manipulation
typology: wash_trading
severity: high
description: One owner stands on both sides.
law: [MAR 12(1)(a)]
false_positives: [Independent desks]
limitations: [Blind to owners nobody knows]
runbook: Compare both accounts.
needs: [trades.buyer_id]
lookback: 1h
every: 1h
parameters:
  least: {value: 2, unit: trades, source: engineering}
detect:
  from: fills
  by: [owner_id, instrument]
  measure: {own: count(*) filter (counterparty_owner_id = owner_id)}
  require:
    own: ">= $least"
score: {own: {from: $least, to: 4}}
evidence: {trades: fills where counterparty_owner_id = owner_id}
"""
STRICTER = RULE.replace("version: 1", "version: 2").replace("value: 2", "value: 99")


def rows(*records: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(records))


@pytest.fixture(scope="module")
def judged(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """A home, to be copied, and its run, which found an owner trading with itself."""
    settings = Settings(home=tmp_path_factory.mktemp("judged"))
    path = shutil.copy(furnished, settings.home / "surveillance.db")
    database = engine(f"sqlite:///{path}")
    run = judge(settings, database)
    database.dispose()
    return settings.home, run


@pytest.fixture
def settings(judged: tuple[Path, Run], tmp_path: Path) -> Settings:
    """Settings of a home with the run."""
    return Settings(home=shutil.copytree(judged[0], tmp_path / "home"))


@pytest.fixture
def run(judged: tuple[Path, Run]) -> Run:
    """The run of the home."""
    return judged[1]


def judge(settings: Settings, database: Engine) -> Run:
    """Land a few trades, and judge them by two versions of a rule."""
    noon = DAY.start + timedelta(hours=12)
    accounts = [{"ts": DAY.start, "trader_id": f"A-{n}", "owner_id": "OWN-A"} for n in (1, 2)]
    trades = [
        {"ts": noon + timedelta(seconds=n), "seq": n, "trade_id": f"t-{n}", "instrument": "BTC"}
        | {"price": "2", "quantity": "3", "buyer_id": "A-1", "seller_id": "A-2"}
        for n in range(3)
    ]
    lake = Lake(settings.lake)
    lake.land(Batch("venue", "b-1", {"accounts": rows(*accounts), "trades": rows(*trades)}), noon)
    models = anomaly.Models(feature_file.load(settings.rules / "features.yml"))
    with Session(database) as session:
        lifecycle.adopt(session, read_rulebook({"own_trades": RULE}), DAY.start)
        stricter = read_rulebook({"own_trades": STRICTER}).entries.values()
        author = session.get_one(Officer, "officer-1")
        lifecycle.publish(session, stricter, author, "Two trades are nothing.", DAY.start)
        for written in (STRICTER, RULE):
            book = read_rulebook({"own_trades": written})
            run = runs.execute(lake, DAY, DAY.end, book, models)
            runs.store(session, run, book, models, DAY.end)
        session.commit()
    return run


def test_a_run_shows_what_every_rule_said(visit: Visit, run: Run) -> None:
    page = visit("auditor-1").get(f"/runs/{run.id}").text
    assert run.digest in page
    assert "OWN-A" in page
    assert 'class="outcome hit"' in page
    assert "Completeness" in page
    assert run.verdicts[0].digest[:12] in page


def test_runs_are_listed_with_their_outcomes(visit: Visit, run: Run) -> None:
    page = visit("officer-1").get("/runs").text
    assert f'href="/runs/{run.id}"' in page
    assert "The latest 2 of 2 runs" in page


def test_a_run_that_does_not_exist_is_not_found(visit: Visit, run: Run) -> None:
    auditor = visit("auditor-1")
    for path in (f"/runs/{run.id[:4]}", "/runs/none/replay", "/rules/none", f"/rules/{EVIL}"):
        assert auditor.get(path).status_code == 404
    assert auditor.get("/rules/own_trades?version=3").status_code == 404
    assert auditor.post("/runs/none/replay").status_code == 404


def replayed(visitor: Visitor, run: Run, **fields: str) -> str:
    """Ask for a replay and return the page of what came out."""
    asked = visitor.post(f"/runs/{run.id}/replay", **fields)
    page = visitor.get(asked.headers["location"]).text
    (address,) = re.findall(r'href="(/runs/[^"]+replay\?task=\d+)#result"', page)
    return visitor.get(address).text


def test_a_replay_gives_the_same_again(visit: Visit, run: Run) -> None:
    page = replayed(visit("auditor-1"), run)
    assert "The same bytes" in page
    assert page.count(f">{run.digest}<") == 2


def test_another_version_shows_what_would_have_been_lost(visit: Visit, run: Run) -> None:
    auditor = visit("auditor-1")
    assert "own_trades@2" in auditor.get(f"/runs/{run.id}/replay").text
    page = replayed(auditor, run, swap="own_trades@2")
    assert "would have come out otherwise" in page
    assert '<span class="difference lost">lost' in page
    answer = auditor.post(f"/runs/{run.id}/replay", swap="own_trades@7")
    assert "did not come to be: expected" in auditor.get(answer.headers["location"]).text


@pytest.mark.usefixtures("run")
def test_a_version_is_backtested_from_its_page(visit: Visit, database: Engine) -> None:
    auditor = visit("auditor-1")
    page = auditor.get("/rules/own_trades?version=2").text
    assert 'href="/studies/new?rule=own_trades&amp;version=2"' in page
    asked = auditor.post("/studies", kind="backtest", rule="own_trades", version="2")
    shown = auditor.get(asked.headers["location"]).text
    (address,) = re.findall(r'href="(/studies/[0-9a-f]{64})"', shown)
    assert "Backtest: Own Trades" in auditor.get(address).text
    with Session(database) as session:
        study = session.exec(select(Study)).one()
        assert (study.kind, study.created_by) == (StudyKind.BACKTEST, "auditor-1")
        assert study.start == DAY.start


@pytest.mark.usefixtures("run")
def test_a_number_is_moved_from_the_page_of_its_rule(visit: Visit, database: Engine) -> None:
    officer = visit("officer-1")
    form = {"kind": "tuning", "rule": "own_trades", "version": "1", "number": "least"}
    assert "least, 2 trades today" in officer.get("/studies/new?rule=own_trades&version=1").text
    day = {"start": "2026-03-02", "end": "2026-03-03"}
    asked = officer.post("/studies", **form, **day, values="2,3")
    assert "Show what came out" in officer.get(asked.headers["location"]).text
    with Session(database) as session:
        answer = tuning_of(session.exec(select(Study)).one())
    assert [(row["value"], row["alerts"]) for row in answer["values"]] == [(2, 1), (3, 1)]


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"start": "2026-03-02"}, "expected both --from and --to"),
        ({"start": "soon", "end": "2026-03-03"}, "expected a time"),
        ({"kind": "tuning", "number": "none"}, "expected a parameter of own_trades"),
        ({"kind": "tuning", "number": "least", "values": "many"}, "expected a number"),
    ],
)
def test_what_cannot_be_tried_says_so_in_its_place(
    visit: Visit, fields: dict[str, str], expected: str
) -> None:
    officer = visit("officer-1")
    form = {"kind": "backtest", "rule": "own_trades", "version": "1"} | fields
    asked = officer.post("/studies", **form)
    assert asked.headers["location"] == "/studies/new?rule=own_trades&version=1#tasks"
    assert f"did not come to be: {expected}" in officer.get(asked.headers["location"]).text
    assert officer.post("/studies", **form | {"version": "9"}).status_code == 404
    assert officer.get("/studies/new?rule=own_trades&version=9").status_code == 404


@pytest.mark.usefixtures("blank")
def test_a_certificate_is_kept_and_handed_out(visit: Visit, run: Run, database: Engine) -> None:
    auditor = visit("auditor-1")
    assert auditor.post(f"/runs/{run.id}/certificate").status_code == 303
    with Session(database) as session:
        report = session.exec(select(Report).order_by(col(Report.id).desc())).first()
        assert report is not None
        assert (report.case_id, report.subject) == (None, f"run:{run.id}")
    assert digest(auditor.get(f"/reports/{report.id}.pdf").content) == report.sha256
    assert report.sha256 in auditor.get(f"/runs/{run.id}/replay").text


def test_a_rule_shows_each_version_and_what_it_changed(visit: Visit, run: Run) -> None:
    officer = visit("officer-1")
    assert "Own Trades" in officer.get("/rules").text
    latest = officer.get("/rules/own_trades").text
    assert '<span class="added">+  least: {value: 99' in latest
    assert "<li>parameter least: 2 → 99 trades (alone, fires less often or the same)</li>" in latest
    first = officer.get("/rules/own_trades?version=1").text
    assert "changed of version" not in first
    assert "MAR 12(1)(a)" in first


def test_a_rule_that_cannot_be_read_is_shown_as_text(
    visit: Visit, run: Run, database: Engine
) -> None:
    with Session(database) as session:
        name = artefacts.keep(session, "rule", f"id: [{EVIL}".encode(), DAY.end)
        odd = RuleVersion(
            rule_id="odd", version=1, digest="d", text_digest=name, created_at=DAY.end
        )
        session.add(odd)
        session.commit()
    officer = visit("officer-1")
    for path in ("/rules", "/rules/odd"):
        page = officer.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text


def test_the_journal_is_verified_and_held_against_an_anchor(visit: Visit, database: Engine) -> None:
    with Session(database) as session:
        seq, sealed = journal.head(session)
    supervisor = visit("supervisor-1")
    assert "and the anchor holds" in verified(supervisor, f"?seq={seq}&digest={sealed}")
    assert "is wrong" in verified(supervisor, f"?seq={seq}&digest={'0' * 64}")
    assert "is wrong" in verified(supervisor, f"?seq={seq + 999}&digest={sealed}")
    with database.begin() as connection:
        connection.execute(text("DROP TRIGGER journal_no_update"))
        connection.execute(text("UPDATE journal SET actor = 'somebody else' WHERE seq = 3"))
    assert "Entry 3 is wrong" in verified(supervisor, "")


def test_the_journal_keeps_to_itself_what_officers_wrote_about_a_case(visit: Visit) -> None:
    page = visit("supervisor-1").get("/journal").text
    assert "Asked the desk" not in page
    assert "false_positive" in page


def test_the_journal_is_read_on_by_actor(visit: Visit) -> None:
    page = visit("auditor-1").get("/journal?about=officer-2").text
    actors = re.findall(r"<td>(\S+)</td><td>\w+</td>", page)
    assert set(actors) == {"officer-2"}


def verified(visitor: Visitor, question: str) -> str:
    return visitor.get(f"/journal/verification{question}").text


def test_a_run_says_what_to_know_of_it_and_which_canary_was_missed(
    visit: Visit, run: Run, database: Engine
) -> None:
    with Session(database) as session:
        for act, reason in (("one of two", f"saw {EVIL}"), ("two of two", "")):
            canary = Canary(
                run_id=run.id, rule_id="own_trades", version=1,
                act=act, found=not reason, reason=reason,
            )  # fmt: skip
            session.add(canary)
        session.commit()
    page = visit("auditor-1").get(f"/runs/{run.id}").text

    assert "What to know before relying on this run" in page
    assert "missed 1 of 2 canaries; one of two: saw" in page
    assert "1 of 2 planted acts were found" in page
    assert EVIL not in page
