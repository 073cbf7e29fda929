"""A way to ask the app without a server: one request in, status, headers and body out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from demandsim.workshop.app import create_app
from demandsim.workshop.room import Room


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


def ask(
    room: Room,
    path: str = "/",
    query: str = "",
    *,
    method: str = "GET",
    client: str = "127.0.0.1",
    **headers: str,
) -> Answer:
    """Ask the app of a room, whose workers are not started."""
    given = {"host": f"127.0.0.1:{room.port}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": "http",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": (client, 1234),
        "server": ("127.0.0.1", room.port),
    }
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(create_app(room)(scope, receive, send))
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(sent[0]["status"], head, body.decode(errors="replace"))
