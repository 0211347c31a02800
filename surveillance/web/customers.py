"""A customer on a screen: who they are, whom they are tied to, what they did and what was found.

Every page is logged before it is shown, as the reading of a case is.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import Response
from markupsafe import Markup

from surveillance.chart.counterparties import counterparties_svg
from surveillance.chart.families import families_svg
from surveillance.chart.network import network_svg
from surveillance.chart.picture import scene_svg
from surveillance.customers import browse, file, identity
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.model import Risk, Scene
from surveillance.web.access import Access, Reader

router = APIRouter(prefix="/customers/{name}")

Moment = Annotated[datetime | None, Query()]
Table = Literal["orders", "trades", "transfers", "logins"]


@router.get("")
def show_customer(
    access: Reader, name: str, until: Moment = None, known: Moment = None
) -> Response:
    """Show all that is known of an owner, by the name of theirs or of an account."""
    place, customer = _opened(access, name, "file")
    window = identity.shown_window(place, _utc(until), access.now)
    known_at = _utc(known) or access.now
    shown = file.customer_file(place, customer, window, known_at, access.now)
    return access.page(
        "customer.html",
        file=shown,
        pictures=_pictures(shown),
        earlier=window.start,
        later=window.end + (window.end - window.start),
        is_past=known is not None,
        tables=tuple(browse.COLUMNS),
        changed_fields=_FIELDS,
    )


@router.get("/{table}")
def show_rows(
    access: Reader,
    name: str,
    table: Table,
    until: Moment = None,
    page: Annotated[int, Query(ge=1, le=browse.MOST_PAGES)] = 1,
) -> Response:
    """Show what a customer did in thirty days, a hundred rows at a time, the last first."""
    place, customer = _opened(access, name, table)
    window = identity.shown_window(place, _utc(until), access.now)
    rows = browse.browse(place, customer, window, table, page, access.now)
    return access.page(
        "customer_rows.html",
        customer=customer,
        window=window,
        found=rows,
        tables=tuple(browse.COLUMNS),
        earlier=window.start,
        later=window.end + (window.end - window.start),
    )


def _opened(access: Access, name: str, page: str) -> tuple[Installation, identity.Customer]:
    """Return a customer once it is on record that they are looked at."""
    place = Installation(access.settings, access.engine)
    try:
        customer = identity.find(place, name, access.now)
    except SurveillanceError as wrong:
        raise HTTPException(404, str(wrong)) from None
    with access.writing() as session:
        identity.read(session, customer.owner_id, page, access.officer, access.now)
    return place, customer


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


_FIELDS = ("name", "entity", "birth_date", "nationality", "residence", "occupation", "employer",
           "income", "expected_volume", "tier", "status", "document_expires_at",
           "risk_rating")  # fmt: skip


def _pictures(shown: file.CustomerFile) -> dict[str, Markup]:
    owner, window = shown.customer.owner_id, shown.window
    drawn = {
        "ties": network_svg(f"Who is tied to {owner}", shown.customer.accounts, shown.ties.lines),
        "flows": scene_svg(Scene(window), title=f"Money of {owner}", flows=shown.flows),
        "shares": counterparties_svg(f"Who paid {owner}, and who was paid", owner, shown.shares),
        "risk": families_svg(
            f"Hits of {owner} by family", [each.value for each in Risk],
            file.scored(shown.findings, window), window,
        ),
    }  # fmt: skip
    return {
        name: Markup(svg)  # noqa: S704 - drawn by us, every word in it escaped
        for name, svg in drawn.items()
    }
