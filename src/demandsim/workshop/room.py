"""The room: what is open to whom, its workers, and what the facilitator shows."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demandsim.workshop.ahead import Ahead
from demandsim.workshop.choices import DEFAULT_PLACE, Choices, from_query
from demandsim.workshop.kept import KeptRuns, usual_file
from demandsim.workshop.limits import Streams
from demandsim.workshop.pool import Pool, room_pool
from demandsim.workshop.resume import Left, find_left, leave
from demandsim.workshop.runs import Runs

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection


@dataclass
class Room:
    """One workshop.

    Attributes:
        place: ONS code of the place that a page without choices shows.
        port: Port it listens on.
        shared: Whether it listens on the network.
        token: Opens the room to phones; in their address.
        everyone_drives: Whether the facilitator lets phones move the levers.
        keeps: Whether runs are kept in the user's cache for the next session.
        runs_ahead: Whether the workers run what is likely while nobody waits.
        shown: Choices that the facilitator shows.
        pool: The workers.
        runs: Runs of the sample, shared and kept.
        streams: What is being answered.
        changed: Told when the facilitator shows something else.
        ended: The room is being closed.
    """

    place: str = DEFAULT_PLACE
    port: int = 8765
    shared: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    everyone_drives: bool = False
    keeps: bool = False
    runs_ahead: bool = True
    shown: Choices = field(default_factory=Choices)
    pool: Pool = field(default_factory=room_pool)
    streams: Streams = field(default_factory=Streams)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    ended: bool = False
    _slow: Pool | None = None
    _ahead: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self.shown, _ = from_query("", self.place)
        self.runs = Runs(self.pool)
        self.ahead = Ahead(self.pool, self.runs, self.shown)

    def resume(self) -> None:
        """Open the room that was last open on this port, if that was lately: its phones go on by themselves."""
        left = find_left(self.port)
        if left is not None:
            self.token, self.everyone_drives = left.token, left.everyone_drives
            self.shown, _ = from_query(left.query, self.place)
        self.note()

    def note(self) -> None:
        """Write down what the room is, for the next start."""
        if self.shared and self.keeps:
            leave(self.port, Left(self.token, self.shown.query, self.everyone_drives))

    def open(self) -> None:
        """Start the workers, let the place settle in them and run what is likely, before anybody asks."""
        if self.keeps:
            self.runs.kept = KeptRuns(usual_file())
        self.pool.start(first_alone=True)
        self._ahead = asyncio.get_running_loop().create_task(
            self.ahead.go() if self.runs_ahead else self.ahead.settle()
        )

    def close(self) -> None:
        """End every worker."""
        if self._ahead is not None:
            self._ahead.cancel()
        self.pool.close()
        if self._slow is not None:
            self._slow.close()
        self.runs.kept.close()

    async def end(self) -> None:
        """Let whoever waits for an answer go, before the server closes."""
        self.ended = True
        self.streams.end()
        await self.tell()

    async def tell(self) -> None:
        """Tell those who wait that something has changed."""
        async with self.changed:
            self.changed.notify_all()

    def slow_pool(self) -> Pool:
        """The worker for full runs, started when first asked for."""
        if self._slow is None:
            self._slow = Pool(1, 1)
            self._slow.start()
        return self._slow

    @property
    def state_text(self) -> str:
        """What a page compares to see whether the facilitator has changed anything."""
        return f"{self.shown.query}&everyone={'yes' if self.everyone_drives else 'no'}"

    def is_facilitator(self, request: HTTPConnection) -> bool:
        """Whether a request comes from this very computer: phones come from the network."""
        try:
            return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
        except ValueError:
            return False

    def may_drive(self, request: HTTPConnection) -> bool:
        """Whether whoever asks may move the levers."""
        return not self.shared or self.everyone_drives or self.is_facilitator(request)

    def address(self) -> str:
        """Where phones of the network find the room; where it is not shared, where this computer does."""
        if not self.shared:
            return f"http://127.0.0.1:{self.port}/"
        return f"http://{network_address()}:{self.port}/room/{self.token}/"


def network_address() -> str:
    """This machine's address in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 1))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
