"""Working space: arrays that a process fills anew each month and keeps only because fresh memory costs time.

What stands in them is no part of the model's state: a copy of a process, or one that was pickled, begins without.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ROOM = 1.1
"""A new array has this much more room than is asked for, so that growth does not ask for another each month."""


class Scratch:
    """Arrays by name, each as long as was ever asked for."""

    def __init__(self) -> None:
        self._held: dict[str, NDArray[Any]] = {}

    def __reduce__(self) -> tuple[type[Scratch], tuple[()]]:
        return Scratch, ()

    def array(self, name: str, size: int, dtype: DTypeLike) -> NDArray[Any]:
        """An array with anything in it.

        Args:
            name: What it is for; whatever stood under this name is lost.
            size: How many values, shape (size,).
            dtype: Of what type.
        """
        held = self._held.get(name)
        if held is None or held.size < size:
            held = self._held[name] = np.empty(int(size * _ROOM), dtype=dtype)
        return held[:size]
