from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from surveillance.canonical import canonical
from surveillance.model import Dossier
from surveillance.playback import Playback, Step
from surveillance.records.tables import (
    CaseRead,
    CaseState,
    Disposition,
    NearHit,
    PatternHit,
    RunRow,
)
from tests.given import filing
from tests.given.dossiers import after, hit
from tests.given.floor import case_of, spoofing
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]
EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def address(database: Engine, subject: str) -> str:
    with Session(database) as session:
        return f"/cases/{case_of(session, subject).id}"


def filed(database: Engine, *dossiers: Dossier) -> None:
    with Session(database) as session:
        filing.file(session, dossiers, datetime.now(UTC))
        session.commit()


def reads(database: Engine) -> list[tuple[str, str]]:
    with Session(database) as session:
        rows = session.exec(select(CaseRead).order_by(col(CaseRead.id)))
        return [(read.officer_id, f"/cases/{read.case_id}") for read in rows]


def test_every_read_of_a_case_is_recorded_and_shown(visit: Visit, database: Engine) -> None:
    where = address(database, "OWN-1042")
    visit("officer-2").get(where)
    auditor = visit("auditor-1")
    auditor.get(where)
    page = auditor.get(f"{where}?alert=none").text
    read = [("officer-2", where), ("auditor-1", where), ("auditor-1", where)]
    assert reads(database) == read
    readers = page.split("Who read it")[1]
    assert readers.index("auditor-1") < readers.index("officer-2")
    visit("officer-1").get(f"{where}/reports/stor-mica")
    assert reads(database) == [*read, ("officer-1", where)]


def test_a_case_with_a_dossier_that_cannot_be_read_says_which(
    visit: Visit, database: Engine
) -> None:
    unreadable = spoofing("T-7001", 71.0)
    filed(database, unreadable)
    with database.begin() as connection:
        spoil = text("UPDATE alerts SET dossier = '{}' WHERE id = :id")
        connection.execute(spoil, {"id": unreadable.hit.id})
    answer = visit("officer-1").get(address(database, "OWN-7001"))
    assert answer.status_code == 409
    assert f"expected the dossier of alert {unreadable.hit.id} as this version" in answer.text


def test_each_measure_stands_beside_what_others_came_to(visit: Visit, database: Engine) -> None:
    page = visit("officer-1").get(address(database, "OWN-1042")).text
    assert "rank 3 of 213; others: median 1.1, 95th percentile 4.8, furthest 80.25" in page
    assert "not known" in page


def test_each_measure_is_in_the_words_and_the_unit_of_its_line(
    visit: Visit, database: Engine
) -> None:
    declared = {"cancelled": {"value": 0.9, "unit": "share of what was shown"},
                "slowest": {"value": 90, "unit": "seconds from the fill"}}  # fmt: skip
    rule = {"parameters": declared,
            "detect": {"require": {"pulled": ">= $cancelled", "delay": "<= $slowest"}}}  # fmt: skip
    plain = spoofing("T-7002", 71.0, measures={"pulled": 0.97, "delay": 2.5, "shown": 12600},
                     thresholds={"cancelled": 0.9, "slowest": 90})  # fmt: skip
    filed(database, replace(plain, rule={**plain.rule, **rule}))
    page = visit("officer-1").get(address(database, "OWN-7002")).text
    rows = page.partition("against the line of the rule")[2].partition("</table>")[0]
    assert '<th scope="row">pulled<small>share of what was shown</small>' in rows
    assert ">97 %</td>" in rows
    assert ">at least 90 %</td>" in rows
    assert ">at most 1 minute 30 seconds</td>" in rows
    assert rows.count("at or beyond the threshold") == 2
    assert '<th scope="row">shown</th>' in rows
    assert ">12,600</td>" in rows


def test_a_case_that_is_refused_is_not_read(visit: Visit, database: Engine) -> None:
    assert visit("admin-1").get(address(database, "OWN-1042")).status_code == 403
    assert visit().get(address(database, "OWN-1042")).status_code == 303
    assert reads(database) == []


def test_a_case_that_does_not_exist_is_not_found(visit: Visit) -> None:
    officer = visit("officer-1")
    for answer in (officer.get("/cases/none"), officer.post("/cases/none/comment", text="x")):
        assert answer.status_code == 404
        assert "Traceback" not in answer.text


