"""The room: what is open to whom, its workers, and what the facilitator shows."""

from __future__ import annotations

import asyncio
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demandsim.workshop.choices import DEFAULT_PLACE, Choices, from_query
from demandsim.workshop.pool import Pool

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

PLACES_KEPT = 40
"""Settled samples that each worker keeps: those of three places, with all their runs."""


@dataclass
class Room:
    """One workshop.

    Attributes:
        place: ONS code of the place that a page without choices shows.
        port: Port it listens on.
        shared: Whether it listens on the network.
        token: Opens the room to phones; in their address.
        key: Opens the wheel to the facilitator; in the facilitator's own address, never in the one shared.
        everyone_drives: Whether the facilitator lets phones move the levers.
        shown: Choices that the facilitator shows.
        pool: The workers.
    """

    place: str = DEFAULT_PLACE
    port: int = 8765
    shared: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    everyone_drives: bool = False
    shown: Choices = field(default_factory=Choices)
    pool: Pool = field(default_factory=lambda: Pool(max(2, os.cpu_count() or 2), PLACES_KEPT))
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.shown, _ = from_query("", self.place)

    def holds_key(self, request: HTTPConnection) -> bool:
        """Whether a request comes from the facilitator's page."""
        given = request.headers.get("x-room-key", "") or request.query_params.get("key", "")
        return secrets.compare_digest(given.encode(), self.key.encode())

    def may_drive(self, request: HTTPConnection) -> bool:
        """Whether whoever asks may move the levers."""
        return not self.shared or self.everyone_drives or self.holds_key(request)
