"""How abuse is disguised by who knows the rules: what of its conduct is done another way.

Severity is how often, how much and how openly; a disguise is another way to the same end. Each
abuse says in ``TAKES`` which of them it takes: not every one makes sense for every abuse.
"""

from enum import StrEnum


class Disguise(StrEnum):
    """A way of doing it; the answer sheet notes it of each row, and the activity never does."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> "Disguise":
        """Give a member its name and what it means."""
        member = str.__new__(cls, name)
        member._value_, member.sentence = name, sentence
        return member

    PLAIN = "plain", "As the typology describes it."
    REPLACED = "replaced", "Orders are moved far from the market, or shrunk, and not cancelled."
    IN_PARTS = "in parts", "Orders are withdrawn step by step."
    EXPIRED = "expired", "Orders run out by their time in force."
    LATE = "late", "It takes far longer between one step and the next."
    ICEBERG = "iceberg", "Most of the order that is meant is hidden."
    UNEVEN = "uneven", "No two sizes are alike."
    OTHER_PRODUCT = "other product", "A part is done in another product of the same underlying."
    LINKED = "linked account", "A part is done by another account that something ties to the first."
    KEPT = "kept", "The position is kept."
    CLOSED_LATE = "closed late", "The position is closed hours later."
    AT_A_LOSS = "at a loss", "The position is closed when it loses."
    INTERMEDIARY = "intermediary", "A third account stands in the middle."
    MIDNIGHT = "midnight", "It goes on over midnight, where a day's run ends and the next begins."
    THIN = "thin market", "It is done in a coin that hardly anybody trades."
    OPENING = "opening", "It is done in the first minutes of a market, before anything is usual."
    MANY_SMALL = "many small", "Many small orders or payments take the place of a few large ones."


MANNER = (Disguise.MIDNIGHT, Disguise.THIN, Disguise.OPENING)
"""When and where: what makes sense for whatever is done in a book at a moment of one's choice."""
WITHDRAWAL = (Disguise.REPLACED, Disguise.IN_PARTS, Disguise.EXPIRED, Disguise.LATE)
"""How orders that are not meant go away."""
POSITION = (Disguise.UNEVEN, Disguise.MANY_SMALL, Disguise.KEPT, Disguise.CLOSED_LATE)
"""How a position is taken, and whether it is left."""
