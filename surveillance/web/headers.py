"""What every answer says to the browser, and how large a question may be.

Scripts, styles and requests come from this server alone and nothing stands inline, so words that
slipped through the escaping would still do nothing.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from surveillance.casework import attachments

LARGEST = 1_000_000
"""Bytes that a form may have, but for one that brings a file to a case."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def secure(headers: MutableHeaders, *, https: bool, keep: bool) -> None:
    """Add the headers; only what is the same for everybody may be kept by a cache."""
    headers.update(_ALWAYS)
    headers.setdefault("Cache-Control", "no-cache" if keep else "no-store")
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"


class Guard:
    """Refuses what is too large to be a form, and adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                keep = scope["path"].startswith("/static/")
                secure(MutableHeaders(scope=message), https=scope["scheme"] == "https", keep=keep)
            await send(message)

        return await (_objection(scope) or self.app)(scope, receive, sealed)


def _objection(scope: Scope) -> PlainTextResponse | None:
    if _is_too_large(scope):
        return PlainTextResponse("The form is too large.", 413)
    # PostgreSQL cannot hold this character, so no name of anything has it.
    if b"%00" in scope["query_string"] or "\0" in scope["path"]:
        return PlainTextResponse("An address may not hold the character NUL.", 400)
    return None


def _is_too_large(scope: Scope) -> bool:
    if scope["method"] in {"GET", "HEAD"}:
        return False
    headers = Headers(scope=scope)
    # What says no length and is not sent in pieces has no body.
    length = headers.get("content-length", "" if "transfer-encoding" in headers else "0")
    is_file = scope["path"].startswith("/cases/") and scope["path"].endswith("/attachments")
    largest = attachments.LARGEST + LARGEST if is_file else LARGEST
    return not length.isdecimal() or int(length) > largest
