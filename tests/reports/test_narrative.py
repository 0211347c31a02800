"""A narrative says what the evidence holds: the draft does, and what was mutated is refused."""

import re
from functools import cache
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.errors import SurveillanceError
from surveillance.reports import figures, narrative
from surveillance.reports.filing import Filing
from tests.given.casework import OFFICER, VENUE, case_file
from tests.given.dossiers import after, dossier, hit
from tests.reports.test_reports import fields, rendered

NUMBER = re.compile(r"\d+")


@cache
def filing() -> Filing:
    later = hit(
        "ramping",
        at=after(9000),
        started_at=after(8000),
        typology="ramping",
        instrument="ETH-PERP",
        measures={"rise": 0.0731},
        thresholds={"rise": "0.05"},
        evidence={},
        reasons=("The price rose by 7.31 %.",),
    )
    second = dossier(hit=later, rows={}, row_counts={}, rule={"title": "Ramping"})
    file, head = case_file([dossier(), second])
    return Filing(file, VENUE, OFFICER, after(86_400), head)


@cache
def draft() -> str:
    return "\n".join(narrative.drafted(filing()))


@cache
def digits_of_the_evidence() -> str:
    return re.sub(r"[.,]", "", filing().evidence.decode())


def held_by_the_evidence(number: str) -> bool:
    """Look for a number anywhere in the evidence, as blind as can be."""
    return number.lstrip("0") in digits_of_the_evidence()


def test_a_draft_says_who_what_when_how_much_and_why_and_on_what_it_rests() -> None:
    text = draft()
    assert "Who: account T-1042, held by" in text
    assert "from 2026-03-02 12:00:02" in text
    assert "Finding 1, how much: 6 orders entered in BTC-PERP, for 315 in all" in text
    assert "Finding 1 rests on orders o-0, o-1, o-2" in text
    assert "cancelled to filled: 62.5 (at least 10)" in text


def test_a_measure_that_missed_its_line_is_no_reason() -> None:
    missed = hit(measures={"cancelled_to_filled": "62.50", "median_life": "61", "layers": 1})
    file, head = case_file([dossier(hit=missed)])
    text = "\n".join(narrative.drafted(Filing(file, VENUE, OFFICER, after(86_400), head)))
    assert "from where on it counts: cancelled to filled: 62.5 (at least 10)." in text
    assert "layers" not in text
    assert "median life" not in text


def test_every_number_of_a_draft_is_one_that_the_evidence_holds() -> None:
    assert figures.strangers(filing(), draft()) == []


@given(data=st.data())
def test_a_draft_with_a_digit_changed_is_refused(data: st.DataObject) -> None:
    changed = data.draw(st.sampled_from(mutations()))
    assert figures.strangers(filing(), changed)


@cache
def mutations() -> list[str]:
    """Return the draft with one digit changed, to a number that the evidence does not hold."""
    text, made = draft(), []
    for match in NUMBER.finditer(text):
        for place, digit in product(range(*match.span()), "0123456789"):
            mutated = text[:place] + digit + text[place + 1 :]
            whole = mutated[slice(*match.span())]
            number = whole.rstrip("0") if text[: match.start()].endswith(".") else whole
            if digit != text[place] and not held_by_the_evidence(number):
                made.append(mutated)
    return made


@pytest.mark.parametrize(
    "text",
    [
        "He sold 4,711 contracts.",
        "Finding 1: 63.5 times.",
        "Finding 3: spoofing.",
        "On 2026-03-04 it began.",
        "At 12:47:11 it began.",
        "Account T-9999 did it.",
        "It is 62.5 %.",
        "Finding 1: the price rose by 7.31 %.",
    ],
)
def test_a_number_that_is_of_nothing_here_is_refused(text: str) -> None:
    with pytest.raises(SurveillanceError, match="expected numbers that the evidence holds"):
        figures.expect_held(filing(), text)


@pytest.mark.parametrize(
    "text",
    [
        "Finding 1: 62.50 times what traded, where the rule asks for 10.",
        "Finding 2: the price rose by 7.31 %.",
        "It began at 12:00:02 on 2026-03-02 with order o-0 of account T-1042.",
        "No number at all.",
    ],
)
def test_what_the_evidence_holds_may_be_written_as_people_do(text: str) -> None:
    figures.expect_held(filing(), text)


@pytest.mark.usefixtures("blank")
def test_the_narrative_of_an_officer_is_held_against_the_evidence_too() -> None:
    own = "The bids were 62.5 times what traded."
    assert fields(rendered(answered={"3.2": own}))["3.2"]["value"] == own
    with pytest.raises(SurveillanceError, match=r"was 99\.5"):
        rendered(answered={"3.2": "The bids were 99.5 times what traded."})
