"""The evidence register: every number about the world, with unit, range, status and source."""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO

HEADER = ("key", "value", "low", "high", "unit", "population", "status", "source", "note")

GRADES = {"S": "measured", "K": "recalled", "A": "assumed", "F": "fitted"}
"""What a row's status means in a word."""


def _number(text: str) -> float | None:
    """The finite number a cell holds, or None where it holds none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One row of the register.

    Attributes:
        key: Dotted name, unique.
        value: Central value as written; a number in most rows.
        low: Low end of the range, or empty.
        high: High end of the range, or empty.
        unit: Unit of value, low and high.
        population: Whom it describes.
        status: S sourced, K recalled, A assumed, F fitted here.
        source: Where it comes from.
        note: Anything a user of it must know.
    """

    key: str
    value: str
    low: str
    high: str
    unit: str
    population: str
    status: str
    source: str
    note: str

    @property
    def grade(self) -> str:
        """How well it is known, in a word: measured, recalled, assumed or fitted."""
        return GRADES[self.status]

    @property
    def number(self) -> float | None:
        """The central value, or None where the row holds words."""
        return _number(self.value)

    @property
    def range(self) -> tuple[float | None, float | None]:
        """Low and high end; None where an end is left open."""
        return _number(self.low), _number(self.high)

    def holds(self, value: float) -> bool:
        """Whether a value lies in the row's range, its ends included; an open end holds everything."""
        low, high = self.range
        return (low is None or value >= low) and (high is None or value <= high)


class Register(Mapping[str, Evidence]):
    """Evidence rows by key."""

    def __init__(self, rows: Mapping[str, Evidence]) -> None:
        self._rows = dict(rows)

    def __getitem__(self, key: str) -> Evidence:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def nearest(self, key: str) -> str | None:
        """The key that somebody who wrote this one may have meant, or None."""
        close = difflib.get_close_matches(key[:100], self._rows, n=1, cutoff=0.6)
        return close[0] if close else None


def read_table(name: str, text: str) -> Iterator[Evidence]:
    """The rows of one evidence table.

    Args:
        name: What to call the table in messages.
        text: Its content as CSV.

    Raises:
        ValueError: If it has other columns, a row of another length, or a status that is none.
    """
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    if tuple(reader.fieldnames or ()) != HEADER:
        raise ValueError(f"{name}: columns are {reader.fieldnames}, not {HEADER}")
    for line in reader:
        if None in line or None in line.values():
            raise ValueError(f"{name}:{reader.line_num}: {line['key']}: not {len(HEADER)} cells (quote commas)")
        if line["status"] not in GRADES:
            raise ValueError(f"{name}:{reader.line_num}: {line['key']}: status {line['status']!r} is not S, K, A or F")
        yield Evidence(**line)


@cache
def register() -> Register:
    """The packaged register: every table of ``data/evidence``, keys unique across all of them.

    Raises:
        ValueError: If a key stands twice or a table cannot be read.
    """
    rows: dict[str, Evidence] = {}
    folder = files("demandsim.data") / "evidence"
    for table in sorted((t for t in folder.iterdir() if t.name.endswith(".csv")), key=lambda t: t.name):
        for row in read_table(table.name, table.read_text(encoding="utf-8")):
            if row.key in rows:
                raise ValueError(f"{table.name}: {row.key} stands in the register already")
            rows[row.key] = row
    return Register(rows)


@cache
def _central() -> Mapping[str, float]:
    """The central value of every row that holds a number."""
    return {key: row.number for key, row in register().items() if row.number is not None}


def _unknown(key: str) -> KeyError:
    """What to say about a key without a number: the nearest one, if any is near."""
    row = register().get(key)
    if row is not None:
        return KeyError(f"{key} holds words, no number: {row.value}")
    near = register().nearest(key)
    return KeyError(f'the evidence register has no "{key}"' + (f'; did you mean "{near}"?' if near else ""))


class Numbers(Mapping[str, float]):
    """Parameter values by key: the register's central values with a scenario's overrides.

    Immutable, so a copy is the thing itself; pickled as its overrides alone.

    Attributes:
        overrides: The values that are not the register's, as (key, value) in the order of the keys.
    """

    __slots__ = ("_values", "overrides")

    def __init__(self, overrides: Mapping[str, float] | None = None) -> None:
        central = _central()
        for key, value in (overrides or {}).items():
            if key not in central:
                raise _unknown(key)
            if not math.isfinite(value):
                raise ValueError(f"{key}: {value} is no number to reckon with")
        self.overrides = tuple(sorted((key, float(value)) for key, value in (overrides or {}).items()))
        self._values = {**central, **dict(self.overrides)} if self.overrides else central

    def __getitem__(self, key: str) -> float:
        try:
            return self._values[key]
        except KeyError:
            raise _unknown(key) from None

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Numbers({dict(self.overrides)})"

    def __deepcopy__(self, memo: dict[int, object]) -> Numbers:
        return self

    def __reduce__(self) -> tuple[Callable[[dict[str, float]], Numbers], tuple[dict[str, float]]]:
        return Numbers, (dict(self.overrides),)
