"""The batch: one activity with its parties, in the order and under the names of the schema.

What a person is called, where they live and what they did comes from the case; what only the
institution knows from its settings. Nothing is guessed: what is not on record is marked unknown,
which the form has a box for.
"""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from surveillance.config.sections import Fincen, Institution
from surveillance.errors import SurveillanceError
from surveillance.reports import known
from surveillance.reports.filing import Filing
from surveillance.reports.fincen import activity as activities
from surveillance.reports.fincen import parties
from surveillance.reports.fincen.efiling import faults
from surveillance.reports.fincen.elements import add, day, plain, root, say, tag

PART, MOST_PARTS = 4000, 5
"""Characters of one part of a narrative, and how many parts there may be."""


def written(filing: Filing, narrative: str, prior: str = "") -> bytes:
    """Return a case as a batch of one SAR; ``prior`` is the number of one that it corrects.

    Raises:
        SurveillanceError: the institution lacks what FinCEN asks for, or a rule of e-filing fails.
    """
    institution = filing.institution
    if institution.fincen is None:
        raise SurveillanceError("expected settings under institution.fincen, was none")
    batch = _batch(filing, institution, institution.fincen, narrative, prior)
    etree.indent(batch)
    body: bytes = etree.tostring(batch, xml_declaration=True, encoding="UTF-8")
    if wrong := faults(body, filing.at):
        raise SurveillanceError("expected a SAR that FinCEN takes, was: " + "; ".join(wrong))
    return body


def _batch(
    filing: Filing, institution: Institution, fincen: Fincen, narrative: str, prior: str
) -> Any:
    batch = root("EFilingBatchXML")
    say(batch, "FormTypeCode", "SARX")
    activity = add(batch, "Activity")
    if prior:
        say(activity, "EFilingPriorDocumentNumber", prior)
    say(activity, "FilingDateText", day(filing.at))
    association = add(activity, "ActivityAssociation")
    kind = "CorrectsAmendsPriorReportIndicator" if prior else "InitialReportIndicator"
    say(association, kind, "Y")
    parties.institutions(activity, institution, fincen)
    for trader, holder in known.subjects(filing):
        parties.subject(activity, trader, holder, fincen)
    activities.what(activity, filing)
    for number, part in enumerate(_parts(narrative), 1):
        told = add(activity, "ActivityNarrativeInformation")
        say(told, "ActivityNarrativeSequenceNumber", str(number))
        say(told, "ActivityNarrativeText", part)
    _count(batch, filing)
    return batch


def _parts(narrative: str) -> Iterator[str]:
    """Cut a narrative into parts at words: one line, for the form knows no other characters."""
    text = " ".join(narrative.split())
    if len(text) > PART * MOST_PARTS:
        most = f"a narrative of at most {PART * MOST_PARTS} characters"
        raise SurveillanceError(f"expected {most}, was {len(text)}")
    while text:
        cut = len(text) if len(text) <= PART else text.rfind(" ", 0, PART + 1)
        cut = cut if cut > 0 else PART
        yield text[:cut].strip()
        text = text[cut:].strip()


def _count(batch: Any, filing: Filing) -> None:
    """Number every element in its order, and say on top how many there are."""
    numbered = ("EFilingBatchXML", "FormTypeCode")
    holders = [each for each in batch.iter() if len(each) and plain(each) not in numbered]
    for number, element in enumerate(holders, 1):
        element.set("SeqNum", str(number))
    batch.set("TotalAmount", str(activities.amount(filing)))
    batch.set("PartyCount", str(len(list(batch.iter(tag("Party"))))))
    batch.set("ActivityCount", "1")
    batch.set("ActivityAttachmentCount", "0")
    batch.set("AttachmentCount", "0")
