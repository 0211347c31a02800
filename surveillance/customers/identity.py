"""Who a customer is: an owner and the accounts of theirs, by the name of either."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select

from surveillance.activity.contract import text
from surveillance.activity.lake.view import View
from surveillance.activity.preparing import prepare
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Window
from surveillance.records.permissions import READERS
from surveillance.records.tables import Alert, CustomerRead, Officer

_DAYS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Customer:
    """An owner and the accounts that the venue knows to be theirs."""

    owner_id: str
    accounts: tuple[str, ...]


def find(place: Installation, name: str, at: datetime) -> Customer:
    """Return the customer of an owner's or an account's name, as known at a moment.

    Raises:
        SurveillanceError: neither the lake nor a case knows the name.
    """
    with place.lake.view(Window(at - timedelta(days=1), at), at) as view:
        rows = owned(view, name)
    if rows:
        return Customer(rows[0][0], tuple(account for _, account in rows))
    if _is_known(place, name, at):
        return Customer(name, (name,))
    raise SurveillanceError(f"expected the name of an owner or an account, was {name!r}")


def owned(view: View, name: str) -> list[tuple[str, str]]:
    """Return the owner behind a name with each of their accounts, in order."""
    prepare(view.connection, ["owners"])
    rows = view.arrow(
        "select owner_id, trader_id from owners where owner_id in (select owner_id from owners "
        f"where trader_id = {text(name)} or owner_id = {text(name)}) order by all"
    )
    return [(row["owner_id"], row["trader_id"]) for row in rows.to_pylist()]


def _is_known(place: Installation, name: str, at: datetime) -> bool:
    """Return whether anything was filed on a name, or an account of that name did anything."""
    columns = (Alert.subject, Alert.owner_id, Alert.trader_id)
    filed = select(Alert.id).where(or_(*(col(column) == name for column in columns)))
    with place.session() as session:
        if session.exec(filed.limit(1)).first() is not None:
            return True
    span = place.lake.span()
    if span is None:
        return False
    with place.lake.view(span, at, accounts=[name]) as view:
        return any(view.has(table) for table in ("kyc", "transfers", "orders", "trades", "logins"))


def shown_window(place: Installation, until: datetime | None, at: datetime) -> Window:
    """Return the thirty days up to ``until``, by default up to the last activity there is."""
    span = place.lake.span()
    end = until or (min(span.end, at) if span else at)
    return Window(end - _DAYS, end)


def read(session: Session, owner_id: str, page: str, officer: Officer, at: datetime) -> None:
    """Record who looked at what of whom: that somebody is looked into is nobody else's business."""
    officer.require(*READERS)
    session.add(CustomerRead(owner_id=owner_id, page=page, officer_id=officer.id, at=at))
    session.flush()
