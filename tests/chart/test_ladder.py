"""The order book on paper and on a terminal."""

from xml.etree import ElementTree as Xml

import pytest

from surveillance.canonical import canonical, restored
from surveillance.casework.files import AlertFile
from surveillance.chart import book_svg
from surveillance.chart.ladder import brief, frames_svg, rows_of
from surveillance.cli import books
from surveillance.errors import SurveillanceError
from surveillance.model import Dossier
from surveillance.playback import Change, Playback
from tests.given.dossiers import after, dossier, playback

ALERT = AlertFile("a1", after(60), "d", dossier(), after(0), after(60))


def words(svg: str) -> list[str]:
    return [e.text or "" for e in Xml.fromstring(svg).iter() if e.tag.endswith("text")]  # noqa: S314


def test_the_moments_stand_side_by_side_with_their_times_and_depths() -> None:
    labels = words(book_svg(dossier()))
    for word in ("before", "first order", "first fill", "after the pull", "12:00:28.000000"):
        assert word in labels
    assert "bid depth 141, own 96 %" in labels
    assert labels[0] == "Order book · Spoofing · OWN-1042 · BTC-PERP"


def test_the_picture_has_the_same_bytes_each_time_and_escapes_words() -> None:
    marked = Playback(playback().steps, ((0, "<b>&"),))
    assert frames_svg(marked, title="<x>") == frames_svg(marked, title="<x>")
    assert {"<x>", "<b>&"} <= set(words(frames_svg(marked, title="<x>")))


def test_a_hit_without_a_playback_has_no_picture() -> None:
    assert book_svg(dossier(playback=Playback())) == ""


def test_levels_of_the_subject_are_shown_however_deep() -> None:
    levels: list[Change] = [("buy", str(100 - n), "1", "0", 1) for n in range(10)]
    deep: list[Change] = [("buy", "50", "3", "3", 1), ("buy", "40", "1", "0", 1)]
    assert [level[1] for level in rows_of([*levels, *deep])] == [
        *(str(100 - n) for n in range(9)),
        "50",
    ]


@pytest.mark.parametrize(
    ("exact", "short"),
    [("0", "0"), ("1234567.891", "1,234,568"), ("0.000012345678", "0.00001235"), ("12.50", "12.5")],
)
def test_quantities_are_short_enough_for_a_picture(exact: str, short: str) -> None:
    assert brief(exact) == short


def test_a_playback_comes_back_from_the_dossier_as_it_was() -> None:
    assert restored(Dossier, canonical(dossier())).playback == playback()


def test_a_terminal_shows_the_telling_moments_or_one_step() -> None:
    text = "\n".join(books.lines(ALERT, None))
    assert "step 2 of 4  first order  evidence" in text
    assert "own: new buy 40 at 64208 o-0" in text
    assert "bid depth 141 (own 135), ask depth 3.75" in text
    assert text.endswith("note: 4 of 9 moments are steps; the levels count all of them")
    assert "step 0 of 4" in "\n".join(books.lines(ALERT, 0))
    with pytest.raises(SurveillanceError, match="expected a step from 0 to 4, was 5"):
        list(books.lines(ALERT, 5))


def test_machines_are_told_the_whole_book_at_every_step() -> None:
    record = books.plain(playback())
    assert [step["mark"] for step in record["steps"]] == [
        None, "before", "first order", "first fill", "after the pull",
    ]  # fmt: skip
    assert record["steps"][2]["bids"][0] == {
        "price": "64208", "shown": "42", "own": "40", "orders": 2,
    }  # fmt: skip


def test_a_terminal_says_why_there_is_no_book() -> None:
    silent = AlertFile(
        "a1", after(60), "d", dossier(playback=Playback(notes=("no messages of X",))),
        after(0), after(60),
    )  # fmt: skip
    assert list(books.lines(silent, None))[-1] == "no messages of X"
