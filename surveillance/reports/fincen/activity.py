"""The suspicious activity of a batch: its amount and dates, its kinds, addresses and products."""

from decimal import ROUND_CEILING, Decimal
from typing import Any

from surveillance.reports.filing import Filing
from surveillance.reports.fincen.efiling.addresses import is_on_the_net
from surveillance.reports.fincen.elements import add, day, say

_PRODUCTS = {"future": "8", "option": "8", "perpetual": "20"}


def amount(filing: Filing) -> Decimal:
    """Return what the findings are worth, USD, each by its alert of the most money."""
    worth = (
        max((Decimal(page.file.money or 0) for page in finding.pages), default=Decimal(0))
        for finding in filing.findings
    )
    return sum(worth, Decimal(0)).to_integral_value(ROUND_CEILING)


def subtypes(filing: Filing) -> list[str]:
    """Return the kinds of suspicious activity that the rules name, sorted; else *other*."""
    named = {
        str(code)
        for dossier in filing.dossiers
        for code in (dossier.rule.get("report") or {}).get("sar", ())
    }
    return sorted(named, key=int) or ["9999"]


def what(activity: Any, filing: Filing) -> None:
    """Append what was done: when, how much, of which kinds, from where and with which products."""
    first, last = filing.span
    total = amount(filing)
    what = add(activity, "SuspiciousActivity")
    if not total:
        say(what, "AmountUnknownIndicator", "Y")
    say(what, "SuspiciousActivityFromDateText", day(first))
    say(what, "SuspiciousActivityToDateText", day(last))
    if total:
        say(what, "TotalSuspiciousAmountText", str(total))
    for subtype in subtypes(filing):
        _classified(what, subtype, filing)
    for address, at in _ip_addresses(filing):
        element = add(activity, "ActivityIPAddress")
        say(element, "ActivityIPAddressDateText", at[:10].replace("-", ""))
        say(element, "ActivityIPAddressTimeStampText", at[11:19])
        say(element, "IPAddressText", address)
    _products(activity, filing)


def _classified(what: Any, subtype: str, filing: Filing) -> None:
    classified = add(what, "SuspiciousActivityClassification")
    if subtype.endswith("999"):
        typologies = sorted({dossier.hit.typology for dossier in filing.dossiers})
        text = ", ".join(typologies).replace("_", " ")[:50].strip()
        say(classified, "OtherSuspiciousActivityTypeText", text)
    say(classified, "SuspiciousActivitySubtypeID", subtype)
    kind = subtype[:-3] if subtype.endswith("999") else str(int(subtype) // 100)
    say(classified, "SuspiciousActivityTypeID", kind)


def _products(activity: Any, filing: Filing) -> None:
    kinds = {dossier.instrument.get("kind") or "" for dossier in filing.dossiers} - {""}
    for product in sorted({_PRODUCTS.get(kind, "30") for kind in kinds}):
        asset = add(activity, "Assets")
        say(asset, "AssetSubtypeID", product)
        say(asset, "AssetTypeID", "5")
        if product == "30":
            say(asset, "OtherAssetSubtypeText", "Virtual currency")


def _ip_addresses(filing: Filing) -> list[tuple[str, str]]:
    """Return the addresses that subjects signed in from, each once with its first time."""
    first: dict[str, str] = {}
    for row in filing.tables.get("logins", ()):
        address, at = row.get("ip") or "", row.get("ts") or ""
        if is_on_the_net(address):
            first.setdefault(address, at)
    return list(first.items())[:99]
