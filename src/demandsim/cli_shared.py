"""What the commands share: options that several take, exit codes, and the one JSON object."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

SCHEMA_VERSION = 1
"""Version of the objects that ``--json`` prints."""

DONE, BUG, INVALID, SOME_FAILED, DAMAGED, NO_ROOM, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
"""Exit codes."""

Place = Annotated[
    str | None, typer.Option("--place", "-p", help="English council by name or code, or a file of its own figures.")
]
Years = Annotated[
    int | None, typer.Option("--years", "-y", help="Model years from April 2024 (the scenarios' own: 10).")
]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", help="Worker processes (one for each core).")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def json_text(**what: Any) -> str:
    """One JSON object with its version; numbers that are not known must be None by now."""
    return json.dumps({"schema_version": SCHEMA_VERSION, **what}, ensure_ascii=False, allow_nan=False)


def print_json(**what: Any) -> None:
    """Print one JSON object with its version."""
    print(json_text(**what))


def per_cent(text: str) -> float:
    """A number of per cent, with or without its sign.

    Args:
        text: What was typed, as ``30`` or ``30%``.

    Raises:
        typer.BadParameter: If it is no number.
    """
    try:
        return float(str(text).strip().removesuffix("%"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number of per cent: for a cut of 30 % write --cut 30") from None
