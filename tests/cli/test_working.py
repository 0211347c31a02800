"""Officers work at the command line: from the queue to the report, and everything is kept."""

import hashlib
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from surveillance.casework import cases
from surveillance.cli import app
from surveillance.records.tables import JournalEntry, Officer
from tests.given.installations import LATER, PASSWORD, Home
from tests.given.typed import Explain, Say

DESK = ("--by", "officer")
BOSS = ("--by", "supervisor")


def the_case(say: Say, home: Home) -> str:
    return str(say(home, "cases", "list", "--json").json[0]["id"])


def journal_of(home: Home) -> list[tuple[int, str]]:
    """Return every entry of the journal by its digest."""
    place = home.opened()
    with place.session() as session:
        entries = session.exec(select(JournalEntry.seq, JournalEntry.digest)).all()
    place.engine.dispose()
    return sorted((seq or 0, digest) for seq, digest in entries)


@pytest.mark.usefixtures("blank")
def test_a_case_goes_from_the_queue_to_reported(say: Say, own_small: Home) -> None:
    case = the_case(say, own_small)
    assert say(own_small, "cases", "next", *DESK).out == f"{case} is investigating\n"
    say(own_small, "cases", "comment", case, "Asked the desk.", *DESK)
    output = say(own_small, "cases", "escalate", case, *DESK, "--reason", "It repeats.")
    assert output.out == f"{case} is escalated\n"
    why = ("--kind", "stor-mar", *DESK, "--reason", "It is real.")
    assert say(own_small, "filings", "draft", case, *why).out == f"{case}.1 is draft\n"
    assert say(own_small, "filings", "approve", f"{case}.1", *BOSS).out.endswith("is approved\n")
    [due] = say(own_small, "filings", "list", "--json").json[1:]
    assert due["due"]["stor-mar"].startswith("without delay")
    where = ("--authority", "Bank of Lithuania", "--reference", "STOR-118")
    assert say(own_small, "filings", "sent", f"{case}.1", *DESK, *where).out.endswith("is sent\n")
    reported = ("cases", "dispose", case, "reported", *DESK, "--reason", "It is real.")
    assert say(own_small, *reported).out == f"{case} is closed\n"

    shown = say(own_small, "cases", "show", case, *BOSS).out
    assert "moved among others: rank " in shown
    assert "busy_payer@1" in shown
    assert "officer: Asked the desk." in shown
    assert "closed as reported: It is real." in shown
    document = say(own_small, "cases", "show", case, *BOSS, "--json").json
    assert [entry["verb"] for entry in document["journal"]][-6:] == [
        "report", "draft", "propose", "approve", "sent", "close",
    ]  # fmt: skip
    assert case not in {
        case_row["id"] for case_row in say(own_small, "cases", "list", "--json").json
    }
    assert case in {
        case_row["id"] for case_row in say(own_small, "cases", "list", "--all", "--json").json
    }


def test_a_case_is_given_refused_and_reopened(say: Say, own_small: Home) -> None:
    case = the_case(say, own_small)
    say(own_small, "cases", "assign", case, *BOSS, "--to", "officer")
    assert say(own_small, "cases", "list", "--json").json[0]["assignee"] == "officer"
    say(own_small, "cases", "escalate", case, *DESK, "--reason", "Real.")
    say(own_small, "cases", "dispose", case, "false_positive", *DESK, "--reason", "A hedge.")
    reopened = say(own_small, "cases", "reopen", case, *DESK, "--reason", "New facts.")
    assert reopened.out == f"{case} is investigating\n"


