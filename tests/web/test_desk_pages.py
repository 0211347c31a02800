"""The officer's day on pages: stale pages, drafts, restricted cases, files, and many at once."""

from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.casework import drafts
from surveillance.records.tables import Officer
from tests.given.floor import case_of
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


def address(database: Engine, subject: str) -> str:
    with Session(database) as session:
        return f"/cases/{case_of(session, subject).id}"


def test_a_stale_page_says_who_took_it_and_keeps_the_words(visit: Visit, database: Engine) -> None:
    where = address(database, "OWN-1042")
    officer, colleague = visit("officer-1"), visit("officer-2")
    seen = officer.get(where).text.partition('name="seen" value="')[2].partition('"')[0]
    colleague.post(f"{where}/assign")
    refused = officer.post(
        f"{where}/dispose", disposition="false_positive", reason="A hedge.", seen=seen
    )
    assert refused.status_code == 409
    assert "assign by officer-2 at" in refused.text
    assert "Back to the case" in refused.text
    page = officer.get(where).text
    assert "A hedge.</textarea>" in page
    assert "What you wrote here before is kept" in page
    assert (
        '<option value="">Choose</option><option value="false_positive">'
        in colleague.get(where).text
    )


def test_a_form_after_the_end_of_a_session_leads_back_to_the_case(
    visit: Visit, database: Engine
) -> None:
    where, officer = address(database, "OWN-2210"), visit("officer-1")
    assert officer.post(f"{where}/draft", field="reason", text="half a").status_code == 204
    officer.post("/sign-out")
    again = visit()
    answer = again.post(f"{where}/comment", text="lost?")
    assert answer.headers["location"] == f"/sign-in?to={where.replace('/', '%2F')}"
    assert "You are not signed in" in again.get(answer.headers["location"]).text
    with Session(database) as session:
        kept = drafts.of_case(
            session, session.get_one(Officer, "officer-1"), where.rpartition("/")[2]
        )
    assert kept["reason"].text == "half a"


def test_a_form_of_who_signed_out_in_another_tab_leads_back_to_the_case(
    visit: Visit, database: Engine
) -> None:
    where, officer = address(database, "OWN-2210"), visit("officer-1")
    token = officer.token
    officer.client.cookies.clear()
    answer = officer.client.post(f"{where}/comment", data={"token": token, "text": "lost?"})
    assert answer.headers["location"] == f"/sign-in?to={where.replace('/', '%2F')}"


def test_closing_leads_to_the_next_case(visit: Visit, database: Engine) -> None:
    officer, where = visit("officer-1"), address(database, "OWN-2210")
    answer = officer.post(f"{where}/dispose", disposition="no_further_action", reason="Small.")
    assert answer.headers["location"].startswith("/cases/")
    assert "This is the next one." in officer.get(answer.headers["location"]).text


def test_a_case_that_names_an_officer_is_nowhere_for_them(visit: Visit, database: Engine) -> None:
    where = address(database, "OWN-1042")
    visit("admin-1").post("/officers/supervisor-1/known-as", names="T-1042")
    named = visit("supervisor-1")
    for path in (where, f"{where}/reports/stor-mar", f"{where}/attachments/1"):
        assert named.get(path).status_code == 404
    for path in ("/queue", "/queue?state=all&about=own-1042", "/queue.csv", "/journal"):
        assert where.rpartition("/")[2] not in named.get(path).text
    for verb in ("comment", "assign", "links", "draft"):
        sent = named.post(f"{where}/{verb}", text="x", other="x", field="reason")
        assert sent.status_code == 404
    assert named.post(f"{where}/reports", kind="case-file").status_code == 404
    assert where not in named.post("/next").headers["location"]
    assert named.post("/queue/bulk", verb="assign", case=where[7:]).status_code == 409
    assert where in visit("supervisor-2").get("/queue").text


def test_a_file_is_put_on_a_case_and_handed_out_as_it_was(visit: Visit, database: Engine) -> None:
    officer, where = visit("officer-1"), address(database, "OWN-2210")
    sent = officer.client.post(
        f"{where}/attachments",
        data={"token": officer.token},
        files={"file": ("mandate.pdf", b"%PDF-1.7 x", "text/html")},
    )
    assert sent.status_code == 303
    assert "mandate.pdf" in officer.get(where).text
    got = officer.get(f"{where}/attachments/1")
    assert got.content == b"%PDF-1.7 x"
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"].startswith("attachment")
    other = address(database, "OWN-1042")
    assert officer.get(f"{other}/attachments/1").status_code == 404


def test_many_are_worked_on_at_once_or_none(visit: Visit, database: Engine) -> None:
    supervisor = visit("supervisor-1")
    ids = [address(database, name)[7:] for name in ("OWN-6009", "OWN-7734")]
    done = supervisor.client.post(
        "/queue/bulk",
        data={"token": supervisor.token, "verb": "assign", "case": ids, "assignee": "officer-2"},
    )
    assert done.headers["location"] == "/queue?&done=2"
    fields = {"verb": "dispose", "disposition": "false_positive", "reason": "One bot."}
    closed = address(database, "OWN-4471")[7:]
    for chosen, status in (([*ids, closed], 409), (ids, 303)):
        sent = supervisor.client.post(
            "/queue/bulk", data={"token": supervisor.token, "case": chosen, **fields}
        )
        assert sent.status_code == status
    page = supervisor.get("/queue.csv?state=closed").text
    assert [name in page for name in ids] == [True, True]
    assert '<td class="number">2</td>' in supervisor.get("/team").text


def test_a_view_is_named_and_dropped(visit: Visit) -> None:
    officer = visit("officer-1")
    officer.post("/queue/views", name="late ones", question="due=overdue&severity=high")
    assert (
        '<a href="/queue?due=overdue&amp;severity=high">late ones</a>' in officer.get("/queue").text
    )
    officer.post("/queue/views/drop", name="late ones")
    assert "late ones" not in officer.get("/queue").text
