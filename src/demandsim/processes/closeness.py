"""Closeness: who picks up what is lost, and who gives up, by nearness of the tie, paid work and own health.

When paid help falls somebody of the family fills part of the gap, and somebody else can go on no longer. Nearer kin
fill more and hold out longer; who has paid work or poor health of their own fills less and gives up sooner. Each is
measured against its mean in the run-in: who it is changes, how much in all does not, until carers are other people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import kernel
from demandsim.processes.base import evidence

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_FINE = 1024.0


class Weights(Protocol):
    """What each circumstance adds to 1."""

    @property
    def home(self) -> float:
        """Where carer and person share a home."""

    @property
    def work(self) -> float:
        """Where the carer has paid work and has not given any of it up."""

    @property
    def health(self) -> float:
        """For each band of the carer's own limitation beyond the first."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How much of a gap kin fill."""

    home: float = evidence("carers.gap_home")
    work: float = evidence("carers.gap_work")
    health: float = evidence("carers.gap_health")


@dataclass(frozen=True, slots=True)
class GivingUp:
    """How soon carers break down."""

    home: float = evidence("carers.breakdown_home")
    work: float = evidence("carers.breakdown_work")
    health: float = evidence("carers.breakdown_health")


@kernel
def _against_others(
    rows: NDArray[np.int64],
    at_home: NDArray[np.bool_],
    working: NDArray[np.bool_],
    work_lost: NDArray[np.uint8],
    limitation: NDArray[np.float32],
    home: float,
    work: float,
    health: float,
    own: NDArray[np.float64],
) -> None:
    """How much readier than others each of some carers is, not yet against the average."""
    for k in range(rows.size):
        i = rows[k]
        works = np.float64(working[i] & (work_lost[i] == 0))
        worn = max(np.float64(limitation[i]) - 1.0, 0.0)
        own[k] = max(1.0 + home * np.float64(at_home[k]) + work * works + health * worn, 0.0)


class Readiness:
    """How much readier than others some carers are, for one thing.

    Attributes:
        usual: Mean in the run-in, frozen at its end.
    """

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.usual = 1.0

    def of(
        self,
        model: DemandModel,
        rows: NDArray[np.int64],
        at_home: NDArray[np.bool_],
        hours: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Readiness of some carers, 1 on average; in the run-in the average is found.

        Args:
            model: The place.
            rows: Carers; one may stand there more than once.
            at_home: Whether they share a home with the person, shape of rows.
            hours: What each counts for in the average; all alike if left out.
        """
        citizens, weights = model.citizens, self._weights
        own = np.empty(rows.size, dtype=np.float64)
        _against_others(
            rows,
            at_home,
            citizens.working,
            citizens.work_lost,
            citizens.limitation,
            weights.home,
            weights.work,
            weights.health,
            own,
        )
        if model.settling and rows.size:
            # Whole numbers, so that the sum is the same in any order.
            each = np.ones(rows.size, dtype=np.int64) if hours is None else np.rint(hours).astype(np.int64)
            total = int((each * np.rint(own * _FINE).astype(np.int64)).sum()) / _FINE
            self.usual = total / max(int(each.sum()), 1)
        return np.asarray(own / self.usual, dtype=np.float32)