def test_what_people_and_venues_wrote_stays_words(visit: Visit, database: Engine) -> None:
    evil = hit(
        trader=EVIL, owner_id=EVIL, instrument=EVIL, segment=EVIL, reasons=(EVIL,),
        measures={EVIL: EVIL}, thresholds={EVIL: EVIL},
    )  # fmt: skip
    rule = {"title": EVIL, "description": EVIL, "runbook": EVIL, "law": [EVIL]}
    rows = {EVIL: ({EVIL: EVIL, "ts": EVIL}, {EVIL: "1", "ts": EVIL})}
    from tests.given.dossiers import dossier

    filed(database, dossier(hit=evil, rule=rule, rows=rows, subject={EVIL: EVIL}, accounts=(EVIL,)))
    officer = visit("officer-1")
    where = address(database, EVIL)
    assert officer.post(f"{where}/comment", text=EVIL).status_code == 303
    assert officer.post(f"{where}/assign", assignee=EVIL).status_code == 409
    pages = [where, "/queue", f"/queue?about={EVIL}", f"{where}?alert={EVIL}&skip={EVIL}"]
    for page in pages:
        text = officer.get(page).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    shown = officer.get(where).text
    assert shown.count("&lt;script&gt;") > 10


def test_a_verb_is_done_and_seen(visit: Visit, database: Engine) -> None:
    officer, where = visit("officer-1"), address(database, "OWN-1042")
    assert officer.post(f"{where}/assign").status_code == 303
    officer.post(f"{where}/comment", text="Asked for the mandate.")
    officer.post(f"{where}/escalate", reason="No mandate exists.")
    page = officer.get(where).text
    assert "Asked for the mandate." in page
    assert "stor-mar: without delay" in page
    refused = officer.post(f"{where}/dispose", disposition="reported", reason="Layers.")
    assert "expected a filing of the case that was sent, was none" in refused.text
    officer.post(f"{where}/dispose", disposition="confirmed", reason="Layers on three days.")
    assert "to close it as confirmed" in officer.get(where).text
    visit("supervisor-1").post(f"{where}/approve")
    with Session(database) as session:
        case = case_of(session, "OWN-1042")
        assert (case.state, case.disposition) == (CaseState.CLOSED, Disposition.CONFIRMED)


def test_a_verb_that_the_state_does_not_allow_is_refused_in_words(
    visit: Visit, database: Engine
) -> None:
    officer = visit("officer-1")
    answer = officer.post(f"{address(database, 'OWN-1042')}/escalate", reason="x")
    assert answer.status_code == 409
    assert "expected a case that is investigating, was open" in answer.text


@pytest.mark.parametrize("fields", [{"disposition": "nonsense", "reason": "x"}, {"reason": "x"}])
def test_a_disposition_that_does_not_exist_is_not_understood(
    visit: Visit, database: Engine, fields: dict[str, str]
) -> None:
    answer = visit("officer-1").post(f"{address(database, 'OWN-2210')}/dispose", **fields)
    assert answer.status_code == 400
    assert "disposition" in answer.text


def test_the_next_case_is_taken_and_the_one_after_it_is_another(
    visit: Visit, database: Engine
) -> None:
    officer = visit("officer-2")
    first = officer.post("/next").headers["location"]
    assert first.startswith(address(database, "OWN-1042"))
    with Session(database) as session:
        assert case_of(session, "OWN-1042").assignee == "officer-2"
    seen = [first.partition("?skip=")[2]]
    while "skip=" in (where := officer.post("/next", skip=seen[-1]).headers["location"]):
        seen.append(where.partition("?skip=")[2])
    ids = seen[-1].split(".")
    assert len(set(ids)) == len(ids) == 4
    assert where == "/queue?none=1"


