"""Answers that come line by line: each a JSON object, sent as soon as it is known."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from starlette.responses import StreamingResponse

from demandsim.experiment.errors import ExperimentError
from demandsim.workshop.pool import JobFailedError

FAILED = "Something went wrong with these runs. Try again; the terminal of the workshop says what it was."


async def _lines(found: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    """Lines of an answer; an error that people can mend is told as a line of its own."""

    def line(message: dict[str, Any]) -> bytes:
        return (json.dumps(message, ensure_ascii=False, allow_nan=False) + "\n").encode()

    try:
        async with aclosing(found) as messages:  # type: ignore[type-var]
            async for message in messages:
                yield line(message)
    except ExperimentError as error:
        yield line({"kind": "sorry", "text": for_a_page(str(error))})
    except JobFailedError as error:
        print(error)
        yield line({"kind": "sorry", "text": FAILED})


def for_a_page(message: str) -> str:
    """An error of the command line without its options: the first line, from what was wrong on."""
    first = message.splitlines()[0]
    said = first.split(": ", 1)[1] if first.startswith("--") and ": " in first else first
    return said[:1].upper() + said[1:]


def line_by_line(found: AsyncIterator[dict[str, Any]]) -> StreamingResponse:
    """An answer of JSON lines; whoever leaves before its end stops what is under way for it.

    Args:
        found: What is said, as it becomes known.
    """
    return StreamingResponse(_lines(found), media_type="application/x-ndjson")
