"""Numbers as people write them, where a file asks for plain ones: what was meant by ``30%``, ``£27`` or ``2,860``."""

from __future__ import annotations

import re

_NUMBER_IN_TEXT = re.compile(r"£?\s*(?P<number>-?\d+(?:[.,]\d+)*)\s*(?P<sign>%?)[a-z ]*")
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")


def did_you_mean_number(given: object, *, share: bool) -> str:
    """`` Did you mean 0.3?`` where a number can be told from a text, or a share from a percentage; else nothing.

    Args:
        given: What stands in the file: ``30%``, ``£27``, ``0,5``, ``45 minutes``, ``2,860`` or a number.
        share: Whether a share of a whole is asked for, from 0 to 1.
    """
    number = _number_in(given, share) if isinstance(given, str) else _share_in(given, share)
    return "" if number is None else f" Did you mean {number:.12g}?"


def _number_in(text: str, share: bool) -> float | None:
    """The number in a text; None where it holds none, or more than one."""
    found = _NUMBER_IN_TEXT.fullmatch(text.strip())
    if not found:
        return None
    digits = found["number"]
    written = digits.replace(",", "" if _THOUSANDS.fullmatch(digits) else ".")
    if written.count(".") > 1:
        return None
    return float(written) / (100 if found["sign"] and share else 1)


def _share_in(given: object, share: bool) -> float | None:
    """The share that a number from 1 to 100 was meant to be."""
    if not share or isinstance(given, bool) or not isinstance(given, int | float):
        return None
    return given / 100 if 1 < given <= 100 else None
