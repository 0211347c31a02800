"""Rules for the whole of a batch: its counts, its sequence, its prefix and its texts."""

from collections.abc import Iterator
from typing import Any

from surveillance.reports.fincen.efiling.tree import every, fault, name, values
from surveillance.reports.fincen.elements import PREFIX

_NO_NAME = {
    "AKA", "COMPUTER GENERATED", "CUSTOMER", "DBA", "NONE", "NOT APPLICABLE", "N/A", "OTHER",
    "SAME", "SAME AS ABOVE", "SEE ABOVE", "SEE NARRATIVE", "T/A", "UNKNOWN", "VARIOUS", "XX",
}  # fmt: skip
"""What may not stand for a name, a street, a city or an occupation."""
_SAID = ("Name", "Street", "City", "Occupation")


def counts(root: Any) -> Iterator[str]:
    """Yield what the attributes on top say otherwise than the elements below."""
    there = {
        "ActivityCount": len(every(root, "f:Activity")),
        "PartyCount": len(every(root, ".//f:Party")),
        "TotalAmount": sum(
            int(each) for each in values(root, "TotalSuspiciousAmountText") if each.isdecimal()
        ),
        "AttachmentCount": len(values(root, "OriginalAttachmentFileName")),
        "ActivityAttachmentCount": len(every(root, "f:Activity[f:ActivitySupportDocument]")),
    }
    for attribute, count in there.items():
        if root.get(attribute) != str(count):
            yield f"expected {attribute} {count}, was {root.get(attribute)}"
    numbers = [int(number) for number in root.xpath(".//@SeqNum")]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"expected SeqNum in order from 1, was {numbers[:5]}"


def faults(root: Any) -> Iterator[str]:
    """Yield elements under another prefix, and texts that are none, or that say nothing."""
    for element in every(root, "descendant-or-self::*"):
        if element.prefix != PREFIX:
            yield fault(element, f"the prefix {PREFIX}", element.prefix or "none", "F60")
            return
        if not len(element):
            yield from _text(element)
    for element in every(root, ".//f:OriginalAttachmentFileName"):
        if not str(element.text).lower().endswith(".csv"):
            yield fault(element, "a file of comma-separated values", repr(element.text))


def _text(element: Any) -> Iterator[str]:
    text, said = element.text or "", name(element)
    if not text:
        yield fault(element, "a value", "none", "B7")
    elif text != text.strip():
        yield fault(element, "no space before or after", repr(text[:40]))
    elif not text.isprintable():
        yield fault(element, "no characters that do not print", repr(text[:40]))
    elif any(part in said for part in _SAID) and text.upper().rstrip(".") in _NO_NAME:
        yield fault(element, f"a name in {said}", repr(text))
