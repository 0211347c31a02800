"""Names in Arabic letters, which leave short vowels out: they are compared by their consonants.

``anyascii`` writes such a name letter by letter, so that Muhammad is ``mhmd``. Its tokens are kept
in capitals, which no other token is, and are like one in Latin letters where the consonants of both
are the same; *w* and *y* may be long vowels, and count for none. Hassan and Hussein are one then:
who screens by Arabic letters looks at more. Names of companies are translated as often as written,
and are not read here.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_LETTERS = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_SERVANT = re.compile(r"(?<!\w)(\u0639\u0628\u062f)\s*\u0627\u0644(?!\u0644)")
"""*Abd al*, apart or in one with what follows."""
_ARTICLE = re.compile(
    r"(?<!\w)\u0627\u0644(?!\u0644\u0647\b)(?=\w{2})|\u0627\u0644(?=\u062f[\u064a\u06cc]\u0646\b)"
)
"""*Al*, but not that of Allah; also within *ad-Din*."""
_GOD = re.compile(r"\bbd a?l?lh\b")
_NO_NAMES = {"bn": "bin", "abn": "ibn", "bnt": "bint", "abw": "abu", "aby": "abu", "bd": "abdul"}
"""Words that a name goes on from, as they are written in Latin letters."""
_TITLES = frozenset(("syd", "cyx", "mla", "mlla", "mwlwy", "haj", "haji", "hajy", "dktwr", "qary"))
_SINGLE = str.maketrans("\u062b\u062e\u0630\u0634\u0638\u063a\u0686\u0698", "sxzczgcj")
"""Letters that are mostly written with two Latin ones, which would be mistaken for two letters."""
_FOLDS = (
    ("kh", "h"), ("gh", "g"), ("sch", "s"), ("sh", "s"), ("ch", "s"), ("th", "s"), ("dh", "d"),
    ("ph", "f"), ("dj", "j"), ("ce", "s"), ("ci", "s"), ("ck", "k"), ("c", "k"), ("x", "ks"),
)  # fmt: skip
_SOUNDS = str.maketrans("qzgcx", "kdjsh")
"""Letters of both that are one sound somewhere from Morocco to Pakistan."""
_SOFT = re.compile("[aeiouywv]")
_TWICE = re.compile(r"(.)\1+")
LEAST = 2
"""Consonants from which on they are a name; of one a name is no longer than ``FEW`` letters."""
FEW = 5


def is_written(name: str) -> bool:
    """Return whether a name is in Arabic letters alone."""
    letters = [letter for letter in name if letter.isalpha()]
    return bool(letters) and all(map(_LETTERS.match, letters))


def parts(name: str, latin: Callable[[str], str]) -> list[str]:
    """Return the tokens of such a name without articles; ``latin`` writes it letter by letter."""
    plain = _SERVANT.sub(r"\1 ", unicodedata.normalize("NFKC", name))
    plain = _ARTICLE.sub("", plain)
    words = _GOD.sub("bdallh", latin(plain.translate(_SINGLE))).split()
    kept = [word for word in words if word not in _TITLES] or words
    return [_NO_NAMES.get(word) or word.upper() for word in kept]


@lru_cache(maxsize=200_000)
def consonants(token: str) -> str:
    """Return the consonants of a token, of either kind, as far as both kinds tell them apart."""
    folded = token.lower()
    for one, other in () if token.isupper() else _FOLDS:
        folded = folded.replace(one, other)
    folded = folded.translate(_SOUNDS)
    bare = _TWICE.sub(r"\1", _SOFT.sub("", folded))
    return bare.removesuffix("h") if len(bare) > 1 else bare


def is_same(one: str, other: str) -> bool:
    """Return whether a token in Arabic letters and one in Latin ones may be the same."""
    bare = consonants(one)
    is_enough = len(bare) >= LEAST or (bare != "" and max(len(one), len(other)) <= FEW)
    return is_enough and bare == consonants(other)
