"""Parameter values that note which of them are read: how the model's own parameters are told from the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from demandsim.parameters.register import Numbers


class Noting(Mapping[str, float]):
    """Parameter values that note which of them are read.

    Attributes:
        read: Keys read so far, in order.
    """

    def __init__(self) -> None:
        self._numbers = Numbers()
        self.read: list[str] = []

    def __getitem__(self, key: str) -> float:
        self.read.append(key)
        return self._numbers[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)
