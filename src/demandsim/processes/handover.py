"""What people lose as their provider stops or is replaced: the worker they know, and for a time the care itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Arrangement, Waiting
from demandsim.processes.home_care import served_at_home

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]


def clients_of(model: DemandModel, workers: NDArray[np.bool_]) -> Rows:
    """People served at home whose named worker is one of some.

    Args:
        model: The place.
        workers: Mask of care workers.
    """
    citizens = model.citizens
    served = served_at_home(citizens)
    served = served[citizens.worker[served] != NOBODY]
    theirs: Rows = served[workers[citizens.worker[served]]]
    return theirs


def lose_worker(model: DemandModel, rows: Rows, kept: float) -> None:
    """Take people's named worker away; a share of the relationship is kept for whoever comes next."""
    citizens = model.citizens
    citizens.worker[rows] = NOBODY
    citizens.relationship[rows] *= np.float32(kept)


def back_to_queue(model: DemandModel, rows: Rows, kept: float) -> None:
    """Send people whose provider has stopped to the queue for home care, as a crisis; their plan stands."""
    citizens = model.citizens
    lose_worker(model, rows, kept)
    citizens.arrangement[rows] = Arrangement.NONE
    citizens.waiting[rows] = Waiting.HOME_CARE
    citizens.waiting_since[rows] = model.month
    citizens.urgent[rows] = True
    citizens.review_due[rows] = False
    model.ledger.people("people_rehoused", citizens.cell[rows])
