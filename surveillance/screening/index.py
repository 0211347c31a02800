"""Which listed names are worth comparing with one: few of thirty thousand, found in microseconds.

A token finds listed tokens that are equal, a typo away, alike in sound, or short for one another. A
name is a candidate if all tokens of it, or of the one that is looked for, find each other; of the
longer one there may be more. Names written as one word find each other by their letters. What no
candidate is would have a token on either side without a counterpart, which is no match.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from surveillance.screening import arabic, words
from surveillance.screening.names import Name, skeleton
from surveillance.screening.similarity import ALIKE, likeness

SHORT = 3
"""Letters up to which a token has to be equal: a typo away from ``ali`` is half of everything."""


class Index:
    """Listed names by their tokens; a name is known by its place in the sequence."""

    def __init__(self, names: Sequence[Name]) -> None:
        self.names = names
        self._places: dict[str, set[int]] = defaultdict(set)
        self._squashed: dict[str, set[int]] = defaultdict(set)
        self._near: dict[str, set[str]] = defaultdict(set)
        self._lengths: list[int] = []
        for place, name in enumerate(names):
            tokens = _telling(name)
            for token in tokens:
                self._places[token].add(place)
            self._lengths.append(len(tokens))
            self._squashed[name.squashed].add(place)
        for token in self._places:
            for key in _keys(token):
                self._near[key].add(token)
            self._near[f"~{token[0]}"].add(token)
            self._near[f"^{arabic.consonants(token)}"].add(token)
        self._found = lru_cache(maxsize=100_000)(self._find)

    def candidates(self, name: Name) -> list[int]:
        """Return the places of listed names that may be alike, in order."""
        tokens = _telling(name)
        found = set(self._squashed.get(name.squashed, ()))
        if len(tokens) == 1:
            places = self._found(tokens[0])
            found |= {place for place in places if self._lengths[place] <= 2 or name.is_company}
        elif tokens:
            for written in (tokens, *self._merged(tokens)):
                found |= set(self._covering(written, name.is_company))
        return sorted(found)

    def _merged(self, tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """Yield tokens with two neighbours as one word, where that is a word of the list."""
        for place in range(len(tokens) - 1 if len(tokens) > 2 else 0):
            one = "".join(tokens[place : place + 2])
            if one in self._places or (one.isupper() and self._found(one)):
                yield (*tokens[:place], one, *tokens[place + 2 :])

    def _covering(self, tokens: tuple[str, ...], is_company: bool) -> Iterator[int]:
        """Yield names that hold all tokens, or whose own are all among them."""
        sets = sorted((self._found(token) for token in tokens), key=len)
        if len(sets) == 2 and not is_company:
            yield from sets[0] & sets[1]
            return
        # Whatever covers must be in one of all sets but the largest, unless it has one token.
        counts = Counter(place for places in sets[:-1] for place in places)
        last, needed = sets[-1], len(sets)
        for place, count in counts.items():
            whole = count + (place in last)
            length = self._lengths[place]
            if whole >= min(needed, length) and (whole > 1 or is_company):
                yield place

    def _find(self, token: str) -> frozenset[int]:
        """Return the names with a token that may stand for this one."""
        tokens = {each for key in _keys(token) for each in self._near.get(key, ())}
        # An initial stands for every token that begins with it, and each of those for it.
        tokens |= self._near.get(f"~{token}", set()) if len(token) == 1 else {token[0]}
        # Lists have Latin letters beside Arabic ones, which would only find more of the same.
        if token.isupper():
            tokens |= self._near.get(f"^{arabic.consonants(token)}", set())
        tokens &= self._places.keys()
        found: set[int] = set()
        for each in tokens:
            if likeness(token, each) >= ALIKE:
                found |= self._places[each]
        return frozenset(found)


def _telling(name: Name) -> tuple[str, ...]:
    """Return the different tokens of a name, without initials where two others are left."""
    tokens = tuple(dict.fromkeys(name.core))
    long = tuple(token for token in tokens if len(token) > 1 and token not in words.SERVANTS)
    return long if len(long) > 1 else tokens


def _keys(token: str) -> Iterator[str]:
    """Yield what tokens that may stand for one another have in common."""
    yield token
    yield f"={words.NICKNAMES.get(token, token)}"
    if len(token) >= SHORT:
        yield f"#{skeleton(token)}"
        yield from (f"-{token[:place]}{token[place + 1 :]}" for place in range(len(token)))
        yield f"-{token}"
