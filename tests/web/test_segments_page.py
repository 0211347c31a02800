"""The pages of segments: who is in which, and why one account is."""

from collections.abc import Callable

from sqlalchemy import Engine
from sqlmodel import Session

from surveillance.governance import calibration
from tests.given.visitor import Visitor

Visit = Callable[..., Visitor]


def test_they_say_who_is_in_which_and_what_sets_them_apart(visit: Visit, database: Engine) -> None:
    page = visit("auditor-1").get("/segments").text
    with Session(database) as session:
        model, version = calibration.segments_in_force(session)
    assert model is not None
    assert f"model {version}" in page
    for segment in model.profiles:
        assert f'id="picture-{segment}"' in page
    assert "times the median" not in page
    assert "<svg" in page


def test_why_an_account_is_where_it_is_is_told_criterion_by_criterion(
    visit: Visit, database: Engine
) -> None:
    with Session(database) as session:
        model, _ = calibration.segments_in_force(session)
    assert model is not None
    segment, profile = next(iter(sorted(model.profiles.items())))
    page = visit("officer-1").get(f"/segments/traders/{profile.exemplars[0]}").text
    assert f"is in {segment}" in page
    assert "takes the account" in page


def test_an_account_without_activity_is_not_found(visit: Visit) -> None:
    assert visit("officer-1").get("/segments/traders/NOBODY").status_code == 404
