"""The verbs of a rule version as forms: each is done and journalled by the life-cycle, or refused.

Publishing is not among them: a rule is written in a folder, which is no business of a browser.
"""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path
from fastapi.responses import Response
from sqlmodel import Session

from surveillance.governance import lifecycle
from surveillance.records.tables import RuleVersion
from surveillance.web.access import LARGEST, Supervisor, Worker, go, segment

router = APIRouter(prefix="/rules/{rule_id}")
Words = Annotated[str, Form(max_length=100_000)]
Version = Annotated[int, Path(ge=1, le=LARGEST)]


@router.post("/{version}/shadow")
def shadow(access: Worker, rule_id: str, version: Version, reason: Words = "") -> Response:
    """Run a draft beside what is in force; it files nothing."""
    with access.writing() as session:
        _exists(session, rule_id, version)
        lifecycle.shadow(session, rule_id, version, access.officer, reason, access.now)
    return _back(rule_id, version)


@router.post("/{version}/approve")
def approve(access: Supervisor, rule_id: str, version: Version) -> Response:
    """Make active what somebody else published."""
    with access.writing() as session:
        _exists(session, rule_id, version)
        lifecycle.approve(session, rule_id, version, access.officer, access.settings, access.now)
    return _back(rule_id, version)


@router.post("/{version}/refuse")
def refuse(access: Worker, rule_id: str, version: Version, reason: Words = "") -> Response:
    """Turn a version down, or take back one's own."""
    with access.writing() as session:
        _exists(session, rule_id, version)
        lifecycle.refuse(session, rule_id, version, access.officer, reason, access.now)
    return _back(rule_id, version)


@router.post("/{version}/retire")
def retire(access: Supervisor, rule_id: str, version: Version, reason: Words = "") -> Response:
    """Take the active version out of force."""
    with access.writing() as session:
        _exists(session, rule_id, version)
        lifecycle.retire(session, rule_id, version, access.officer, reason, access.now)
    return _back(rule_id, version)


def _exists(session: Session, rule_id: str, version: int) -> None:
    if session.get(RuleVersion, (rule_id, version)) is None:
        raise HTTPException(404, f"There is no version {version} of a rule {rule_id}.")


def _back(rule_id: str, version: int) -> Response:
    return go(f"/rules/{segment(rule_id)}?version={version}")
