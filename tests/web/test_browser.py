"""One officer's morning in a real browser, with nothing for its console to complain about."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveillance.canonical import digest
from surveillance.records.tables import CaseState, Disposition, FilingRow, FilingState, Report
from tests.given.floor import PASSWORD, case_of

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_PATIENCE = 120_000
"""Milliseconds that a page may take where many tests share a machine: what is not there fails."""
expect.set_options(timeout=_PATIENCE)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    """The address of a server that runs the application."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A page of a new browser; the test fails on whatever its console says."""
    console_lines: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page(base_url=address, accept_downloads=True)
        opened.set_default_timeout(_PATIENCE)
        opened.on("console", lambda message: console_lines.append(message.text))
        opened.on("pageerror", lambda error: console_lines.append(str(error)))
        yield opened
        browser.close()
    assert console_lines == []


def test_an_officer_signs_in_takes_the_next_case_and_closes_it(
    page: Page, database: Engine, tmp_path: Path
) -> None:
    sign_in(page, "officer-2")
    page.select_option("[name=risk]", "kyc_aml")
    expect(page.locator("#lines tbody tr")).to_have_count(2)
    page.select_option("[name=risk]", "")
    expect(page.locator("#lines tbody tr")).to_have_count(7)
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("#lines tbody tr:first-child [data-row]")).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-chosen]")).to_have_text("1")
    page.keyboard.press("n")
    expect(page.locator("h1")).to_contain_text("Case")
    page.locator(".picks tbody tr:nth-child(2) a").click()
    expect(page.locator(".big")).to_contain_text("81.2")
    page.locator("li", has_text="Case file").get_by_role("button", name="Create").click()
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Open the PDF").click()
    downloading.value.save_as(tmp_path / "case.pdf")
    page.keyboard.press("d")
    expect(page.locator("#disposition")).to_be_focused()
    page.select_option("#disposition", "confirmed")
    with page.expect_response("**/draft"):
        page.fill("#reason", "Layers pulled within seconds of every sale.")
    page.reload()
    expect(page.locator("#reason")).to_have_value("Layers pulled within seconds of every sale.")
    page.select_option("#disposition", "confirmed")
    page.get_by_role("button", name="Close the case").click()
    expect(page.locator("[role=status]")).to_contain_text("This is the next one")
    with Session(database) as session:
        case = case_of(session, "OWN-1042")
        assert (case.state, case.proposed) == (CaseState.ESCALATED, Disposition.CONFIRMED)
        report = session.exec(select(Report).where(Report.case_id == case.id)).one()
    assert digest((tmp_path / "case.pdf").read_bytes()) == report.sha256


def test_the_order_book_is_played_by_hand_and_by_itself(page: Page, database: Engine) -> None:
    sign_in(page, "auditor-1")
    with Session(database) as session:
        where = f"/cases/{case_of(session, 'OWN-1042').id}"
    page.goto(where)
    moment, mine = page.locator("[data-moment-name]"), page.locator(".ladder .mine")
    expect(moment).to_have_text("step 1 of 4 · before")
    expect(page.locator(".still")).not_to_have_attribute("open", "")
    expect(mine).to_have_count(0)
    page.keyboard.press("]")
    expect(moment).to_have_text("step 2 of 4 · first order · evidence")
    expect(mine).to_have_count(3)
    expect(page.locator(".messages")).to_contain_text("own new buy 40 at 64,208 o-0")
    expect(page.locator(".ladder .spread")).to_contain_text("bid depth 141 (own 96 %)")
    for key, step in ((".", 3), (",", 2), ("[", 2)):
        page.keyboard.press(key)
        expect(moment).to_contain_text(f"step {step} of 4")
    page.get_by_role("button", name="after the pull").click()
    expect(mine).to_have_count(0)
    page.locator("#at-step").press("Home")
    expect(moment).to_have_text("step 0 of 4")
    page.locator("[data-speed]").select_option("30")
    page.locator("[data-clock]").click()
    page.keyboard.press("p")
    expect(moment).to_contain_text("step 4 of 4")
    expect(page.locator("[data-do=play]")).to_contain_text("Play")
    page.locator(".picks tbody tr:nth-child(2) a").click()
    expect(page.locator(".big")).to_contain_text("81.2")
    expect(moment).to_have_text("step 1 of 4 · before")


def test_the_keys_are_explained_and_find_the_search(page: Page) -> None:
    sign_in(page, "supervisor-1")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("own-3307")
    page.keyboard.press("Enter")
    expect(page.locator("#lines tbody tr")).to_have_count(1)


def sign_in(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_label("Officer id").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("h1")).to_have_text("Queue")
    page.wait_for_load_state()  # the keys are deferred: a heading shows before they listen


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844)])
def test_the_first_case_is_seen_at_once_at_any_width(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    sign_in(page, "officer-2")
    first = page.locator("#lines tbody tr:first-child [data-row]")
    box = first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < height * 0.75
    if width < 600:
        expect(page.locator("[name=severity]")).to_be_hidden()
        page.get_by_text("Filter and order").click()
    expect(page.locator("[name=severity]")).to_be_visible()
    cut = "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth)"
    assert page.evaluate(f"{cut}.length") == 0
    page.goto(str(first.get_attribute("href")))
    assert page.evaluate(f"{cut}.filter(e => e.querySelector('.picks')).length") == 0


def test_two_people_file_a_report_by_keyboard_alone(page: Page, database: Engine) -> None:
    """What the README promises a newcomer: from the queue to an acknowledged report."""
    enter(page, "officer-1")
    with page.expect_navigation():
        page.keyboard.press("n")
    case_id = page.url.rpartition("/")[2].partition("?")[0]
    page.keyboard.press("e")
    page.keyboard.type("Large orders stand until a small one trades, then all are withdrawn.")
    press(page, "Escalate; the clock runs since then")
    expect(page.locator(".strip")).to_contain_text("escalated")
    with page.expect_navigation():
        page.keyboard.press("f")
    page.wait_for_load_state()
    page.keyboard.press("w")
    page.keyboard.type("Suspicion of spoofing, formed today.")
    press(page, "Ask a second officer to approve it")
    expect(page.locator("h1")).to_have_text("Filings")
    press(page, "Sign out")
    enter(page, "supervisor-1")
    press(page, "Filings")
    press(page, "Approve")
    press(page, "Sign out")
    enter(page, "officer-1")
    press(page, "Filings")
    reach(page, "Record that it was sent")
    page.keyboard.press("Enter")
    for words in ("Competent authority", "R-2026-17"):
        page.keyboard.press("Tab")
        page.keyboard.type(words)
    press(page, "It was sent")
    reach(page, "Record the receipt")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Received, number 17.")
    press(page, "Record")
    with Session(database) as session:
        filing = session.exec(select(FilingRow).where(FilingRow.case_id == case_id)).one()
    assert (filing.state, filing.reference) == (FilingState.ACKNOWLEDGED, "R-2026-17")


_CALLED = """() => {
  const here = document.activeElement;
  return [here.id, (here.innerText || "").split("\\n")[0].trim()];
}"""


def enter(page: Page, name: str) -> None:
    """Sign in where the page has put the focus."""
    page.goto("/sign-in")
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press(page: Page, words: str) -> None:
    """Go to what is called so by the Tab key, and by the Enter key to where it leads."""
    reach(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def reach(page: Page, wanted: str) -> None:
    """Go by the Tab key to a field of an id, or to what begins with a line of words."""
    for _ in range(150):
        if wanted in page.evaluate(_CALLED):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"expected to come to {wanted!r} by Tab, was never there")
