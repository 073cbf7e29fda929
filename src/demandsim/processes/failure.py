"""Failure demand by cause: people who come back because help was wrong, late, lost at a hand-off or rushed.

Whatever fails a person leaves its mark on them; whoever comes back is counted by it. No rule of the model reads the
count, and nobody assumes a share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import Concern, Failure
from demandsim.compiled import kernel
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.team import Rows

CAUSES = {cause: cause.name.lower() for cause in Failure if cause is not Failure.NONE}
"""Causes of failure demand, as they are called in results."""

_NONE, _WRONG, _LATE = np.uint8(Failure.NONE), np.uint8(Failure.WRONG), np.uint8(Failure.LATE)
_NO_CONCERN = np.uint8(Concern.NONE)


@kernel
def _tally_failure(
    contacts: Rows,
    chases: Rows,
    month: int,
    cell: NDArray[np.uint16],
    asked_in_vain: NDArray[np.bool_],
    failed_by: NDArray[np.uint8],
    concern: NDArray[np.uint8],
    arrangement: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    tallies: NDArray[np.float64],
) -> None:
    """Count by reporting cell who comes back: all of them in the first row, by cause in the row of its number.

    Contacts by who has support, and the concern still, about what hurried visits left undone or a plan missed count
    like those of people who asked in vain.
    """
    for i in contacts:
        still = (failed_by[i] != _NONE) & (concern[i] != _NO_CONCERN) & (arrangement[i] > 0)
        if asked_in_vain[i] | still:
            # Who asked in vain without a mark got no answer that fitted.
            cause = _WRONG if failed_by[i] == 0 else failed_by[i]
            tallies[0, cell[i]] += 1.0
            tallies[cause, cell[i]] += 1.0
    for i in chases:
        if waiting_since[i] < month:
            tallies[0, cell[i]] += 1.0
            tallies[_LATE, cell[i]] += 1.0


def count_failure(model: DemandModel, contacts: Rows, chases: Rows) -> None:
    """Book who comes back, by cause: contacts by people whom help failed, and chases of help that is late.

    Args:
        model: The place.
        contacts: Rows of people who contact the door and wait for nothing.
        chases: Rows of people who wait and ask after it.
    """
    citizens, tallies = model.citizens, np.zeros((1 + len(CAUSES), CELLS))
    _tally_failure(
        contacts,
        chases,
        model.month,
        citizens.cell,
        citizens.asked_in_vain,
        citizens.failed_by,
        citizens.concern,
        citizens.arrangement,
        citizens.waiting_since,
        tallies,
    )
    model.ledger.tally("failure_contacts", tallies[0])
    for cause, name in CAUSES.items():
        model.ledger.tally(f"failure_{name}", tallies[cause])


def forget(citizens: Citizens) -> None:
    """Take the mark off people with support who did not ask in vain, once the worry has gone that it was about."""
    marked = rows_with(citizens.failed_by)
    over = (citizens.concern[marked] == Concern.NONE) & (citizens.arrangement[marked] > 0)
    citizens.failed_by[marked[over & ~citizens.asked_in_vain[marked]]] = Failure.NONE
