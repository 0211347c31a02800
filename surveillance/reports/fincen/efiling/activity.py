"""Rules for the activity: its dates, its amount, what kind of report it is, and its narrative."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from surveillance.reports.fincen.efiling.tree import every, fault, value, values

_DATES = (
    "FilingDateText", "SuspiciousActivityFromDateText", "SuspiciousActivityToDateText",
    "ActivityIPAddressDateText", "CyberEventDateText", "ContactDateText", "ActionTakenDateText",
)  # fmt: skip
_OTHER_ASSETS = ("30", "41")


def faults(root: Any) -> Iterator[str]:
    """Yield the rules of each activity that a batch breaks."""
    for activity in every(root, "f:Activity"):
        yield from _dates(activity)
        yield from _kind(activity)
        yield from _amount(activity)
        yield from _assets(activity)
        yield from _narrative(activity)


def late(root: Any, at: datetime) -> Iterator[str]:
    """Yield the activities that are filed before they ended, or after now."""
    for activity in every(root, "f:Activity"):
        filed = value(activity, "FilingDateText")
        first = values(activity, "SuspiciousActivityFromDateText")[0]
        last = (values(activity, "SuspiciousActivityToDateText") or [first])[0]
        if not first <= last <= filed <= f"{at:%Y%m%d}":
            expected = "activity before its filing, and its filing before now"
            yield fault(activity, expected, f"{first} to {last}, filed {filed}")


def _dates(activity: Any) -> Iterator[str]:
    filed = value(activity, "FilingDateText")
    for name in _DATES:
        for element in every(activity, f".//f:{name}"):
            if not _is_day(element.text):
                yield fault(element, "a day of the calendar, YYYYMMDD", element.text)
    for element in every(activity, ".//f:IndividualBirthDateText"):
        if element.text > filed:
            yield fault(element, "a birth before the filing", element.text)


def _is_day(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y%m%d")  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        return False
    return True


def _kind(activity: Any) -> Iterator[str]:
    """Expect an initial report or one that follows another, which it names by its number."""
    association = every(activity, "f:ActivityAssociation")[0]
    initial = bool(value(association, "InitialReportIndicator"))
    follows = [
        name
        for name in ("CorrectsAmendsPriorReportIndicator", "ContinuingActivityReportIndicator")
        if value(association, name)
    ]
    if initial == bool(follows):
        was = "both" if initial else "neither"
        yield fault(association, "an initial report, or one that corrects or continues", was)
    prior = value(activity, "EFilingPriorDocumentNumber")
    if bool(prior) != bool(follows):
        expected = "EFilingPriorDocumentNumber where a report follows another"
        yield fault(activity, expected, prior or "none")
    if prior and not (len(prior) == 14 and prior.isdecimal()):
        yield fault(activity, "a prior number of fourteen digits", repr(prior))
    continuing = bool(value(association, "ContinuingActivityReportIndicator"))
    if continuing != bool(values(activity, "CumulativeTotalViolationAmountText")):
        yield fault(activity, "a cumulative amount of what continues alone", "otherwise")


def _amount(activity: Any) -> Iterator[str]:
    what = every(activity, "f:SuspiciousActivity")[0]
    names = ("AmountUnknownIndicator", "NoAmountInvolvedIndicator", "TotalSuspiciousAmountText")
    if len(said := [name for name in names if value(what, name)]) != 1:
        yield fault(what, "an amount, that it is unknown, or that none is involved", said or "none")


def _assets(activity: Any) -> Iterator[str]:
    for asset in every(activity, "f:Assets"):
        code, kind = value(asset, "AssetSubtypeID"), value(asset, "AssetTypeID")
        if kind != ("5" if int(code) <= 30 or code == "47" else "6"):
            yield fault(
                asset, "a product (5) or an instrument (6) by its subtype", f"{kind}, {code}"
            )
        if (code in _OTHER_ASSETS) != bool(value(asset, "OtherAssetSubtypeText")):
            yield fault(asset, "a text for another asset and for no other", code)


def _narrative(activity: Any) -> Iterator[str]:
    numbers = values(activity, "ActivityNarrativeSequenceNumber")
    if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        yield fault(activity, "a narrative in parts from 1, without a gap", numbers)
