"""Short ids: how a simulated person is shown to people, such as ``S-08K3F``; S is for simulated.

A short id is the person's ``uid`` in base 32 with Crockford's digits (0 to 9 and the letters without I, L, O and U,
so that none is read as another), at least three of them, and one last digit to check the others: the number modulo
29. A wrong digit or two swapped neighbours are nearly always found out. Case does not matter, and I, L and O are read
as 1, 1 and 0. Nothing of a person is in their id but the number.
"""

from __future__ import annotations

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {digit: value for value, digit in enumerate(_DIGITS)} | {"I": 1, "L": 1, "O": 0}
_PREFIX = "S-"
_CHECK = 29
_FEWEST = 3
_MOST = 13
"""Base-32 digits of the largest uid."""
_LIMIT = 2**64

LOOKS_LIKE = "Ids look like S-0136 (or are the plain number, such as 35)"
"""What to tell somebody who gave none."""


def short_id(uid: int) -> str:
    """The short id of a person.

    Args:
        uid: Their ``uid``, from 0 to 2**64 - 1.

    Raises:
        ValueError: If it is out of that range.
    """
    if not 0 <= uid < _LIMIT:
        raise ValueError(f"{uid} is no uid: from 0 to 2**64 - 1")
    digits, rest = "", uid
    while rest or len(digits) < _FEWEST:
        digits, rest = _DIGITS[rest % 32] + digits, rest // 32
    return f"{_PREFIX}{digits}{_DIGITS[uid % _CHECK]}"


def read_id(text: str) -> int:
    """The ``uid`` that a short id or a plain number stands for.

    Args:
        text: Such as ``S-0136``, ``s-0163`` or ``35``.

    Raises:
        ValueError: If it is neither, or the last digit does not fit the others; the message says what is wrong.
    """
    if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < _LIMIT:
        return int(text)
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    code = text.upper()
    if not code.startswith(_PREFIX):
        raise ValueError(f"{shown!r} is not an id. {LOOKS_LIKE}.")
    digits = code.removeprefix(_PREFIX)
    if not _FEWEST < len(digits) <= _MOST + 1 or any(digit not in _VALUE for digit in digits):
        raise ValueError(f"{shown!r} is not an id. {LOOKS_LIKE}.")
    uid = 0
    for digit in digits[:-1]:
        uid = uid * 32 + _VALUE[digit]
    if uid >= _LIMIT or len(digits) != len(short_id(uid)) - len(_PREFIX) or uid % _CHECK != _VALUE[digits[-1]]:
        raise ValueError(f"{shown!r} has a mistake in it: its last character does not fit the others.")
    return uid
