"""Officers are added, changed and shut out at the command line, and nobody acts as another."""

import pytest

from surveillance.records import identity
from tests.given.installations import PASSWORD, Home
from tests.given.typed import Explain, Say

ADMIN = ("--by", "admin")


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer whatever password is asked for."""
    monkeypatch.setattr("typer.prompt", lambda *arguments, **options: PASSWORD)


def test_an_officer_is_bound_before_they_act(
    say: Say, explain: Explain, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = identity.keyboard().os_user
    say(own_small, "officers", "add", "Desk-9", "--role", "officer", *ADMIN)
    desk = ("--by", "desk-9")
    refused = explain(own_small, "cases", "next", *desk)
    assert f"surveillance officers map desk-9 {me} --by ADMIN" in refused

    say(own_small, "officers", "map", "desk-9", me, *ADMIN)
    assert say(own_small, "cases", "next", *desk).out.endswith("is investigating\n")
    [listed] = say(own_small, "officers", "list", "--where", "id=desk-9", "--json").json
    assert listed["os_users"] == [me]

    say(own_small, "officers", "unmap", "desk-9", me, *ADMIN)
    token = say(own_small, "officers", "token", "desk-9", "--scope", "command", *ADMIN).out.strip()
    [row] = say(own_small, "officers", "tokens", "--json").json
    assert (row["officer_id"], token in str(row)) == ("desk-9", False)
    monkeypatch.setenv(identity.VARIABLE, token)
    [case] = say(own_small, "cases", "list", "--where", "assignee=desk-9", "--json").json
    say(own_small, "cases", "comment", case["id"], "Seen.", *desk)
    assert "was one of desk-9" in explain(own_small, "officers", "revoke", row["id"], *ADMIN)
    monkeypatch.delenv(identity.VARIABLE)
    say(own_small, "officers", "revoke", row["id"][:9], *ADMIN)

    say(own_small, "officers", "role", "desk-9", "--role", "auditor", *ADMIN)
    say(own_small, "officers", "password", "desk-9", *ADMIN)
    say(own_small, "officers", "deactivate", "desk-9", *ADMIN)
    [listed] = say(own_small, "officers", "list", "--where", "id=desk-9", "--json").json
    assert (listed["role"], listed["active"]) == ("auditor", False)
    assert say(own_small, "journal", "verify", "--json").json["ok"]


def test_whoever_is_named_in_a_case_does_not_find_it_listed(say: Say, own_small: Home) -> None:
    subject = say(own_small, "cases", "list", "--json").json[0]["subject"]
    say(own_small, "officers", "add", subject, "--role", "officer", *ADMIN)
    say(own_small, "officers", "map", subject.lower(), identity.keyboard().os_user, *ADMIN)

    assert subject not in {
        case["subject"] for case in say(own_small, "cases", "list", "--json").json
    }


def test_an_admin_who_is_not_mapped_is_asked_for_their_password(
    say: Say, own_small: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "keyboard", lambda: identity.Keyboard("alice"))
    say(own_small, "officers", "map", "admin", "alice", *ADMIN)
    say(own_small, "officers", "map", "officer", "alice", *ADMIN)
    [listed] = say(own_small, "officers", "list", "--where", "id=officer", "--json").json
    assert "alice" in listed["os_users"]
