"""Failure demand by cause: people who come back because help was wrong, late, lost at a hand-off or rushed.

Whatever fails a person leaves its mark on them; whoever comes back is counted by it. No rule of the model reads the
count, and nobody assumes a share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from demandsim.agents.citizens import Concern, Failure

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.team import Mask, Rows

CAUSES = {cause: cause.name.lower() for cause in Failure if cause is not Failure.NONE}
"""Causes of failure demand, as they are called in results."""


def count_failure(model: DemandModel, contacts: Rows, chases: Rows) -> None:
    """Book who comes back, by cause: contacts by people whom help failed, and chases of help that is late.

    Args:
        model: The place.
        contacts: Rows of people who contact the door and wait for nothing.
        chases: Rows of people who wait and ask after it.
    """
    citizens = model.citizens
    back = contacts[citizens.asked_in_vain[contacts] | _rushed(citizens, contacts)]
    late = chases[citizens.waiting_since[chases] < model.month]
    causes = np.concatenate([citizens.failed_by[back], np.full(late.size, Failure.LATE)])
    # Who asked in vain without a mark got no answer that fitted.
    causes[causes == Failure.NONE] = Failure.WRONG
    rows = np.concatenate([back, late])
    model.ledger.people("failure_contacts", citizens.cell[rows])
    for cause, name in CAUSES.items():
        model.ledger.people(f"failure_{name}", citizens.cell[rows[causes == cause]])


def _rushed(citizens: Citizens, rows: Rows) -> Mask:
    """Who comes about what hurried visits left undone, and has visits and the concern still."""
    rushed: Mask = citizens.failed_by[rows] == Failure.RUSHED
    rushed &= (citizens.concern[rows] != Concern.NONE) & (citizens.arrangement[rows] > 0)
    return rushed
