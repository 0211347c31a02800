"""The desk of screening on a screen: who may be on a list, and an officer's decision on it."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from surveillance.customers import deciding, identity
from surveillance.installation import Installation
from surveillance.web.access import Access, Reader, Worker, go

router = APIRouter(prefix="/screening")


@router.get("")
def show_desk(access: Reader) -> Response:
    """Show what waits for a decision, what was decided, what lists changed, and who is missed."""
    with access.writing() as session:
        identity.read(session, "", "screening", access.officer, access.now)
    return access.page("screening.html", file=deciding.desk(_place(access), access.now))


@router.post("")
def decide(
    access: Worker,
    trader_id: Annotated[str, Form(max_length=200)] = "",
    pair: Annotated[str, Form(max_length=64)] = "",
    decision: Annotated[str, Form(max_length=10)] = "",
    reason: Annotated[str, Form(max_length=10_000)] = "",
) -> Response:
    """Say that a party is who stands on a list, or is not, and why."""
    deciding.decide(
        _place(access), trader_id, pair, access.officer,
        decision=decision, reason=reason, at=access.now,
    )  # fmt: skip
    return go("/screening#decided")


def _place(access: Access) -> Installation:
    return Installation(access.settings, access.engine)
