"""What is said when a scenario cannot be used: where, what, why and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

Path = tuple[str | int, ...]
"""Where a value stands in a file: the keys and list positions that lead to it."""

_SHOWN_CHARACTERS = 60
_LABEL_CHARACTERS = 400


class ScenarioError(ValueError):
    """A scenario that cannot be used.

    Attributes:
        problems: What is wrong, each ``file:line  dotted.path: message``, some with an indented second line.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(list(problems))
        self.problems = list(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


def shown(value: object, longest: int = _SHOWN_CHARACTERS) -> str:
    """A value as it may safely be put into a message: short, and without control characters."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: longest + 1])
    return text if len(text) <= longest else text[: longest - 1] + "…"


def dotted(path: Path) -> str:
    """A path as people write it: ``practice.visits.longest_minutes``, ``responses[2]``."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else ("." if text else "") + shown(part)
    return text


def problem(label: str, line: int | None, path: Path, message: str, hint: str = "") -> str:
    """One problem, as it is printed.

    Args:
        label: What the file is called.
        line: Line number from 1, or None where no line can be named.
        path: Where the value stands in the file.
        message: What is wrong.
        hint: How to mend it, on a line of its own.
    """
    place = shown(label, _LABEL_CHARACTERS) + ("" if line is None else f":{line}")
    subject = f"{dotted(path)}: " if path else ""
    return f"{place}  {subject}{message}" + (f"\n  {hint}" if hint else "")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` where something near is known, else nothing."""
    close = difflib.get_close_matches(word[:100].lower(), list(known), n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
