"""The server: whom it listens to, who must encrypt, and how long a request may take to arrive.

Beyond this machine nobody is listened to in the clear: a certificate or a proxy that does TLS is
set, or it is refused. A connection whose request does not come whole in time is ended, so that a
few slow ones do not keep everybody else out.
"""

import asyncio
from ipaddress import ip_address
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from surveillance.config import Settings
from surveillance.errors import SurveillanceError
from surveillance.records import database
from surveillance.web.app import create_app

SLOWEST = 20.0
"""Seconds in which a request must have come whole."""
_IDLE, _AT_ONCE = 5, 200
"""Seconds that an idle connection is kept, and how many there may be."""
_OURS = ["localhost", "127.0.0.1", "::1", "[::1]"]


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Migrate the database and serve until stopped.

    Raises:
        SurveillanceError: others could listen on the way, or no name of the server is set.
    """
    import uvicorn

    web = settings.web
    _expect_private(settings, host)
    app = create_app(settings, [*_OURS, host, *web.hosts])
    database.migrate(app.state.engine)
    app.state.worker.start()
    uvicorn.run(
        app,
        host=host,
        port=port,
        http=Prompt,
        server_header=False,
        access_log=False,
        log_config=None,
        proxy_headers=bool(web.proxies),
        forwarded_allow_ips=web.proxies or None,
        ssl_certfile=web.certificate,
        ssl_keyfile=web.key,
        timeout_keep_alive=_IDLE,
        limit_concurrency=_AT_ONCE,
    )


def _expect_private(settings: Settings, host: str) -> None:
    if is_loopback(host):
        return
    if not settings.web.is_encrypted:
        raise SurveillanceError(
            f"expected TLS to listen on {host}, was none: set certificate and key, or the proxies "
            "that do it, under [web] in config.toml"
        )
    if not settings.web.hosts:
        raise SurveillanceError(
            f"expected the names of the server to listen on {host}, was none: set hosts under "
            "[web] in config.toml"
        )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Prompt(H11Protocol):
    """HTTP whose requests come whole in time."""

    slowest = SLOWEST
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def on_response_complete(self) -> None:
        """Begin to wait for the next."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop()
        self._deadline = self.loop.call_later(self.slowest, self._end)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            self.transport.close()