def test_several_cases_are_given_put_off_and_closed_at_once_or_none_of_them(
    say: Say, explain: Explain, own_small: Home
) -> None:
    one, two = (str(row["id"]) for row in say(own_small, "cases", "list", "--json").json[:2])
    taken = say(own_small, "cases", "assign", one, two, *DESK, "--json").json
    assert [(case["id"], case["assignee"]) for case in taken] == [
        (one, "officer"),
        (two, "officer"),
    ]
    why = (*DESK, "--reason", "A hedge.")
    explain(own_small, "cases", "dispose", one, "nope", "false_positive", *why)
    later = ("--until", "2100-01-01T06:00")
    asleep = say(own_small, "cases", "snooze", one, two, *later, *why, "--json").json
    assert {case["snoozed_until"][:10] for case in asleep} == {"2100-01-01"}
    closed = say(own_small, "cases", "dispose", one, two, "false_positive", *why).out
    assert closed == f"{one} is closed\n{two} is closed\n"


def test_a_case_is_given_back_and_kept_from_who_must_not_know_of_it(
    say: Say, explain: Explain, own_small: Home
) -> None:
    case = the_case(say, own_small)
    say(own_small, "cases", "assign", case, *DESK)
    [freed] = say(
        own_small, "cases", "release", case, *DESK, "--reason", "On leave.", "--json"
    ).json
    assert freed["assignee"] is None
    why = ("--reason", "A relative.")
    assert "supervisor" in explain(own_small, "cases", "restrict", case, "auditor", *DESK, *why)
    say(own_small, "cases", "restrict", case, "officer", *BOSS, *why)
    assert "expected the id of a case" in explain(own_small, "cases", "show", case, *DESK)


def test_next_passes_over_what_somebody_works_on_until_nothing_is_left(
    say: Say, explain: Explain, own_small: Home
) -> None:
    place = own_small.opened()
    waiting = [case_row["id"] for case_row in say(own_small, "cases", "list", "--json").json]
    with place.session() as session:
        officer = session.get_one(Officer, "officer")
        for case in waiting[3:]:
            cases.assign(session, case, officer, officer, LATER)
    taken = [say(own_small, "cases", "next", *DESK).out.split()[0] for _ in range(3)]

    assert sorted(taken) == sorted(waiting[:3])
    assert "a case that nobody works on" in explain(own_small, "cases", "next", *DESK)


def test_a_report_is_a_pdf_whose_digest_is_said_and_that_can_be_rendered_again(
    say: Say, own_small: Home
) -> None:
    case = the_case(say, own_small)
    first = say(own_small, "report", case, *DESK, "--kind", "case-file").out
    path, _, digest = first.split()

    assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest
    assert Path(path).read_bytes().startswith(b"%PDF")
    say(own_small, "cases", "comment", case, "Later.", *BOSS)
    assert say(own_small, "report", "again", digest).out == (
        f"recorded {digest}\nrendered {digest}\nequal\n"
    )
    assert say(own_small, "report", "verify", path).out.endswith("not signed\nok\n")


@pytest.mark.usefixtures("blank")
def test_the_work_of_a_period_is_rendered_for_overseers(
    say: Say, explain: Explain, own_small: Home
) -> None:
    period = ("report", "team", "--from", "2026-03-01", "--to", "2026-04-01")
    path, digest = say(own_small, *period, *BOSS).out.strip().split(" sha256 ")
    assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == digest
    record = say(own_small, *period, "--by", "auditor", "--json").json
    assert record["team"]["start"] == "2026-03-01T00:00:00.000000Z"
    assert record["backlog"]
    assert "supervisor or auditor, was officer" in explain(own_small, *period, *DESK)
    assert "--from before --to" in explain(own_small, *period[:3], "2026-05-01", *period[4:], *BOSS)


def test_the_journal_is_listed_for_overseers_without_what_was_written_on_cases(
    say: Say, explain: Explain, own_small: Home
) -> None:
    case = the_case(say, own_small)
    say(own_small, "cases", "comment", case, "Asked the desk.", *DESK)
    listed = say(own_small, "journal", "list", "--by", "auditor", "--json").out
    assert '"verb": "comment"' in listed
    assert "Asked the desk" not in listed
    about = ("journal", "list", "--about", f"case:{case}", *BOSS, "--json")
    assert {entry["subject"] for entry in say(own_small, *about).json} == {f"case:{case}"}
    assert len(say(own_small, *about, "--limit", "1").json) == 1
    assert say(own_small, *about, "--where", "verb=close").json == []
    assert "supervisor or auditor, was officer" in explain(own_small, "journal", "list", *DESK)
    assert say(own_small, "filings", "list", "--limit", "1", "--json").json == []


