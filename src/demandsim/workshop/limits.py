"""Limits on what one page, and all of them together, may ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from demandsim.workshop.answers import Message, line
from demandsim.workshop.pool import JobFailedError

MOST_STREAMS = 60
"""Streams open at once, of all pages together."""

BURST, PER_SECOND = 60.0, 15.0
"""Runs that one address may ask for at once, and in the long run each second."""

END: Message = {"kind": "end"}
"""Ends every stream that is whole: a page that has not heard it asks again, as it does when the connection is lost."""

_BUSY = "The workshop is busy with other pages. Wait a moment, then move the lever again."


@dataclass
class _Bucket:
    left: float = BURST
    at: float = field(default_factory=time.monotonic)

    def take(self) -> bool:
        """Take one, if there is one."""
        now = time.monotonic()
        self.left, self.at = min(BURST, self.left + PER_SECOND * (now - self.at)), now
        if self.left < 1:
            return False
        self.left -= 1
        return True


class Streams:
    """Open streams: each page has one of a kind, the newest; there are only so many in all."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], asyncio.Event] = {}
        self._buckets: dict[str, _Bucket] = {}
        self.count = 0

    def answer(self, request: Request, kind: str, messages: Callable[[], AsyncGenerator[Message]]) -> Response:
        """Stream messages to a page, until they end, the page leaves, or it asks anew.

        Args:
            request: The page's request; its ``page`` names the page among those of its address.
            kind: What is asked for: a page's newest stream of a kind ends the one before.
            messages: Makes the messages; closed as soon as nobody listens.
        """
        address = request.client.host if request.client else ""
        if self.count >= MOST_STREAMS or not self._bucket(address).take():
            return PlainTextResponse(_BUSY, 429, headers={"retry-after": "2"})
        name = request.query_params.get("page", "")[:40]
        key = (f"{address} {name}", kind)
        if name and key in self._open:
            self._open[key].set()
        stop = asyncio.Event()
        self._open[key] = stop
        body = self._lines(key, stop, request, messages)
        return StreamingResponse(body, media_type="application/x-ndjson", headers={"x-accel-buffering": "no"})

    def end(self) -> None:
        """End every stream: the room is being closed."""
        for stop in self._open.values():
            stop.set()

    def _bucket(self, address: str) -> _Bucket:
        if len(self._buckets) > 1000:
            self._buckets.clear()
        return self._buckets.setdefault(address, _Bucket())

    async def _lines(
        self,
        key: tuple[str, str],
        stop: asyncio.Event,
        request: Request,
        messages: Callable[[], AsyncGenerator[Message]],
    ) -> AsyncGenerator[bytes]:
        """Messages as lines. Whoever leaves or asks anew is noticed while the next message is being made."""
        self.count += 1
        gone = asyncio.ensure_future(_left(request, stop))
        source = messages()
        upcoming: asyncio.Future[Message] | None = None
        try:
            while True:
                upcoming = asyncio.ensure_future(anext(source))
                await asyncio.wait((upcoming, gone), return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    return
                try:
                    yield line(upcoming.result())
                except StopAsyncIteration:
                    yield line(END)
                    return
                except JobFailedError as error:
                    print(f"demandsim: a run of the workshop failed: {error}", flush=True)
                    yield line({"kind": "failed", "text": "This run failed. The terminal says why; other runs go on."})
                    yield line(END)
                    return
        finally:
            self.count -= 1
            if self._open.get(key) is stop:
                del self._open[key]
            gone.cancel()
            await _close(upcoming, source)


async def _close(upcoming: asyncio.Future[Message] | None, source: AsyncGenerator[Message]) -> None:
    """Stop what makes messages, so that its workers are freed now and not when it is collected."""
    if upcoming is not None and not upcoming.done():
        upcoming.cancel()
        await asyncio.wait((upcoming,))
    await source.aclose()


async def _left(request: Request, stop: asyncio.Event) -> None:
    """Wait until a page has left or has asked anew."""
    asked_anew = asyncio.ensure_future(stop.wait())
    try:
        while not stop.is_set():
            if await request.is_disconnected():
                return
            await asyncio.wait((asked_anew,), timeout=0.1)
    finally:
        asked_anew.cancel()