def test_a_supervisor_is_led_to_what_awaits_approval_first(visit: Visit, database: Engine) -> None:
    where = visit("supervisor-1").post("/next").headers["location"]
    assert where.startswith(address(database, "OWN-5120"))


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("state=open&risk=kyc_aml", ["OWN-8108"]),
        ("assignee=officer-1", ["OWN-3307", "OWN-2210"]),
        ("state=closed", ["OWN-4471"]),
        ("about=OWN-22", ["OWN-2210"]),
        ("state=all&about=structuring", ["OWN-3307", "OWN-4471", "OWN-8108"]),
        ("assignee=-&about=OWN-1", ["OWN-1042"]),
        ("state=nonsense&risk=nonsense&about=%25", []),
    ],
)
def test_the_queue_shows_what_was_asked_for(
    visit: Visit, question: str, subjects: list[str]
) -> None:
    page = visit("officer-1").get(f"/queue?{question}").text
    rows = page.partition("<tbody>")[2].split('<small class="id"><a href="/customers/')[1:]
    assert [row.partition('"')[0] for row in rows] == subjects


def test_the_queue_goes_on_another_page(visit: Visit, database: Engine) -> None:
    filed(database, *(spoofing(f"T-9{number:03}", 61.0) for number in range(60)))
    officer = visit("officer-1")
    assert "1–50 of 67 cases" in officer.get("/queue").text
    assert "51–67 of 67 cases" in officer.get("/queue?page=2").text


def test_the_order_book_stands_on_the_page_without_any_script(
    visit: Visit, database: Engine
) -> None:
    page = visit("auditor-1").get(address(database, "OWN-1042")).text
    assert "<td>12:00:28.000000</td>" in page
    assert page.count("<svg") > 2
    assert "4 of 9 moments are steps" in page
    assert "data-replay" not in visit("auditor-1").get(address(database, "OWN-3307")).text


def test_a_pattern_shows_the_hits_that_make_it(visit: Visit, database: Engine) -> None:
    from tests.given.dossiers import dossier

    with Session(database) as session:
        when = after(0)
        run = RunRow(
            id="run-7", start=when, end=after(9), as_of=after(9), created_at=after(9),
            manifest="{}", digest="d",
        )  # fmt: skip
        session.add(run)
        session.flush()
        pattern_hit = hit("repeat_pattern", "T-77", score=61.0)
        alert = dossier(hit=pattern_hit, subject={}, accounts=())
        filing.file(session, [alert], datetime.now(UTC))
        for name in ("near-1", "near-2"):
            near = canonical(hit(trader="T-77", score=45.5, reasons=(f"{name} came close",)))
            row = NearHit(
                hit_id=name, person="OWN-77", typology="spoofing", run_id="run-7",
                started_at=when, at=when, body=near,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(PatternHit(hit_id=name, alert_id=pattern_hit.id, added_at=when))
        session.commit()
    page = visit("auditor-1").get(address(database, "OWN-77")).text
    assert "Pattern of 2 hits below the line</h3>" in page
    assert "near-2 came close" in page
    assert page.count('href="/runs/run-7"') == 2
    assert "patterns.yml" in page


def test_a_book_that_cannot_be_made_again_is_told_plainly(visit: Visit, database: Engine) -> None:
    from tests.given.dossiers import dossier

    silent = Playback(notes=("the venue gave no order messages of X",))
    filed(
        database,
        dossier(
            hit=hit(trader="T-silent", instrument="X"), playback=silent, subject={}, accounts=()
        ),
    )
    page = visit("officer-1").get(address(database, "OWN-silent")).text
    assert "No order book: the venue gave no order messages of X." in page
    assert "data-replay" not in page


def test_what_a_venue_named_its_orders_stays_words_in_the_tape(
    visit: Visit, database: Engine
) -> None:
    from tests.given.dossiers import dossier

    messages = (("new", "buy", "1", "1", "own", "</script><script>alert(1)</script>"),)
    steps = (Step(after(0), (("buy", "1", "1", "1", 1),), messages),)
    evil_hit = hit(trader="T-evil")
    filed(
        database,
        dossier(hit=evil_hit, playback=Playback(steps, ((0, EVIL),)), subject={}, accounts=()),
    )
    page = visit("officer-1").get(address(database, "OWN-evil")).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_an_alert_is_shown_in_full_on_request(visit: Visit, database: Engine) -> None:
    officer, where = visit("officer-1"), address(database, "OWN-1042")
    page = officer.get(where).text
    assert '<p class="big">97.5' in page
    assert "62.5" in page
    assert "<svg" in page
    other = page.split("?alert=")[-1].partition("&amp;")[0]
    assert '<p class="big">81.2' in officer.get(f"{where}?alert={other}").text
