"""Somebody with a browser: keeps cookies, and sends forms with the token a page gave them."""

import re

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response

from tests.given.floor import PASSWORD

_TOKEN = re.compile(r'name="token" value="(\w+)"')


class Visitor:
    """A browser without JavaScript."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self.client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        self.client.get("/sign-in")

    @property
    def token(self) -> str:
        """Return what the forms of a page hold as their token, or nothing."""
        page = self.client.get("/password").text or self.client.get("/sign-in").text
        match = _TOKEN.search(page)
        return match[1] if match else ""

    def get(self, path: str) -> Response:
        """Open a page."""
        answer: Response = self.client.get(path)
        return answer

    def post(self, path: str, **fields: str) -> Response:
        """Send a form, and wait for what it asked for to be done."""
        answer: Response = self.client.post(path, data={"token": self.token, **fields})
        self._app.state.worker.wait()
        return answer

    def sign_in(self, name: str, password: str = PASSWORD, to: str = "/") -> Response:
        """Sign in as somebody."""
        return self.post("/sign-in", officer_id=name, password=password, to=to)
