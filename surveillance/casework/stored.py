"""Dossiers and hits as they were stored, read back; what this version cannot read is named.

A row that an older or newer version wrote otherwise is no reason for a crash: whoever asks for it
learns which one it is.
"""

from typing import TypeVar

from surveillance.errors import SurveillanceError
from surveillance.model import Dossier, Hit, restored
from surveillance.records.tables import Alert, AlertHit, NearHit

T = TypeVar("T")


def dossier_of(alert: Alert) -> Dossier:
    """Return the dossier of an alert; a SurveillanceError names the alert if it is unreadable."""
    return _restored(Dossier, alert.dossier, f"dossier of alert {alert.id}")


def hit_of(row: NearHit | AlertHit) -> Hit:
    """Return a hit as it was filed; a SurveillanceError names it if it is unreadable."""
    return _restored(Hit, row.body, f"hit {row.hit_id}")


def _restored(kind: type[T], text: str, name: str) -> T:
    try:
        return restored(kind, text)
    except ValueError as wrong:
        raise SurveillanceError(
            f"expected the {name} as this version writes it, was one that it cannot read: "
            f"{str(wrong).splitlines()[0]}"
        ) from wrong
