"""Names in Arabic letters find those in Latin ones, and not everybody."""

from datetime import datetime

import pytest

from surveillance.screening import names
from surveillance.screening.screen import ALIKE, ListedName, Party, Screen
from surveillance.screening.similarity import compare

SAME = [
    ("محمد علي", "Mohamed Ali"),
    ("أحمد حسن", "Ahmed HASSAN"),
    ("خالد محمود", "Khaled Mahmoud"),
    ("عبد الله كريم", "Abdullah Karim"),
    ("عبد الرحمن التكريتي", "Abd al-Rahman al-Tikriti"),
    ("عبدالرحمن يوسف", "Yusuf Abdul Rahman"),
    ("نور الدين صحراوي", "Nooruddin Sahraoui"),
    ("طاهر قاسم", "Taher Qasim"),
    ("شيخ غازي فضل", "Ghazi Fazl"),
    ("ﻤﺤﻤﺪ ﻛﺮﻴﻡ", "Muhammad Karim"),
    ("جمال رجب", "Gamal Ragab"),
]
OTHER = [
    ("محمد علي", "Mohamed Salim"),
    ("محمد علي", "Ali"),
    ("أحمد حسن", "Khaled Mahmoud"),
    ("طاهر قاسم", "Sarah Qasim"),
    ("جمال رجب", "Jamal Rashid"),
    ("نور", "Ann Nour Smith"),
]


@pytest.mark.parametrize(("written", "latin"), SAME)
def test_a_name_is_found_in_the_other_letters(written: str, latin: str) -> None:
    assert compare(names.read(written), names.read(latin)).score >= ALIKE
    assert compare(names.read(latin), names.read(written)).score >= ALIKE


@pytest.mark.parametrize(("written", "latin"), OTHER)
def test_another_name_is_not(written: str, latin: str) -> None:
    assert compare(names.read(written), names.read(latin)).score < ALIKE


@pytest.mark.parametrize(("party", "listed"), SAME)
def test_a_customer_in_these_letters_is_screened_against_a_list_in_latin_ones(
    party: str, listed: str
) -> None:
    since = datetime(2026, 1, 1)  # noqa: DTZ001 - as the lake gives it
    row = ListedName("L", "1", listed, "natural", None, None, "strong", since, None)
    assert [match.listed for match in Screen([row]).matches(Party(party, "natural"))] == [row]


def test_names_in_arabic_letters_alone_are_compared_letter_by_letter() -> None:
    same, other = names.read("حسن كريم"), names.read("حسين كريم")
    assert compare(same, same).score == 1
    assert compare(same, other).score < 1
