"""Characters that a reviewer does not see, or that turn the direction in which a line is read.

A rule is approved by people who read it: what they see must be what is judged by. Two joiners are
let through in prose, because scripts such as Persian are not written without them.
"""

from unicodedata import category

_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
_JOINERS = "\u200c\u200d"


def unseen(text: str, allowed: str = _JOINERS) -> int | None:
    """Return where the first character stands that is not seen, other than ends of lines."""
    if text.isascii() and text.isprintable():
        return None
    return next(
        (
            place
            for place, char in enumerate(text)
            if category(char) in _UNSEEN and char not in "\n\t\r" and char not in allowed
        ),
        None,
    )
