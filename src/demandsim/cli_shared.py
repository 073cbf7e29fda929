"""What the commands share: options that several take, exit codes, and the one JSON object."""

from __future__ import annotations

import json
import sys
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
    """A number of per cent, with or without its sign; without it, one below 1 is asked back about.

    Args:
        text: What was typed, as ``30`` or ``30%``.

    Raises:
        typer.BadParameter: If it is no number.
    """
    typed = str(text).strip()
    try:
        cut = float(typed.removesuffix("%"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no number of per cent: for a cut of 30 % write --cut 30") from None
    if not typed.endswith("%"):
        ask_back(cut, f"--cut {cut:g}")
    return cut


def ask_back(cut: float, given: str) -> None:
    """Say on stderr how deep a cut below 1 % is: whoever writes 0.3 usually means a share, three tenths.

    Args:
        cut: The cut, or the deepest of several, per cent.
        given: What was written, to begin the sentence.
    """
    if 0 < cut < 1:
        print(
            f"demandsim: {given} takes {cut:g} per cent off the budget, less than one hundredth.\n"
            f"  If {100 * cut:g} per cent is meant, write {100 * cut:g}.",
            file=sys.stderr,
        )
