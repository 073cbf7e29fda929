"""Home care: the service that visits people at home, and who is supported there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Citizens, Setting, SupportType
from demandsim.agents.services import Service
from demandsim.compiled import kernel
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

WEEKS = 4.345
"""Weeks in a month."""

_NO_SUPPORT = np.uint8(SupportType.NONE)
_NO_ARRANGEMENT, _DIRECT = np.uint8(Arrangement.NONE), np.uint8(Arrangement.DIRECT_PAYMENT)

type Rows = NDArray[np.int64]


class HomeCare(Service):
    """Home care: one pool of workers' hours that council clients and people who pay for themselves draw on.

    Attributes:
        supply: Ordinary worker hours a week for visits and travel.
        committed: Worker hours a week that all arrangements ask for.
        queued: Worker hours a week that people on the waiting list would ask for.
        staffed: Workers have been taken on; before that (the first month of the run-in) every hour is delivered.
        sickness: Share of hours lost to sickness, mean of the workers.
        agency: Hours a week of supply that agency workers give.
        undone: Share of the task that visits leave undone beyond what those of the base year's length would.
        leaving: Share of workers who left this month.
        others: Share of visits that another than the named worker made.
        learnt: How much of what went wrong the providers have learnt from, 0 to 1.
        mended: Share of what is lost when another worker comes that is passed on because of it.
        absence_cover: Share of absences that providers cover for each other with somebody who knows the person.
        fee_cut_reached: How far a cut of fees can have come through under contracts that delay it.
        council_part: Share of the hours with people that the council buys; the others are bought privately.
    """

    def __init__(self, model: DemandModel) -> None:
        super().__init__(model, name="home_care", funder="council", unit="h/week")
        self.supply = 0.0
        self.committed = 0.0
        self.queued = 0.0
        self.staffed = False
        self.sickness = 0.0
        self.agency = 0.0
        self.undone = self.others = self.leaving = 0.0
        self.learnt = self.mended = 0.0
        self.absence_cover = 0.0
        self.fee_cut_reached = math.inf
        self.council_part = 1.0


def home_care(model: DemandModel) -> HomeCare:
    """The place's home care."""
    return cast(HomeCare, model.services["home_care"])


def home_care_fee_cut(model: DemandModel) -> float:
    """Cut of fees that has come through to the council's hours of home care: its cut, unless contracts delay it."""
    return float(min(model.council.fee_cut, home_care(model).fee_cut_reached))


def of_all_hours(model: DemandModel, council: float, private: float) -> float:
    """Mean over hours of home care of what differs between those that the council buys and private ones."""
    return private + home_care(model).council_part * (council - private)


@kernel
def _list_supported(
    rows: Rows,
    arrangement: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    visited: Rows,
    direct: Rows,
) -> tuple[int, int]:
    """Fill in who is visited by workers and who is on a direct payment; how many of each."""
    visits, payments = 0, 0
    for i in rows:
        if arrangement[i] == _NO_ARRANGEMENT or support_type[i] != _NO_SUPPORT:
            continue
        if arrangement[i] == _DIRECT:
            direct[payments] = i
            payments += 1
        else:
            visited[visits] = i
            visits += 1
    return visits, payments


def supported_at_home(citizens: Citizens, known: Rows | None = None) -> tuple[Rows, Rows]:
    """People with an arrangement at home, working-age support left out: visited by workers, and on direct payments.

    Those whom home-care workers visit are council clients and private alike.

    Args:
        citizens: The people.
        known: Rows among which everybody with an arrangement is; everybody's if left out.
    """
    rows = rows_with(citizens.arrangement) if known is None else known
    visited, direct = np.empty_like(rows), np.empty_like(rows)
    visits, payments = _list_supported(rows, citizens.arrangement, citizens.support_type, visited, direct)
    return visited[:visits], direct[:payments]


def served_at_home(citizens: Citizens, known: Rows | None = None) -> Rows:
    """Rows of people whom home-care workers visit, council clients and private alike, as `supported_at_home` has it."""
    return supported_at_home(citizens, known)[0]


def client_rows(citizens: Citizens) -> NDArray[np.bool_]:
    """Mask of people with long-term support at home that the council pays for, working-age support left out."""
    supported: NDArray[np.bool_] = citizens.council_funded & (citizens.arrangement > 0)
    supported &= (citizens.support_type == 0) & (citizens.setting == Setting.HOME) & citizens.alive
    return supported
