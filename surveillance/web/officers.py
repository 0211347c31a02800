"""Officers on a screen, for admins alone, who see nothing else."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlmodel import Session, select

from surveillance.records import officers
from surveillance.records.tables import Officer, Role
from surveillance.web import sessions
from surveillance.web.access import Admin, go

router = APIRouter(prefix="/officers")
ShortText = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1000)]


@router.get("")
def list_officers(access: Admin) -> Response:
    """List everybody who may, or might once, sign in."""
    with access.reading() as session:
        people = session.exec(select(Officer).order_by(Officer.id)).all()
        return access.page(
            "officers.html", people=people, roles=list(Role), shortest=officers.SHORTEST
        )


@router.post("")
def add(
    access: Admin,
    officer_id: ShortText,
    role: Annotated[Role, Form()],
    password: Password,
    name: ShortText = "",
    position: ShortText = "",
    email: ShortText = "",
) -> Response:
    """Add an officer."""
    with access.writing() as session:
        officers.enrol(
            session,
            access.officer,
            officer_id.strip(),
            password,
            role,
            at=access.now,
            name=name.strip(),
            position=position.strip(),
            email=email.strip(),
        )
    return go("/officers")


@router.post("/{officer_id}/role")
def change_role(access: Admin, officer_id: str, role: Annotated[Role, Form()]) -> Response:
    """Change what an officer may do."""
    with access.writing() as session:
        _exists(session, officer_id)
        officers.set_role(session, access.officer, officer_id, role, access.now)
    return go("/officers")


@router.post("/{officer_id}/password")
def reset_password(access: Admin, officer_id: str, password: Password) -> Response:
    """Give an officer a new password, lift a lock, and sign them out."""
    with access.writing() as session:
        _exists(session, officer_id)
        officers.set_password(session, access.officer, officer_id, password, access.now)
        sessions.end_all(session, officer_id)
    return go("/officers")


@router.post("/{officer_id}/known-as")
def set_known_as(
    access: Admin, officer_id: str, names: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """Write down by which names activity knows an officer and theirs."""
    with access.writing() as session:
        _exists(session, officer_id)
        officers.set_known_as(session, access.officer, officer_id, names, access.now)
    return go("/officers")


@router.post("/{officer_id}/deactivate")
def deactivate(access: Admin, officer_id: str) -> Response:
    """Shut an officer out."""
    with access.writing() as session:
        _exists(session, officer_id)
        officers.deactivate(session, access.officer, officer_id, access.now)
        sessions.end_all(session, officer_id)
    return go("/officers")


def _exists(session: Session, officer_id: str) -> None:
    if session.get(Officer, officer_id) is None:
        raise HTTPException(404, f"There is no officer {officer_id}.")