def test_the_journal_verifies_and_a_broken_one_does_not(say: Say, own_small: Home) -> None:
    whole = say(own_small, "journal", "verify", "--json").json
    assert whole["ok"]
    assert "head" in say(own_small, "journal", "verify", "--anchor", whole["head"]).out

    place = own_small.opened()
    with place.engine.connect() as connection:
        connection.exec_driver_sql("drop trigger if exists journal_no_update")
        names = connection.exec_driver_sql(
            "select name from sqlite_master where type = 'trigger' and tbl_name = 'journal'"
        ).fetchall()
        for (name,) in names:
            connection.exec_driver_sql(f'drop trigger "{name}"')
        connection.exec_driver_sql("update journal set actor = 'somebody' where seq = 3")
        connection.commit()
    place.engine.dispose()
    assert say(own_small, "journal", "verify", expect=1).out.startswith("broken: ")


def test_the_password_is_asked_for_twice_and_never_shown(own_small: Home) -> None:
    words = ["--home", str(own_small.path), "officers", "add", "desk-2", "--role", "officer"]
    output = CliRunner().invoke(app, [*words, "--by", "admin"], input=f"{PASSWORD}\n{PASSWORD}\n")

    assert output.output.endswith("added desk-2 (officer)\n")
    assert PASSWORD not in output.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("cases", "show", "nope", *DESK), "expected the id of a case, was 'nope'"),
        (("cases", "assign", "nope", *DESK), "expected the id of a case, was 'nope'"),
        (("cases", "next", "--by", "nobody"), "expected the id of an officer, was 'nobody'"),
        (("report", "nope", *DESK), "expected the id of a case, was 'nope'"),
        (("report", "{case}", "--by", "nobody"), "expected the id of an officer, was 'nobody'"),
        (("report", "{case}", *DESK, "--kind", "poem"), "was 'poem'"),
        (("cases", "show", "{case}", "--by", "admin"), "was admin"),
        (("filings", "approve", "{case}.1", *BOSS), "expected the id of a filing"),
        (
            ("cases", "approve", "{case}", *BOSS),
            "expected a case that is investigating or escalated, was open",
        ),
        (("cases", "dispose", "{case}", "ignored", *DESK, "--reason", "x"), "was 'ignored'"),
        (("cases", "escalate", "{case}", *DESK, "--reason", " "), "expected a"),
        (("report", "{case}", "--by", "auditor"), "expected officer or supervisor, was auditor"),
        (("officers", "add", "x", "--role", "king"), "expected one of officer, supervisor"),
        (("journal", "verify", "--anchor", "here"), "expected SEQ:DIGEST"),
    ],
)
def test_what_may_not_be_done_is_explained_and_changes_nothing(
    explain: Explain, say: Say, own_small: Home, words: tuple[str, ...], message: str
) -> None:
    case = the_case(say, own_small)
    before = journal_of(own_small)

    assert message in explain(own_small, *(word.format(case=case) for word in words))
    assert journal_of(own_small) == before


def test_a_missing_template_folder_is_explained(
    explain: Explain, say: Say, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = the_case(say, own_small)
    monkeypatch.setenv("SURVEILLANCE_TEMPLATES", str(own_small.path / "none"))

    assert "report kind" in explain(own_small, "report", case, *DESK)


def test_a_missing_library_of_the_pdf_writer_is_explained(
    explain: Explain, say: Say, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    case, real = the_case(say, own_small), builtins.__import__

    def absent(name: str, *arguments: object, **options: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    assert "libpango" in explain(own_small, "report", case, *DESK)
