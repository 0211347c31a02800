"""How a measure writes its figures: shares with their interval, seconds as people say them."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from surveillance.records.measures import Agreement, Delays

DelayName: TypeAlias = Literal["median", "p90", "most"]
NOTHING = "–"
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def share(value: float | None, interval: Sequence[float] | None = None) -> str:
    """Write ``0.93 (0.88–0.97)``."""
    if value is None:
        return NOTHING
    around = f" ({interval[0]:.2f}–{interval[1]:.2f})" if interval else ""
    return f"{value:.2f}{around}"


def precision(figures: Agreement) -> str:
    """Write the precision of some figures with its interval."""
    return share(figures["precision"], figures["precision_interval"])


def recall(figures: Agreement) -> str:
    """Write the recall of some figures with its interval."""
    return share(figures["recall"], figures["recall_interval"])


def seconds(value: int | None) -> str:
    """Write seconds as people say them: ``42 s``, ``3.5 min``, ``2.1 d``."""
    if value is None:
        return NOTHING
    for size, unit in _UNITS:
        if value >= size:
            return f"{value / size:.1f}".removesuffix(".0") + f" {unit}"
    return f"{value} s"


def spread(delays: Delays | None, *names: DelayName) -> str:
    """Write delays one behind the other."""
    return " / ".join(seconds(delays[name]) for name in names) if delays else NOTHING


def rate(value: float | None) -> str:
    """Write alerts a 1,000 a day, large numbers with fewer places."""
    if value is None:
        return NOTHING
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def many(count: int, noun: str) -> str:
    """Write ``1 rule`` or ``1,200 rules``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def family(risk: str) -> str:
    """Write a family of risk as people do."""
    return {"kyc_aml": "KYC/AML", "front_running": "Front-running"}.get(risk, risk.capitalize())


def listed(counts: Mapping[str, int]) -> str:
    """Write counts by name, the most first."""
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items())
