"""Segments on a screen: what each is and what sets it apart, and why a trader is in one."""

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from markupsafe import Markup

from surveillance.chart.traits import Bar, traits_svg
from surveillance.errors import SurveillanceError
from surveillance.installation import Installation
from surveillance.studies.watch import segments
from surveillance.studies.watch.segments import SegmentRow
from surveillance.web.access import Access, Reader

router = APIRouter()


@router.get("/segments")
def show_segments(access: Reader) -> Response:
    """Show the segments in force, the evidence for them, and what they changed."""
    shown = segments.shown(_place(access))
    overview, version = shown or (None, 0)
    pictures = {row.segment: _picture(row) for row in overview.segments} if overview else {}
    return access.page("segments.html", overview=overview, version=version, pictures=pictures)


@router.get("/segments/traders/{trader_id}")
def show_why(access: Reader, trader_id: str) -> Response:
    """Show why a trader is in a segment."""
    try:
        reasons = segments.why(_place(access), trader_id)
    except SurveillanceError as wrong:
        raise HTTPException(404, str(wrong)) from None
    return access.page("segment_trader.html", reasons=reasons)


def _place(access: Access) -> Installation:
    return Installation(access.settings, access.engine)


def _picture(row: SegmentRow) -> Markup:
    bars = [Bar(t.feature.replace("_", " "), t.here, t.elsewhere, t.effect) for t in row.traits]
    return Markup(traits_svg(f"What sets {row.segment} apart", bars))  # noqa: S704 - ours
