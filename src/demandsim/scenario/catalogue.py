"""The library as its README tells it: groups, and a line for each scenario.

The README is the one place where scenarios are put into groups and into plain words; its tables are read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from demandsim.scenario.library import library_folder

_HEADING = re.compile(r"## (.+)")
_ROW = re.compile(r"\| `(\w+)` \| (.+) \|")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the README.

    Attributes:
        group: Heading of its table.
        name: The scenario.
        words: What it is, in a line.
        source: What its source says.
        levers: Which levers stand for it.
        look_at: What to look at in its results.
    """

    group: str
    name: str
    words: str
    source: str
    levers: str
    look_at: str


def catalogue() -> list[Entry]:
    """Every scenario that the library's README lists, in its order.

    Raises:
        ScenarioError: If the installation lacks the library.
        ValueError: If a row of a table has other cells than the head.
    """
    entries: list[Entry] = []
    group = ""
    for line in (library_folder() / "README.md").read_text(encoding="utf-8").splitlines():
        heading, row = _HEADING.fullmatch(line), _ROW.fullmatch(line)
        if heading:
            group = heading[1]
        elif row:
            words, source, levers, look_at = row[2].split(" | ")
            entries.append(Entry(group, row[1], words, source, levers, look_at))
    return entries
