"""The inside of the system: who is where and who moves, month by month, as one run counts it and several say it.

The page draws people at the door, on the list, helped at home, in hospital and in care homes. Two things are to be
seen there: how many who ask have asked before because help failed them, and how many hospital beds are held by people
who could go home.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Setting, Waiting
from demandsim.measures.tallies import ADULT_CELL

if TYPE_CHECKING:
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

type Months = NDArray[np.float64]

DAYS_A_MONTH = 365.25 / 12
SMOOTH = 3
"""Months that a shown number is the average of: the month and those before it."""


@dataclass(frozen=True, slots=True)
class FlowMeasure:
    """A number of the picture.

    Attributes:
        label: What it counts.
        kind: ``state`` for people at the end of a month, ``flow`` for what happens in a month.
        direction: 1 where more is better, -1 where less is, 0 where it depends.
    """

    label: str
    kind: str
    direction: int


FLOW_MEASURES: Mapping[str, FlowMeasure] = {
    "unmet": FlowMeasure("People without the help they need", "state", -1),
    "contacts": FlowMeasure("Contacts with the council's front door", "flow", 0),
    "again": FlowMeasure("Of these, back because help failed", "flow", -1),
    "turned_away": FlowMeasure("Turned away, or given the wrong answer", "flow", -1),
    "waiting": FlowMeasure("Waiting for an assessment", "state", -1),
    "waiting_care": FlowMeasure("Waiting for home care to start", "state", -1),
    "assessed": FlowMeasure("Assessed", "flow", 0),
    "helped": FlowMeasure("Helped at home: home care, direct payment or reablement", "state", 0),
    "ae": FlowMeasure("Visits to A&E", "flow", -1),
    "admitted": FlowMeasure("Emergency admissions", "flow", -1),
    "beds": FlowMeasure("Beds taken by emergency patients", "state", -1),
    "delayed": FlowMeasure("Of these, held by people who could go home", "state", -1),
    "care_home": FlowMeasure("Living in a care home", "state", 0),
    "moves": FlowMeasure("Moves to a care home", "flow", -1),
    "breakdowns": FlowMeasure("Carers who have to stop", "flow", -1),
}
"""The numbers of the picture, in the order of its table."""

_TALLIES = {
    "contacts": "contacts",
    "again": "failure_contacts",
    "turned_away": "turned_away",
    "assessed": "assessments",
    "ae": "ae_visits",
    "admitted": "emergency_admissions",
    "moves": "care_home_admissions",
}
"""Numbers that are the ledger's tallies of adults."""

_BEDS = {"beds": "bed_days", "delayed": "delayed_days"}


class FlowRecorder:
    """Reads the picture's numbers off a run; give ``record`` to the model as ``on_month``."""

    def __init__(self) -> None:
        self._rows: list[dict[str, float]] = []

    def record(self, model: DemandModel, closed: Month) -> None:
        """Read one month, after its last process; numbers are for the real place."""
        c = model.citizens
        adults = c.alive & (c.cell >= ADULT_CELL)

        def tally(name: str, first: int = ADULT_CELL) -> float:
            held = closed.people.get(name)
            return 0.0 if held is None else float(held[first:].sum())

        at_home = (c.arrangement == Arrangement.HOME_CARE) | (c.arrangement == Arrangement.DIRECT_PAYMENT)
        states = {
            "unmet": c.unmet & (c.band > 0),
            "waiting": c.waiting == Waiting.ASSESSMENT,
            "waiting_care": c.waiting == Waiting.HOME_CARE,
            "helped": (at_home & c.council_funded) | (c.reablement > 0),
            "care_home": c.setting == Setting.CARE_HOME,
        }
        row = {name: float(np.count_nonzero(mask & adults)) for name, mask in states.items()}
        row |= {name: tally(held) for name, held in _TALLIES.items()}
        row |= {name: tally(held) / DAYS_A_MONTH for name, held in _BEDS.items()}
        row["breakdowns"] = tally("carer_breakdowns", 0)
        self._rows.append({name: row[name] / model.scale for name in FLOW_MEASURES})

    def months(self) -> dict[str, Months]:
        """Every number by month, shape (months,)."""
        return {name: np.array([row[name] for row in self._rows]) for name in FLOW_MEASURES}


@dataclass(frozen=True)
class FlowView:
    """Everything the page draws, for the baseline and the room's scenario.

    Attributes:
        runs: Runs of each that the numbers are the average of.
        smooth: Months that each number is the average of.
        before: Numbers of the baseline by name, one a month.
        now: The same under the room's scenario.
    """

    runs: int
    smooth: int
    before: dict[str, list[float]]
    now: dict[str, list[float]]

    def content(self) -> dict[str, Any]:
        """All of it as plain values for JSON, with names and kinds of the numbers."""
        return asdict(self) | {"measures": {name: asdict(measure) for name, measure in FLOW_MEASURES.items()}}


def flow_view(before: Sequence[Mapping[str, Months]], now: Sequence[Mapping[str, Months]]) -> FlowView:
    """The picture's numbers, averaged over paired runs and the last few months.

    Args:
        before: Runs of the baseline.
        now: Runs of the room's scenario.

    Raises:
        ValueError: If there are no runs, or they do not come in pairs.
    """
    if not before or len(before) != len(now):
        raise ValueError(f"{len(before)} runs of the baseline and {len(now)} of the scenario: they must come in pairs")

    def told(runs: Sequence[Mapping[str, Months]]) -> dict[str, list[float]]:
        means = {name: np.mean([run[name] for run in runs], axis=0) for name in FLOW_MEASURES}
        return {name: [round(float(v), 1) for v in trailing_mean(values)] for name, values in means.items()}

    return FlowView(len(before), SMOOTH, told(before), told(now))


def trailing_mean(values: Months, over: int = SMOOTH) -> Months:
    """The mean of each month and those before it, as far as there are any."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(np.arange(values.size) - over + 1, 0)
    found: Months = (sums[1:] - sums[first]) / (np.arange(values.size) - first + 1)
    return found
