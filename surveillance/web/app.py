"""The application: routes, and errors as plain pages."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import database
from surveillance.web import (
    api,
    case,
    case_actions,
    coverage,
    customers,
    filings,
    headers,
    health,
    journal,
    officers,
    queue,
    replays,
    reports,
    rule_actions,
    rules,
    runs,
    screening,
    segments,
    sessions,
    sign_in,
    sign_on,
    stress,
    studies,
    suppressions,
    tasks,
    team,
    templates,
)
from surveillance.web.access import segment, show
from surveillance.web.worker import Worker

_STATIC = Path(__file__).parent / "static"
_PAGES = (
    sign_in, sign_on, queue, team, case, case_actions, reports, filings, suppressions, runs,
    replays, rules, rule_actions, studies, coverage, segments, customers, screening, stress,
    journal, officers, tasks, health,
)  # fmt: skip


def create_app(settings: Settings, hosts: Sequence[str] = ("*",)) -> FastAPI:
    """Return the application on the database of ``settings``, which must be migrated.

    ``hosts`` are the names that it may be called by; the server says which.
    """
    app = FastAPI(
        title="Surveillance",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(sessions.check_form)],
    )
    app.state.settings = settings
    app.state.engine = database.engine(settings.database)
    app.state.worker = Worker(settings, app.state.engine)
    app.state.templates = templates.environment(settings.templates)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(headers.Guard)
    app.mount("/static", StaticFiles(directory=_STATIC), "static")
    for page in _PAGES:
        app.include_router(page.router)
    app.mount("/api/v1", api.create(settings, app.state.engine), "api")
    _explain_errors(app)
    return app


def _explain_errors(app: FastAPI) -> None:
    app.add_exception_handler(sessions.SignedOut, _to_sign_in)
    app.add_exception_handler(SurveillanceError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(Exception, _broken)


def _to_sign_in(request: Request, _: Any) -> Response:
    where = request.url.path if request.method == "GET" else _page_of(request.url.path)
    address = "/sign-in" if where == "/" else f"/sign-in?to={segment(where)}"
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _page_of(path: str) -> str:
    """Return the page that a form stands on: that of a case, where its words are kept."""
    parts = path.split("/")
    return "/".join(parts[:3]) if parts[1] == "cases" and len(parts) > 3 else "/"


def _refused(request: Request, error: Any) -> Response:
    return _page(request, HTTPStatus.CONFLICT, str(error))


def _http_error(request: Request, error: Any) -> Response:
    status = HTTPStatus(error.status_code)
    return _page(request, status, "" if error.detail == status.phrase else str(error.detail))


def _not_understood(request: Request, error: Any) -> Response:
    faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    return _page(request, HTTPStatus.BAD_REQUEST, faults)


def _broken(request: Request, _: Any) -> Response:
    answer = _page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "The server's log says more.")
    headers.secure(answer.headers, https=request.url.scheme == "https", keep=False)
    return answer


def _page(request: Request, status: HTTPStatus, message: str) -> Response:
    officer = getattr(request.state, "officer", None)
    return show(
        request,
        "error.html",
        status,
        heading=_HEADINGS.get(status, status.phrase),
        message=message,
        officer=officer,
    )


_HEADINGS = {
    HTTPStatus.BAD_REQUEST: "That was not understood",
    HTTPStatus.FORBIDDEN: "That is not allowed",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.CONFLICT: "That cannot be done now",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong",
}
