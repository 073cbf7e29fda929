"""The guard before every answer: who may ask, and what a page may do.

A page that a browser shows for another site can send requests here: so the name that was asked for (Host) and the
page that asks (Origin) are checked always. What a page of ours may load or run is said in its content security
policy: nothing but our own files, no script in the page, nothing evaluated.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demandsim.workshop.room import Room

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Content security policy of every answer. Pictures may be data, since that is how a chart becomes a PNG."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


_HERE_ONLY = {"cross-origin-opener-policy": "same-origin"}
"""What a browser heeds from this computer alone: from the network, without a certificate, it complains instead."""


class Guard:
    """Middleware that refuses strangers and adds the headers of safety.

    Args:
        app: What lies behind.
        room: The room that is guarded.
    """

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app = app
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # no other kind is spoken here

        asked = _name_of(Headers(scope=scope).get("host", ""))[0]

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (_HEADERS | (_HERE_ONLY if _is_loopback(asked) else {})).items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["cache-control"] = "no-store"
            await send(message)

        refusal = self.refusal(scope)
        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)

    def refusal(self, scope: Scope) -> str:
        """Why a request is refused; empty where it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            return "This address is not the workshop’s. Use the one that the terminal shows."
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host}".lower():
            return "Another site asked for this. Open the workshop by its own address."
        if headers.get("sec-fetch-site", "same-origin") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return "Another site asked for this. Open the workshop by its own address."
        if scope["method"] not in ("GET", "HEAD") and origin is None:
            return "A change has to come from a page of the workshop."
        return ""

    def _is_ours(self, host: str) -> bool:
        """Whether a Host header names this server: loopback, or where it is shared any address that is no name."""
        name, port = _name_of(host)
        if port != self._room.port:
            return False
        if _is_loopback(name):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:  # a name of the network could be pointed here from outside
            return False
        return self._room.shared and address.is_private


def _name_of(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; an empty name where it is none."""
    try:
        split = urlsplit(f"//{host}")
        return split.hostname or "", split.port
    except ValueError:
        return "", None


def _is_loopback(name: str) -> bool:
    """Whether a name is this very computer's."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
