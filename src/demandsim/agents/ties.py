"""Ties outside the family: edges between two citizens who spend time together, with hours as strength."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.columns import ColumnSet, column


class Ties(ColumnSet):
    """Non-kin ties. Each row joins two citizens; a freed row is used again."""

    alive: NDArray[np.bool_] = column("?", 0, "", "the tie exists")
    uid: NDArray[np.uint64] = column("u8", 0, "", "number of the tie")
    a: NDArray[np.int32] = column("i4", -1, "row", "one citizen")
    b: NDArray[np.int32] = column("i4", -1, "row", "the other citizen")
    strength: NDArray[np.float32] = column("f4", 0, "hours", "hours together, fading (w)")
    contact: NDArray[np.float32] = column("f4", 0, "h/month", "everyday contact; 0 once the two let go")
    counts: NDArray[np.bool_] = column("?", 0, "", "counts as a friendship")
    help: NDArray[np.float32] = column("f4", 0, "h/week", "help offered: above 0 by a to b, below 0 by b to a")


class Groups(ColumnSet):
    """Community groups, each in one neighbourhood."""

    alive: NDArray[np.bool_] = column("?", 0, "", "the group meets")
    uid: NDArray[np.uint64] = column("u8", 0, "", "number of the group")
    neighbourhood: NDArray[np.int32] = column("i4", 0, "", "where it meets")
    members: NDArray[np.int32] = column("i4", 0, "people", "members")
    volunteers: NDArray[np.int32] = column("i4", 0, "people", "active volunteers")
    capacity: NDArray[np.float32] = column("f4", 0, "people", "members it has room for")
    weight: NDArray[np.float32] = column("f4", 1, "groups", "usual groups that it counts for; a hub counts for several")
    funded: NDArray[np.float32] = column("f4", 0, "share", "public money against what it needs")
