"""What a process is: a named step of the month that says which columns it reads and writes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:
    import numpy as np
    from _typeshed import DataclassInstance
    from numpy.typing import NDArray

    from demandsim.model import DemandModel


class Numbers(Protocol):
    """Where parameter values come from: the evidence register with a scenario's overrides applied."""

    def __getitem__(self, key: str) -> float: ...


def spare_months(scale: float) -> float:
    """Months of places that nobody took which a sample keeps; everybody (scale 1) keeps none.

    In the whole place one person's quiet month is another's busy one, so that hardly a place goes unused. A sample's
    demand swings more, by one over the root of its scale, and what its quiet months lost its busy ones would lack.

    Args:
        scale: Share of the population that is simulated.
    """
    return float(scale**-0.5 - 1.0)


def evidence(key: str) -> Any:
    """Declare a field of a process's rules: its value is the evidence register's row ``key``."""
    return field(metadata={"key": key})


def read_rules[R: DataclassInstance](rules: type[R], numbers: Numbers) -> R:
    """Fill a frozen dataclass whose every field names its evidence key.

    Args:
        rules: The dataclass; its fields are declared with `evidence`.
        numbers: Parameter values by key.

    Returns:
        The rules, every value a float.

    Raises:
        KeyError: If the register has no such row.
    """
    return rules(**{f.name: float(numbers[f.metadata["key"]]) for f in fields(rules)})


class Process(ABC):
    """One step of the month.

    Attributes:
        name: What the process is called, in profiles and messages.
        reads: Columns it reads: plain names are citizens', ``workers.x`` are care workers'.
        writes: Columns it may write; a test fails where it writes any other.
        welcomes: Gives new people something.
    """

    name: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = ()
    welcomes: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        cls.welcomes = cls.welcome is not Process.welcome

    def __init__(self, numbers: Numbers | None = None) -> None:  # noqa: B027 (a researcher's process needs none)
        """Read the parameters a process needs; a researcher's own process may do without."""

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:  # noqa: B027 (most give nothing)
        """Give new people what they bring for life: everybody at the start, then newborns and arrivals."""

    def start(self, model: DemandModel) -> None:  # noqa: B027 (most processes need no preparation)
        """Prepare once, before the run-in: tables, buffers, first arrangements. People are there already."""

    def settled(self, model: DemandModel) -> None:  # noqa: B027 (most processes have nothing to freeze)
        """Freeze, at the end of the run-in, what only the run-in may move: capacities, means, budgets."""

    @abstractmethod
    def step(self, model: DemandModel) -> None:
        """Carry the place through this part of one month."""
