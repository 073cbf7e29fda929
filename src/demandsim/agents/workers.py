"""Care workers as columns: the people who deliver home care."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.columns import ColumnSet, Row, column


class CareWorkers(ColumnSet):
    """Front-line home-care workers. In a small sample each row stands for a share of a worker (``weight``)."""

    alive: NDArray[np.bool_] = column("?", 0, "", "in post")
    uid: NDArray[np.uint64] = column("u8", 0, "", "identity")
    weight: NDArray[np.float32] = column("f4", 1, "workers", "full posts that the row stands for")
    tenure: NDArray[np.int16] = column("i2", 0, "months", "months in post")
    skill: NDArray[np.float32] = column("f4", 0.5, "0-1", "relational skill")
    values_led: NDArray[np.bool_] = column("?", 0, "", "chosen for values when taken on")
    trained: NDArray[np.bool_] = column("?", 0, "", "trained in strengths-based work")
    strain: NDArray[np.float32] = column("f4", 0.5, "0-1", "work strain (b)")
    sick_share: NDArray[np.float32] = column("f4", 0, "share", "share of hours lost to sickness")
    supply_hours: NDArray[np.float32] = column("f4", 0, "h/week", "hours for visits and travel")
    load_hours: NDArray[np.float32] = column("f4", 0, "h/week", "hours of visits and travel committed")
    employer: NDArray[np.uint8] = column("u1", 0, "", "number of the provider they work for; 0 not yet known")
    own_pay: NDArray[np.float32] = column("f4", 0, "share", "pay from the employer's surplus, against the wage")
    own_say: NDArray[np.float32] = column("f4", 0, "0-1", "say in the work as an owner of the employer")


class CareWorker(Row, columns=CareWorkers):
    """One care worker: a live view of a row."""
