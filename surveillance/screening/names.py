"""A name as tokens that can be compared: one script, no titles, one word for one legal form.

Letters of other scripts are written in Latin ones, character by character, by ``anyascii``; accents
go; a hyphen parts and an apostrophe does not. ``rigour`` does more and was left out: its tables
take ten seconds and 430 MB to load, and PyICU to install.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from surveillance.screening import words

_APOSTROPHES = re.compile(r"(?<=\w)['`´ʹʼʻʾʿ‘’](?=\w)|['`´ʹʼʻʾʿ‘’]")
_APART = re.compile(r"[^a-z0-9]+")
_INITIALS = re.compile(r"\b(?:[a-z0-9]\s){2,}(?=[a-z0-9]\b)")
_SERVANT = re.compile(r"\babd(?:[aeou]l|[aeou]r(?=r)|ur|[aeou](?=[^aeou])| [aeu]l| )? ?([a-z]{4,})\b")
"""``Abd al-Rahman``, ``Abdul Rahman`` and ``Abdurrahman`` are one name of one word."""
_FOLDS = (
    ("sch", "s"), ("tch", "c"), ("ch", "c"), ("sh", "s"), ("zh", "j"), ("kh", "h"), ("gh", "g"),
    ("ph", "f"), ("th", "t"), ("dh", "d"), ("dj", "j"), ("ts", "c"), ("tz", "c"), ("ck", "k"),
    ("ks", "x"), ("q", "k"), ("w", "v"), ("z", "s"), ("j", "y"), ("c", "k"),
)  # fmt: skip
_FIRST = {"e": "i", "y": "i", "o": "u"}
_VOWELS = re.compile(r"[aeiouyh]")
_TWICE = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared; ``form`` is the kind of its legal form, if it says one.

    ``core`` are its tokens without titles, legal forms and particles.
    """

    written: str
    core: tuple[str, ...]
    form: str
    is_company: bool

    @property
    def squashed(self) -> str:
        """Return the letters alone, in order."""
        return "".join(self.core)


def read(written: str, *, is_company: bool = False) -> Name:
    """Return a name as it is compared; what is left of it may be nothing."""
    text = latin(written)
    parts = text.split()
    form = ""
    if is_company:
        text = " ".join(parts)
        for phrase, short in words.PHRASES:
            text = text.replace(phrase, short)
        parts = text.split()
        forms = [words.FORMS[part] for part in parts if part in words.FORMS]
        form = next((each for each in forms if each != "company"), "")
        kept = [part for part in parts if part not in words.FORMS]
        parts = kept or parts
    else:
        kept = [part for part in parts if part not in words.TITLES]
        parts = _SERVANT.sub(r"abd\1", " ".join(kept or parts)).split()
    core = tuple(part for part in parts if part not in words.PARTICLES)
    # Of a name of two words both are needed, though one may look like a particle.
    if len(core) < 2:
        core = tuple(parts)
    return Name(written, core, form, is_company)


def latin(written: str) -> str:
    """Return a name in small Latin letters, digits and blanks."""
    text = unicodedata.normalize("NFKC", written)
    text = _APOSTROPHES.sub("", text.replace("&", " and "))
    text = text if text.isascii() else anyascii(_spaced(text))
    text = _APART.sub(" ", _APOSTROPHES.sub("", text.lower())).strip()
    return _INITIALS.sub(lambda match: match.group().replace(" ", ""), text)


def _spaced(text: str) -> str:
    """Put blanks about the syllables of Chinese, which ``anyascii`` writes as one word each."""
    return "".join(f" {c} " if "\u4e00" <= c <= "\u9fff" else c for c in text)


@lru_cache(maxsize=200_000)
def skeleton(token: str) -> str:
    """Return the consonants of a token, with those that transliterations confuse made one."""
    folded = token
    for one, other in _FOLDS:
        folded = folded.replace(one, other)
    first = _FIRST.get(folded[0], folded[0])
    return _TWICE.sub(r"\1", first + _VOWELS.sub("", folded[1:]))
