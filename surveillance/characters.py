"""Characters that a reviewer does not see, or that turn the direction in which a line is read.

A rule is approved by people who read it: what they see must be what is judged by. Two joiners are
let through in prose, because scripts such as Persian are not written without them. Nor may a text
hold the marks that the product puts its own parts in place of.
"""

import re
from unicodedata import category

MARK = re.compile(r"[«»]|\$run_\w*")
"""What the product fills in itself, and nobody may write: the parts of a rule's query, and the
times of a run."""

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
