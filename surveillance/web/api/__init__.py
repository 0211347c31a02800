"""The interface for other systems: what the pages show and do, as JSON and by tokens.

Who may do what is what the pages ask too: a token acts for its officer, within its scopes, and a
read of a case is recorded. What it offers is described at ``/api/v1/openapi.json``.
"""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import Engine
from starlette.exceptions import HTTPException

from surveillance import __version__
from surveillance.casework.cases import NoCase
from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.web.api import acting, filing, reading


def create(settings: Settings, engine: Engine) -> FastAPI:
    """Return the interface on a database."""
    app = FastAPI(title="Surveillance", version=__version__, docs_url=None, redoc_url=None)
    app.state.settings, app.state.engine = settings, engine
    app.include_router(reading.router)
    app.include_router(acting.router)
    app.include_router(filing.router)
    app.add_exception_handler(NoCase, _missing)
    app.add_exception_handler(SurveillanceError, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _not_understood)
    return app


def _missing(_: Request, error: Any) -> JSONResponse:
    """Answer alike whether there is no such case or the officer must not know of it."""
    return JSONResponse({"detail": str(error)}, HTTPStatus.NOT_FOUND)


def _refused(_: Request, error: Any) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, HTTPStatus.CONFLICT)


def _http_error(_: Request, error: Any) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


def _not_understood(_: Request, error: Any) -> JSONResponse:
    faults = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
    return JSONResponse({"detail": faults}, HTTPStatus.BAD_REQUEST)
