"""How places are called: official lists turn some names to sort them, and sentences ask for an article before others.

It stands here and not with the places themselves, since no result depends on it.
"""

from __future__ import annotations

import re

_TURNED = re.compile(r", (City|County) of$")
_WITH_THE = re.compile(r"(City|Isles?|Forest|Vale|East Riding) of |(New Forest|South Hams|.* (Dales|Hills|Moorlands))$")


def heading(name: str) -> str:
    """The name of a place as a heading or the front of a line has it: ``Bristol`` for ``Bristol, City of``."""
    return _TURNED.sub("", name)


def spoken(name: str) -> str:
    """The name of a place within a sentence: ``the Isles of Scilly``, ``Bristol``."""
    called = heading(name)
    return f"the {called}" if _WITH_THE.match(called) else called
