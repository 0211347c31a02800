"""A name as tokens that can be compared: one script, no titles, one word for one legal form.

Letters of other scripts are written in Latin ones, character by character, by ``anyascii``; accents
go; a hyphen parts and an apostrophe does not. Arabic leaves vowels out: see ``arabic``. Hebrew does
too, and what Chinese signs are in Japanese or Korean no letter tells: of these only names in the
same script are found. ``rigour`` does more and was left out: its tables
take ten seconds and 430 MB to load, and PyICU to install.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import OSA

from surveillance.screening import arabic, words

_APOSTROPHES = re.compile(r"(?<=\w)['`´ʹʼʻʾʿ‘’](?=\w)|['`´ʹʼʻʾʿ‘’]")
_APART = re.compile(r"[^a-z0-9]+")
_INITIALS = re.compile(r"\b(?:[a-z0-9]\s){2,}(?=[a-z0-9]\b)")
_SERVANT = re.compile(r"\b(abd(?:[aeiou]l|[aeiou]r(?=r)|[aeiou]))(?!l*ah)([a-z]{4,})\b")
"""``Abdurrahman`` is ``Abdul Rahman`` written as one."""
_FOLDS = (
    ("sch", "s"), ("tch", "c"), ("ch", "c"), ("sh", "s"), ("zh", "j"), ("kh", "h"), ("gh", "g"),
    ("ph", "f"), ("th", "t"), ("dh", "d"), ("dj", "j"), ("ts", "c"), ("tz", "c"), ("ck", "k"),
    ("ks", "x"), ("q", "k"), ("w", "v"), ("z", "s"), ("j", "y"), ("c", "k"),
)  # fmt: skip
_FIRST = {"e": "i", "y": "i", "o": "u"}
_SIGN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_VOWELS = re.compile(r"[aeiouyh]")
_TWICE = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it is compared; ``form`` is the kind of its legal form, if it says one.

    ``core`` are its tokens without titles, legal forms and particles; ``syllables`` are its signs
    if it is written in signs for syllables alone, as in Chinese, Japanese and Korean.
    """

    written: str
    core: tuple[str, ...]
    form: str
    is_company: bool
    syllables: str

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
        forms = [form for part in parts if (form := _form(part))]
        form = next((each for each in forms if each != "company"), "")
        kept = [part for part in _counted(parts) if not _form(part)]
        parts = kept or parts
    elif arabic.is_written(written):
        parts = arabic.parts(written, latin)
    else:
        kept = [part for part in parts if part not in words.TITLES]
        split = _SERVANT.sub(r"abdul \2", " ".join(kept or parts)).split()
        parts = ["abdul" if part in words.SERVANTS else part for part in split]
    core = tuple(part for part in parts if part not in words.PARTICLES)
    # Of a name of two words both are needed, though one may look like a particle.
    if len(core) < 2:
        core = tuple(parts)
    return Name(written, core, form, is_company, _syllables(written))


def has_form(written: str) -> bool:
    """Return whether a name says a legal form, by which it is a company's whoever it is told of."""
    return any(map(_form, latin(written).split()))


@lru_cache(maxsize=100_000)
def _form(token: str) -> str:
    """Return the kind of a legal form, which may be a letter wrong where its word is long."""
    if token in words.FORMS or len(token) < words.LONG_FORM:
        return words.FORMS.get(token, "")
    long = (form for form in words.FORMS if len(form) >= words.LONG_FORM)
    near = next((form for form in long if OSA.distance(form, token, score_cutoff=1) <= 1), "")
    return words.FORMS.get(near, "")


def _counted(parts: list[str]) -> Iterator[str]:
    """Yield words with numbers in digits, so that ``forty four`` is 44."""
    tens = 0
    for part in parts:
        number = words.NUMBERS.get(part, 0)
        if number >= 20:
            tens = number
        elif number:
            yield str(tens + number)
            tens = 0
        else:
            yield from ([str(tens)] if tens else [])
            yield part
            tens = 0
    yield from ([str(tens)] if tens else [])


def _syllables(written: str) -> str:
    letters = [c for c in unicodedata.normalize("NFC", written) if c.isalpha()]
    return "".join(letters) if letters and all(map(_SIGN.match, letters)) else ""


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
