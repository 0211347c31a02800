"""Segments on a screen: what each is and what sets it apart, and why a trader is in one.

A model that waits is shown with what it would change, to whoever is to decide.
"""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Query
from fastapi.responses import Response
from markupsafe import Markup

from surveillance.chart.traits import Bar, traits_svg
from surveillance.errors import SurveillanceError
from surveillance.governance import calibration
from surveillance.installation import Installation
from surveillance.studies.watch import drift, review, segments
from surveillance.studies.watch.cards import Card
from surveillance.studies.watch.detector_card import detector_card
from surveillance.studies.watch.segment_card import segment_card
from surveillance.studies.watch.segments import SegmentRow
from surveillance.web.access import LARGEST, Access, Reader, Supervisor, Worker, go

router = APIRouter()
Words = Annotated[str, Form(max_length=100_000)]
Version = Annotated[int, Path(ge=1, le=LARGEST)]


@router.get("/segments")
def show_segments(access: Reader) -> Response:
    """Show the segments in force, how far traders drifted, and what a model that waits changes."""
    shown = segments.shown(_place(access))
    overview, version = shown or (None, 0)
    pictures = {row.segment: _picture(row) for row in overview.segments} if overview else {}
    with access.reading() as session:
        waiting = [
            (proposal, review.latest(session, int(proposal.subject)))
            for proposal in calibration.waiting(session)
        ]
        measured = drift.latest(session, version)
    return access.page(
        "segments.html",
        overview=overview,
        version=version,
        pictures=pictures,
        waiting=waiting,
        drift=measured,
    )


@router.get("/segments/traders/{trader_id}")
def show_why(access: Reader, trader_id: str) -> Response:
    """Show why a trader is in a segment."""
    try:
        reasons = segments.why(_place(access), trader_id)
    except SurveillanceError as wrong:
        raise HTTPException(404, str(wrong)) from None
    return access.page("segment_trader.html", reasons=reasons)


@router.get("/segments/card")
def show_card(
    access: Reader, version: Annotated[int | None, Query(ge=1, le=LARGEST)] = None
) -> Response:
    """Show the card of a segment model."""
    with access.reading() as session:
        try:
            card = segment_card(session, version)
        except SurveillanceError as wrong:
            raise HTTPException(404, str(wrong)) from None
    return _card(access, card, "/segments")


@router.get("/rules/{rule_id}/card")
def show_detector_card(access: Reader, rule_id: str) -> Response:
    """Show the card of the detector of an anomaly rule."""
    with access.reading() as session:
        try:
            card = detector_card(session, rule_id)
        except SurveillanceError as wrong:
            raise HTTPException(404, str(wrong)) from None
    return _card(access, card, f"/rules/{rule_id}")


@router.post("/segments/{version}/approve")
def approve(access: Supervisor, version: Version) -> Response:
    """Bring a model into force that somebody else proposed."""
    with access.writing() as session:
        calibration.approve(session, access.officer, version, access.now)
    return go("/segments")


@router.post("/segments/{version}/refuse")
def refuse(access: Worker, version: Version, reason: Words = "") -> Response:
    """Turn a model down, or take back one's own."""
    with access.writing() as session:
        calibration.refuse(session, access.officer, version, reason, access.now)
    return go("/segments")


def _place(access: Access) -> Installation:
    return Installation(access.settings, access.engine)


def _picture(row: SegmentRow) -> Markup:
    bars = [Bar(t.feature.replace("_", " "), t.here, t.elsewhere, t.effect) for t in row.traits]
    return Markup(traits_svg(f"What sets {row.segment} apart", bars))  # noqa: S704 - ours


def _card(access: Access, card: Card, back: str) -> Response:
    pairs = {
        name: [{"what": key, "value": value} for key, value in card[name].items()]
        for name in ("data", "method")
    }
    parts = [
        ("Data", pairs["data"]),
        ("Features", card["features"]),
        ("Method and settings", pairs["method"]),
        ("Validation and stability", card["validation"]),
        ("Power", card["power"]),
        ("Approvals", card["approvals"]),
    ]
    return access.page("model_card.html", card=card, parts=parts, back=back)
