"""Opening a workshop: what can go wrong, and what is said."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import socket
from collections.abc import AsyncGenerator

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse

from demandsim import cli_workshop
from demandsim.experiment.errors import InputError
from demandsim.workshop import server
from demandsim.workshop.limits import BURST, Streams, _Bucket
from demandsim.workshop.room import Room


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "starlette" else found(name))
    with pytest.raises(InputError, match=r'starlette is not installed.\n.*pip install "demandsim\[workshop\]"'):
        cli_workshop.workshop()


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none_is_refused(port):
    with pytest.raises(InputError, match="Give a whole number from 1024"):
        server._listen("127.0.0.1", port)


def test_a_port_in_use_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="something else uses it"):
            server._listen("127.0.0.1", taken.getsockname()[1])


def test_a_port_is_taken_from_the_moment_it_is_found():
    """A second start while the first still compiles finds the port in use, and does not fail when both would open."""
    first = server._listen("127.0.0.1", None)
    try:
        with pytest.raises(InputError, match="something else uses it"):
            server._listen("127.0.0.1", first.getsockname()[1])
    finally:
        first.close()


def test_the_terminal_says_what_is_open(capsys):
    server._say_what_is_open(Room(port=8765), "http://127.0.0.1:8765/")
    assert "Open to this computer alone" in capsys.readouterr().out
    room = Room(port=8765, shared=True)
    server._say_what_is_open(room, "http://127.0.0.1:8765/")
    said = capsys.readouterr().out
    assert room.token in said
    assert "Open to this network until you press Ctrl-C" in said


def test_an_address_can_ask_for_so_many_runs_and_then_has_to_wait():
    bucket = _Bucket()
    assert all(bucket.take() for _ in range(int(BURST)))
    assert not bucket.take()
    bucket.at -= 1
    assert bucket.take()


async def _streamed(*, closes: bool) -> list[str]:
    """Kinds of message that a page hears of a stream, of a room that is closed amid it or not."""
    streams = Streams()

    async def messages() -> AsyncGenerator[dict]:
        yield {"kind": "first"}
        if closes:
            streams.end()
            await asyncio.sleep(60)
        yield {"kind": "last"}

    async def listening() -> dict:
        await asyncio.sleep(60)
        return {}

    scope = {"type": "http", "method": "GET", "headers": [], "query_string": b"", "client": ("127.0.0.1", 1)}
    answer = streams.answer(Request(scope, listening), "run", messages)
    assert isinstance(answer, StreamingResponse)
    return [json.loads(said)["kind"] async for said in answer.body_iterator]


def test_a_stream_that_is_whole_says_so_and_one_cut_short_does_not():
    assert asyncio.run(_streamed(closes=False)) == ["first", "last", "end"]
    assert asyncio.run(_streamed(closes=True)) == ["first"]
