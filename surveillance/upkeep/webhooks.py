"""Webhooks: events of the outbox sent to other systems, signed, and again until they are heard.

Signed as Standard Webhooks has it: HMAC-SHA256 with the shared secret over id, time and body. Who
hears one twice knows it by its id.
"""

import base64
import hmac
import logging
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from surveillance.config.sections import Webhook
from surveillance.errors import SourceError
from surveillance.installation import Installation
from surveillance.records import outbox
from surveillance.records.tables import OutboxRow

_log = logging.getLogger(__name__)
_PATIENCE = 10
"""Seconds to wait for an answer."""


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: where events go is for the settings to say."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


_OPENER = build_opener(_Stay)


def deliver(place: Installation, at: datetime) -> int:
    """Send what is due, and return how many were heard.

    Raises:
        SourceError: some were not; they are tried again by themselves.
    """
    hooks = {hook.url: hook for hook in place.settings.webhooks}
    with place.session() as session:
        outbox.fill(session, list(hooks), at)
    with place.session() as session:
        rows = outbox.due(session, list(hooks), at)
    failed = [row for row in rows if not _try(place, hooks[row.url], row, at)]
    if failed:
        raise SourceError(f"expected webhooks to be heard, was {len(failed)} of {len(rows)} not")
    return len(rows)


def signature(secret: str, name: str, moment: int, body: str) -> str:
    """Return what proves that a body is ours."""
    signed = hmac.digest(secret.encode(), f"{name}.{moment}.{body}".encode(), "sha256")
    return f"v1,{base64.b64encode(signed).decode()}"


def _try(place: Installation, hook: Webhook, row: OutboxRow, at: datetime) -> bool:
    assert row.id is not None  # noqa: S101 - it was read
    message = _send(hook, row, at)
    with place.session() as session:
        outbox.tried(session, row.id, message, at)
    return not message


def _send(hook: Webhook, row: OutboxRow, at: datetime) -> str:
    """Send one, and return what went wrong, or nothing."""
    name, moment = f"evt_{row.id}", int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(hook.secret.get_secret_value(), name, moment, row.body),
    }
    try:
        request = Request(hook.url, row.body.encode(), headers)  # noqa: S310 - checked in config
        with _OPENER.open(request, timeout=_PATIENCE) as answer:
            return "" if answer.status < HTTPStatus.MULTIPLE_CHOICES else f"HTTP {answer.status}"
    except HTTPError as wrong:
        return f"HTTP {wrong.code}"
    except OSError as wrong:
        return type(wrong).__name__
