"""Who of a list somebody may be: a score from 0 to 1, and the reasons in a sentence.

The name decides whom to look at. A birth on the same day speaks for it, one years apart against
it; so does a country. A weak alias, which the list itself says many go by, is no ground alone.
The numbers are engineering defaults, fixed on half of a set of labelled pairs of names; see
benchmarks/screening.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from surveillance.screening import births, countries, names
from surveillance.screening.index import Index
from surveillance.screening.similarity import Likeness, compare

ALGORITHM = 3
"""Version of how names are compared; whoever changes a score raises it. Since the second a name of
unknown kind that says a legal form is compared as a company's too, and more countries are known;
since the third names in Arabic letters are compared with those in Latin ones."""
FRESH_DAYS = 30
"""Days after which a list says too little; engineering default: lists change every week or so."""
ALIKE = 0.75
"""Likeness of names from which a hit is looked at."""
NEAR = 0.65
"""Likeness below which nothing is said at all."""
SAME_DAY, NEAR_YEAR, OTHER_YEAR = 0.05, 0.02, -0.25
SAME_COUNTRY, OTHER_COUNTRY = 0.02, -0.05
WEAK = -0.15
_PEOPLE, _COMPANY = "natural", "legal"


class Party(NamedTuple):
    """Who is screened; what is not known is empty."""

    name: str
    entity: str | None = None
    birth_date: str | None = None
    country: str | None = None


class ListedName(NamedTuple):
    """A name of an entry of a list, in force from ``since`` until ``until``."""

    list: str
    entry_id: str
    name: str
    entity: str | None
    birth_date: str | None
    country: str | None
    quality: str | None
    since: datetime
    until: datetime | None


class Match(NamedTuple):
    """A listed name that somebody may have."""

    listed: ListedName
    score: float
    name_score: float
    years_apart: int | None
    same_country: bool | None
    reason: str


class Screen:
    """Listed names, ready to be looked through; each party is looked for once."""

    def __init__(self, listed: Sequence[ListedName]) -> None:
        self.listed = listed
        self.read = [
            names.read(each.name, is_company=each.entity not in (None, _PEOPLE)) for each in listed
        ]
        self._index = Index(self.read)
        self.matches = lru_cache(maxsize=500_000)(self._matches)

    def _matches(self, party: Party) -> tuple[Match, ...]:
        """Return every listed name that a party may have, the likeliest first."""
        best: dict[int, Likeness] = {}
        for kind in _kinds(party):
            name = names.read(party.name, is_company=kind not in (None, _PEOPLE))
            for place in self._index.candidates(name):
                if _is_other_kind(kind, self.listed[place].entity):
                    continue
                alike = compare(name, self.read[place])
                if alike.score >= max(NEAR, best[place].score if place in best else NEAR):
                    best[place] = alike
        found = [_judged(party, self.listed[p], alike) for p, alike in best.items()]
        return tuple(sorted(found, key=lambda each: (-each.score, each.listed[:3])))


def best_of_entries(matches: Iterable[Match], at: datetime) -> dict[tuple[str, str], Match]:
    """Return the likeliest name of each entry that is in force at a moment, by list and entry."""
    best: dict[tuple[str, str], Match] = {}
    for match in matches:
        listed = match.listed
        if listed.since <= at and (listed.until is None or at < listed.until):
            best.setdefault((listed.list, listed.entry_id), match)
    return best


def _kinds(party: Party) -> tuple[str | None, ...]:
    """Return as what a name is read: a legal form makes a company of one of unknown kind."""
    is_open = party.entity is None and names.has_form(party.name)
    return (None, _COMPANY) if is_open else (party.entity,)


def _is_other_kind(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and (one == _PEOPLE) != (other == _PEOPLE)


def _judged(party: Party, listed: ListedName, alike: Likeness) -> Match:
    score, words = alike.score, [f"names alike by {alike.reason}"]
    years = births.apart(_births(party.birth_date), _births(listed.birth_date))
    if years is not None:
        on_day = _births(party.birth_date).days & _births(listed.birth_date).days
        if on_day:
            score, words = score + SAME_DAY, [*words, "born on the same day"]
        elif years <= births.NEAR:
            score, words = score + NEAR_YEAR, [*words, "born within a year of each other"]
        elif years > births.FAR:
            score, words = score + OTHER_YEAR, [*words, f"born {years} years apart"]
    same = _same_country(party.country, listed.country)
    if same is not None:
        score += SAME_COUNTRY if same else OTHER_COUNTRY
        words.append("of the same country" if same else "of another country")
    if listed.quality == "weak":
        score, words = score + WEAK, [*words, "by a weak alias"]
    bounded = round(min(max(score, 0.0), 1.0), 4)
    return Match(listed, bounded, round(alike.score, 4), years, same, "; ".join(words))


@lru_cache(maxsize=100_000)
def _births(texts: str | None) -> births.Births:
    return births.read(texts)


def _same_country(one: str | None, other: str | None) -> bool | None:
    left, right = countries.codes(one), countries.codes(other)
    return bool(left & right) if left and right else None
