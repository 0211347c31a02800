"""How alike two names are, from 0 to 1, and why, in words.

Tokens are paired, the likest first, whatever their order. What both names have left over speaks
against them; what only one has is a second given name or a patronymic and counts little. A typo
costs by the length of its token, an initial a little, and a particle nothing.
"""

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from surveillance.screening import arabic, words
from surveillance.screening.names import Name, skeleton

ALIKE = 0.62
"""Likeness of two tokens below which they are two different ones."""
AGAINST = 1.6
"""Weight of what both names have left over."""
EXTRA = 0.18
EXTRA_OF_COMPANY = 0.6
"""Weight of what one name has and the other lacks."""
OTHER_FORM = 0.04
SOUNDS_ALIKE = 0.9
SPELT = 5
"""Letters from which on two tokens may be spellings of one that sounds alike."""
INITIAL = 0.85
SURE = 0.9
SHORT_FOR = 0.95
GENERIC_WEIGHT = 0.45
LONG, TYPOS = 9, 2
"""Letters of a whole name from which so many typos in it are typos, wherever they are."""
PARTICLE, SERVANT = 0.3, 0.6


class Pair(NamedTuple):
    """Two tokens that were paired, or one that was not."""

    one: str
    other: str
    likeness: float


class Likeness(NamedTuple):
    """How alike two names are, and the pairs it rests on."""

    score: float
    pairs: tuple[Pair, ...]

    @property
    def reason(self) -> str:
        """Return in words what is alike and what is not."""
        return ", ".join(_said(pair) for pair in self.pairs) or "nothing alike"


def compare(one: Name, other: Name) -> Likeness:
    """Return how alike two names are."""
    if not one.core or not other.core:
        return Likeness(0.0, ())
    if one.syllables and other.syllables:
        return _by_syllable(one, other)
    if one.core == other.core or sorted(one.core) == sorted(other.core):
        pairs = tuple(Pair(token, token, 1.0) for token in one.core)
        return Likeness(_formed(1.0, one, other), pairs)
    best = _aligned(one.core, other.core, one.is_company or other.is_company)
    unpaired = {not pair.one for pair in best.pairs if not pair.one or not pair.other}
    if len(one.core) != len(other.core) and len(unpaired) == 2:
        joined = _joined(one, other)
        best = max(best, joined, key=lambda each: each.score)
    score = max(best.score, _as_a_whole(one, other))
    return Likeness(_formed(score, one, other), best.pairs)


def _by_syllable(one: Name, other: Name) -> Likeness:
    """Compare names of syllables, of which each other one makes another name."""
    left, right = Counter(one.syllables), Counter(other.syllables)
    shared = sum((left & right).values())
    score = shared / max(left.total(), right.total())
    return Likeness(
        score if score == 1 else score * 0.8, (Pair(one.syllables, other.syllables, score),)
    )


def _as_a_whole(one: Name, other: Name) -> float:
    """Return how alike the letters are in their order, where a long name has two typos at most."""
    short, long = sorted((one.squashed, other.squashed), key=len)
    if one.is_company or len(long) < LONG or len(long) - len(short) > TYPOS:
        return 0.0
    distance = OSA.distance(short, long, score_cutoff=TYPOS)
    return 1 - distance / len(long) if distance <= TYPOS else 0.0


def _formed(score: float, one: Name, other: Name) -> float:
    differs = one.form and other.form and one.form != other.form
    return round(score - (OTHER_FORM if differs else 0.0), 6)


def _aligned(one: tuple[str, ...], other: tuple[str, ...], is_company: bool) -> Likeness:
    ranked = []
    for i, a in enumerate(one):
        for k, b in enumerate(other):
            alike = 1.0 if a == b else likeness(a, b)
            if alike >= ALIKE:
                ranked.append((-alike, i, k))
    ranked.sort()
    pairs, left, right = [], dict(enumerate(one)), dict(enumerate(other))
    total = weight = 0.0
    for alike, i, k in ranked:
        if i in left and k in right:
            a, b = left.pop(i), right.pop(k)
            each = max(_weight(a, is_company), _weight(b, is_company))
            total, weight = total - alike * each, weight + each
            pairs.append(Pair(a, b, -alike))
    only, lacks = (
        sum(_weight(token, is_company) for token in rest.values()) for rest in (left, right)
    )
    against, extra = min(only, lacks), abs(only - lacks)
    # One token of several names nobody: a first name alone, or one with an initial.
    telling = sum(_tells(pair.one) and _tells(pair.other) for pair in pairs)
    if telling < 2 and extra > PARTICLE and not is_company:
        against, extra = against + extra, 0.0
    spare = extra * (EXTRA_OF_COMPANY if is_company else EXTRA)
    # A name that lacks a part of the other must be sure in what it has.
    if sum(pair.likeness >= SURE for pair in pairs) < 2 and extra > PARTICLE and not is_company:
        spare *= 2
    score = total / (weight + AGAINST * against + spare) if weight else 0.0
    rest = [Pair(token, "", 0.0) for token in left.values()]
    rest += [Pair("", token, 0.0) for token in right.values()]
    return Likeness(score, (*pairs, *rest))


def _joined(one: Name, other: Name) -> Likeness:
    """Compare with neighbouring tokens written as one, where one name has fewer of them."""
    few, many = sorted((one, other), key=lambda name: len(name.core))
    is_company = one.is_company or other.is_company
    best = Likeness(0.0, ())
    if len(few.core) == 1 and few.squashed == many.squashed:
        return Likeness(0.98, (Pair(few.squashed, " ".join(many.core), 0.98),))
    for place in range(len(many.core) - 1):
        merged = "".join(many.core[place : place + 2])
        tokens = (*many.core[:place], merged, *many.core[place + 2 :])
        if max(likeness(merged, token) for token in few.core) >= 0.85:
            each = _aligned(few.core, tokens, is_company)
            best = max(best, Likeness(each.score * 0.98, each.pairs), key=lambda x: x.score)
    return best


def _tells(token: str) -> bool:
    return len(token) > 1 and token not in words.SERVANTS


def _weight(token: str, is_company: bool) -> float:
    if token in words.PARTICLES:
        return PARTICLE
    if token in words.SERVANTS:
        return SERVANT
    if len(token) == 1:
        return 0.4
    return GENERIC_WEIGHT if is_company and token in words.GENERIC else 1.0


@lru_cache(maxsize=400_000)
def likeness(one: str, other: str) -> float:
    """Return how alike two tokens are: by letters, by sound, as an initial, as a short form."""
    if one == other:
        return 1.0
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) == 1:
        return INITIAL if long[0] == short and not long.isdigit() else 0.0
    if words.NICKNAMES.get(one, one) == words.NICKNAMES.get(other, other):
        return SHORT_FOR
    if one.isupper() != other.isupper():
        return SOUNDS_ALIKE if arabic.is_same(one, other) else 0.0
    distance = OSA.distance(one, other, score_cutoff=4)
    alike = 1 - distance / len(long)
    if len(short) >= SPELT and alike >= ALIKE - 0.02 and skeleton(one) == skeleton(other):
        return (alike + SOUNDS_ALIKE) / 2
    return alike if distance <= 1 + len(long) // 8 else 0.0


def _said(pair: Pair) -> str:
    if not pair.one or not pair.other:
        return f"only one has {pair.one or pair.other}"
    if pair.one == pair.other:
        return pair.one
    return f"{pair.one} for {pair.other}"
